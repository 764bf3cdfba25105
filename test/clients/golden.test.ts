/**
 * Every client library, through its driver, against golden lines: what it sends is the golden request, and what its user gets is the golden
 * answer, line for line and to the last digit. A library that loses, renames, rounds or mistypes anything fails here by the name of the
 * line. The suite's own driver goes first, which shows that the test itself is right.
 */
import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import t from 'tap';
import type { SocketKind } from '../../gen/conformance/types.ts';
import type { WireCommand, WireDocument } from '../../spec/plugin/targets/json/wire-document.ts';
import type { Json, JsonObject } from '../conformance/json.ts';
import { isList, isObject, parseJson } from '../conformance/json.ts';
import type { Driver } from '../conformance/runner/drivers.ts';
import { ownDriver, startDriver } from '../conformance/runner/drivers.ts';
import type { GoldenServer } from '../support/golden-server.ts';
import { openGoldenServer } from '../support/golden-server.ts';

const project = join(import.meta.dirname, '../..');
const wire = JSON.parse(readFileSync(join(project, 'gen/wire.json'), 'utf8')) as WireDocument;
const limitMs = 60_000;

const golden = (name: string): readonly JsonObject[] =>
  readFileSync(join(project, 'gen/golden', `${name}.jsonl`), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => parseJson(line) as JsonObject);

interface Socket {
  readonly kind: SocketKind;
  readonly package: string;
  readonly commands: { readonly [name: string]: WireCommand };
  /** Members that the framing puts before those of a message. */
  readonly framing: readonly string[];
  /** A command without required members, to be refused. */
  readonly simple: string;
}

const socketOf = (kind: SocketKind, from: string, simple: string): Socket => {
  const [service] = Object.values(wire.packages[from]?.services ?? {});
  if (service === undefined || service.endpoint === null) throw new Error(`${from} has no socket`);
  const { discriminator, correlation, outcome } = service.endpoint;
  return { kind, package: from, commands: service.commands, framing: [discriminator, correlation, outcome], simple };
};

const sockets = [socketOf('control', 'control', 'list'), socketOf('registry', 'registry', 'begin'), socketOf('query', 'output', 'boots')];

const without = (line: JsonObject, names: readonly string[]): JsonObject =>
  Object.fromEntries(Object.entries(line).filter(([name]) => !names.includes(name)));

/** Integers of any size by their digits, since drivers may write them in either form. */
const plain = (value: unknown): unknown => {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : `${value}`;
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : `${BigInt(value)}`;
  if (Array.isArray(value)) return value.map(plain);
  return typeof value === 'object' && value !== null
    ? Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]))
    : value;
};

/** A driver with a server of golden lines behind its sockets. */
class Trial {
  readonly #t: Test;
  readonly #driver: Driver;
  readonly #server: GoldenServer;
  readonly unsupported = new Set<string>();
  #number = 0;

  constructor(t: Test, driver: Driver, server: GoldenServer) {
    this.#t = t;
    this.#driver = driver;
    this.#server = server;
  }

  /** Of a connection, call or stream: none is used twice. */
  #name(letter: string): string {
    this.#number += 1;
    return `${letter}${this.#number}`;
  }

  async open({ kind }: Socket): Promise<string> {
    const connection = this.#name('c');
    this.#t.strictSame(await this.#driver.request({ do: 'open', connection, socket: kind, path: this.#server.path }), { done: true });
    return connection;
  }

  /** The reply to a command, when the daemon says these lines. Null: the library cannot express it. */
  async call(connection: string, socket: Socket, command: string, request: JsonObject, lines: readonly JsonObject[]): Promise<unknown> {
    const call = this.#name('q');
    const members = without(request, socket.framing) as { readonly [member: string]: never };
    this.#server.put({ lines });
    const sent = await this.#driver.request({ do: 'call', connection, call, command, members, timeout_ms: limitMs });
    if (sent.unsupported !== undefined) return this.#cannot(`${socket.package}/${command}`);
    const reply = await this.#driver.request({ do: 'answer', call });
    this.#t.strictSame(plain(this.#server.asked()), [plain(request)], `${socket.package}/${command}.request`);
    return plain(reply);
  }

  /** Acknowledgement and lines of a stream, when the daemon says these and hangs up. */
  async stream(
    begin: { readonly connection: string } | null,
    socket: Socket,
    command: string,
    request: JsonObject,
    lines: readonly JsonObject[],
    count: number,
  ): Promise<{ readonly acknowledged: unknown; readonly taken: readonly unknown[] } | null> {
    const stream = this.#name('s');
    const members = without(request, socket.framing) as { readonly [member: string]: never };
    this.#server.put({ lines, ends: true });
    const acknowledged = await this.#driver.request(
      begin === null
        ? { do: 'submit', stream, path: this.#server.path, members }
        : { do: 'stream', connection: begin.connection, stream, command, members },
    );
    if (acknowledged.unsupported !== undefined) return this.#cannot(`${socket.package}/${command}`);
    const taken: unknown[] = [];
    if (acknowledged.answer !== undefined)
      while (taken.length < count) {
        const { lines: more = [], ended } = await this.#driver.request({
          do: 'take',
          stream,
          count: count - taken.length,
          timeout_ms: limitMs,
        });
        taken.push(...more);
        if (ended === true || more.length === 0) break;
      }
    // Where nothing answers before the first line, a library may ask as late as that.
    this.#t.strictSame(plain(this.#server.asked()), [plain(request)], `${socket.package}/${command}.request`);
    return { acknowledged: plain(acknowledged), taken: plain(taken) as readonly unknown[] };
  }

  #cannot(what: string): null {
    this.unsupported.add(what);
    this.#server.asked();
    return null;
  }
}

/** What the daemon says, and what of it a user gets. */
interface Said {
  readonly lines: readonly JsonObject[];
  readonly told: JsonObject;
}

const alone = (line: JsonObject): Said => ({ lines: [line], told: line });

/** Two parts of one answer: the first element of the second one continues the last one of the first. */
function inParts(answers: readonly JsonObject[], { list, more, key, inner }: NonNullable<WireCommand['parts']>): readonly Said[] {
  const [least = {}] = answers;
  const part = answers.at(-1) ?? {};
  const elements = asList(part[list]) as readonly JsonObject[];
  const [first = {}, ...rest] = elements;
  const last = { ...elements.at(-1), [key]: first[key] ?? null };
  const joined = { ...last, [inner]: [...asList(last[inner]), ...asList(first[inner])] };
  const lines = [
    { ...part, [list]: [...elements.slice(0, -1), last], [more]: true },
    { ...part, [more]: false },
  ];
  return [
    alone({ ...least, [more]: false }),
    { lines, told: { ...part, [list]: [...elements.slice(0, -1), joined, ...rest], [more]: false } },
  ];
}

const isPlainAnswer = ({ enveloped, parts, pushes }: WireCommand): boolean =>
  enveloped && pushes === null && (parts === null || parts.key !== '');

async function answers(t: Test, trial: Trial): Promise<void> {
  for (const socket of sockets) {
    const connection = await trial.open(socket);
    for (const [command, facts] of Object.entries(socket.commands)) {
      if (!isPlainAnswer(facts)) continue;
      const name = `${socket.package}/${command}`;
      const requests = golden(`${name}.request`);
      const said = facts.parts === null ? golden(`${name}.answer`).map(alone) : inParts(golden(`${name}.answer`), facts.parts);
      for (let index = 0; index < Math.max(said.length, requests.length); index++) {
        const { lines, told } = said[index % said.length] ?? alone({});
        const reply = await trial.call(connection, socket, command, requests[index % requests.length] ?? {}, lines);
        if (reply === null) break;
        t.strictSame(reply, { answer: plain(without(told, socket.framing)) }, `${name}.answer, line ${index + 1}`);
      }
    }
    const failures = golden(`${socket.package}/error`).filter((line) => !isTriedAgain(line));
    const [request = {}] = golden(`${socket.package}/${socket.simple}.request`);
    for (const failure of failures) {
      const reply = await trial.call(connection, socket, socket.simple, request, [failure]);
      const { code = failure['error'], message } = failure;
      t.strictSame(reply, { error: { code, message } }, `${socket.package}/error ${String(code)}`);
    }
  }
}

async function streams(t: Test, trial: Trial): Promise<void> {
  for (const socket of sockets)
    for (const [command, facts] of Object.entries(socket.commands)) {
      if (isPlainAnswer(facts)) continue;
      const name = `${socket.package}/${command}`;
      const [request = {}] = golden(`${name}.request`).slice(-1);
      const { lines, acknowledged, told } = scriptOf(name, facts);
      const connection = await trial.open(socket);
      const got = await trial.stream({ connection }, socket, command, request, lines, told.length);
      if (got === null) continue;
      t.strictSame(got.acknowledged, { answer: plain(acknowledged) }, `acknowledgement of ${name}`);
      for (const [index, line] of told.entries()) t.strictSame(got.taken[index], plain(line), `${name}, line ${index + 1}`);
      t.equal(got.taken.length, told.length, name);
    }
}

/** What the daemon says, and what of it a user gets. */
function scriptOf(
  name: string,
  { enveloped, parts, pushes }: WireCommand,
): {
  readonly lines: readonly JsonObject[];
  readonly acknowledged: JsonObject;
  readonly told: readonly Json[];
} {
  if (parts !== null) {
    const all = golden(`${name}.answer`);
    const lines = all.map((line, index) => ({ ...line, [parts.more]: index < all.length - 1 }));
    return { lines, acknowledged: {}, told: lines.flatMap((line) => asList((line as JsonObject)[parts.list])) };
  }
  const [answer = {}] = golden(`${name}.answer`);
  const after = golden(`${name}.line`);
  if (pushes === null) return { lines: [answer, ...after], acknowledged: {}, told: after };
  const mine = after.map((line, index) => ({
    ...line,
    ...(pushes.by === '' ? {} : { [pushes.by]: answer[pushes.by] ?? null }),
    ...(pushes.more === '' ? {} : { [pushes.more]: index < after.length - 1 }),
  }));
  const framed = enveloped ? ['id', 'status'] : [];
  return { lines: [answer, ...mine], acknowledged: without(answer, framed), told: mine };
}

/** Nothing was done, so a library may ask again by itself. */
const isTriedAgain = ({ code, error }: JsonObject): boolean => code === 'BUSY' || error === 'EBUSY';

const asList = (value: Json | undefined): readonly Json[] => (isList(value) ? value : []);

async function jobs(t: Test, trial: Trial): Promise<void> {
  const socket = socketOf('jobs', 'jobs', 'submit');
  const [answer = {}] = golden('jobs/submit.answer');
  const lines = golden('jobs/submit.line').toSorted((a, b) => Number(a['kind'] === 'ended') - Number(b['kind'] === 'ended'));
  for (const request of golden('jobs/submit.request')) {
    const got = await trial.stream(null, socket, 'submit', request, [answer, ...lines], lines.length);
    if (got === null) return;
    t.strictSame(got.acknowledged, { answer: plain(without(answer, ['status'])) }, 'acknowledgement of jobs/submit');
    t.strictSame(got.taken, plain(lines), 'jobs/submit.line');
  }
  const [request = {}] = golden('jobs/submit.request');
  for (const failure of golden('jobs/error')) {
    const got = await trial.stream(null, socket, 'submit', request, [failure], 0);
    t.strictSame(
      got?.acknowledged,
      { error: { code: failure['code'], message: failure['message'] } },
      `jobs/error ${String(failure['code'])}`,
    );
  }
}

/** What a newer daemon may say, and what none may. For libraries alone: the suite's own driver judges nothing. */
async function strangers(t: Test, trial: Trial): Promise<void> {
  const [socket] = sockets;
  if (socket === undefined) return;
  const connection = await trial.open(socket);
  const [request = {}] = golden('control/status.request');
  const [line = {}] = golden('control/status.answer').slice(1);
  const asked = (changed: JsonObject): Promise<unknown> => trial.call(connection, socket, 'status', request, [changed]);
  const answer = plain(without(line, socket.framing)) as JsonObject;
  const newer = (await asked({ ...line, of_a_newer_daemon: [{ x: 1 }] })) as { readonly answer?: JsonObject };
  t.strictSame(without(newer.answer ?? {}, ['of_a_newer_daemon']), answer, 'a member that it does not know is passed over');
  t.strictSame(
    await asked({ ...line, state: 'dreaming' }),
    { answer: { ...answer, state: 'dreaming' } },
    'an enum value that it does not know is kept',
  );
  const kindOf = (reply: unknown): unknown => (isObject(reply) && isObject(reply['failed']) ? reply['failed']['kind'] : reply);
  t.equal(kindOf(await asked(without(line, ['state']))), 'protocol', 'a member that must be there is missing');
  t.equal(kindOf(await (await again()).call({ ...line, warnings: 'none' })), 'protocol', 'a text in place of a list');
  t.equal(kindOf(await (await again()).call({ ...line, definition_removed: null })), 'protocol', 'null where it may not be');

  async function again(): Promise<{ readonly call: (changed: JsonObject) => Promise<unknown> }> {
    const fresh = await trial.open(socket as Socket);
    return { call: (changed) => trial.call(fresh, socket as Socket, 'status', request, [changed]) };
  }
}

interface Program {
  readonly name: string;
  readonly command: string;
  readonly isLibrary: boolean;
  /** What its preparation ended with: 77 where its language has no tools here. */
  readonly status: number | null;
  readonly said: string;
}

/** All are built before the first one is tried: a build may take its time, and nothing waits for an answer meanwhile. */
const programs: readonly Program[] = [
  { name: "the suite's own driver", command: ownDriver, isLibrary: false, status: 0, said: '' },
  ...globSync('clients/*/driver/start', { cwd: project })
    .sort()
    .map((start) => {
      const command = join(project, start);
      const { status, stdout, stderr } = spawnSync(command, ['prepare'], { encoding: 'utf8' });
      return { name: start.split('/')[1] ?? start, command, isLibrary: true, status, said: `${stdout}${stderr}`.trim() };
    }),
];

for (const { name, command, isLibrary, status, said } of programs)
  t.test(`${name} hands on what crosses the sockets as it is`, { skip: status === 77 && said, timeout: 600_000 }, async (t) => {
    t.equal(status, 0, said);
    const driver = startDriver(command);
    t.teardown(() => driver.close());
    const trial = new Trial(t, driver, await openGoldenServer(t));
    await answers(t, trial);
    await streams(t, trial);
    await jobs(t, trial);
    if (isLibrary) await strangers(t, trial);
    for (const one of trial.unsupported) t.comment(`cannot express ${one}`);
  });
