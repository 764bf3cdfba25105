/**
 * Every golden line of the sockets of clients through the C library: what it is told to ask is what stands in the request, and what a
 * server answers comes back from its typed values, nothing lost and nothing rounded.
 */
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Test } from 'tap';
import t from 'tap';
import type { DriverReply, DriverRequest } from '../../gen/conformance/types.ts';
import type { Json, JsonObject } from '../conformance/json.ts';
import { isList, isObject, parseJson, printJson } from '../conformance/json.ts';
import type { Driver } from '../conformance/runner/drivers.ts';
import { startDriver } from '../conformance/runner/drivers.ts';
import { project } from '../machine/sandbox/sandbox.ts';
import { buildAll, built, cannotBuild } from './c-build.ts';
import { serveLines } from './line-server.ts';

if (cannotBuild !== false) console.error(cannotBuild);
else buildAll();
const skip = cannotBuild;

/** Packages by the sockets that they are about. */
const sockets = { control: 'control', registry: 'registry', output: 'query', jobs: 'jobs' } as const;
type Package = keyof typeof sockets;

const golden = (from: Package, name: string): readonly JsonObject[] =>
  globSync(join(project, 'gen/golden', from, `${name}.jsonl`)).flatMap((path) =>
    readFileSync(path, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => parseJson(line))
      .filter(isObject),
  );

const commandsOf = (from: Package): readonly string[] =>
  globSync(join(project, 'gen/golden', from, '*.request.jsonl')).map((path) => basename(path, '.request.jsonl'));

/** Without the members that the framing adds. */
const bare = ({ id: _id, op: _op, command: _command, ...members }: JsonObject): JsonObject => members;
const content = (line: JsonObject): JsonObject => {
  const { status: _status, ...members } = bare(line);
  return members;
};
const withoutNulls = (members: JsonObject): JsonObject => Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null));

interface Server {
  readonly path: string;
  /** What was asked, in order. */
  readonly asked: JsonObject[];
}

/** Each request is answered by the lines of its turn, with its id where they have one. */
async function serve(t: Test, turns: readonly (readonly JsonObject[])[]): Promise<Server> {
  const asked: JsonObject[] = [];
  const path = await serveLines(t, (line) => {
    const request = parseJson(line) as JsonObject;
    asked.push(request);
    const lines = turns[asked.length - 1] ?? [];
    return lines
      .map((answer) => `${printJson('id' in request && 'id' in answer ? { ...answer, id: request['id'] ?? null } : answer)}\n`)
      .join('');
  });
  return { path, asked };
}

function driver(t: Test): (request: object) => Promise<DriverReply> {
  const started: Driver = startDriver(join(built.sanitized, 'peinit-c-driver'));
  t.teardown(() => started.close());
  return (request) => started.request(request as DriverRequest);
}

const last: JsonObject = { id: 0, status: 'ok', nodes: [], more: false };

async function calls(t: Test, from: Package, command: string): Promise<void> {
  const requests = golden(from, `${command}.request`);
  const answers = golden(from, `${command}.answer`);
  const turns = Array.from({ length: Math.max(requests.length, answers.length) }, (_, at) => ({
    request: requests[at % requests.length] ?? {},
    answer: answers[at % answers.length] ?? {},
  }));
  const { path, asked } = await serve(
    t,
    turns.map(({ answer }) => (answer['more'] === true ? [answer, last] : [answer])),
  );
  const drive = driver(t);
  t.strictSame(await drive({ do: 'open', connection: 'a', socket: sockets[from], path }), { done: true });
  for (const { request, answer } of turns) {
    t.strictSame(await drive({ do: 'call', connection: 'a', call: '1', command, members: bare(request) }), { done: true });
    const expected = 'more' in answer ? { ...content(answer), more: false } : content(answer);
    t.strictSame(await drive({ do: 'answer', call: '1' }), { answer: expected }, command);
    t.strictSame(withoutNulls(bare(asked.at(-1) ?? {})), withoutNulls(bare(request)), `${command}, asked`);
  }
}

/** The lines that a stream gives for each line of the wire, one connection each. */
async function streams(t: Test, from: Package, command: string, lines: readonly JsonObject[]): Promise<void> {
  const drive = driver(t);
  const [request = {}] = golden(from, `${command}.request`);
  const [acknowledgement = { status: 'ok' }] = golden(from, `${command}.answer`);
  for (const line of lines) {
    const isPart = from === 'output';
    const first = command === 'watch' ? { ...acknowledgement, watch: line['watch'] ?? 0 } : acknowledgement;
    const { path } = await serve(t, [isPart ? [line] : [first, line]]);
    const members = bare(request);
    if (from === 'jobs') await drive({ do: 'submit', stream: 's', path, members });
    else {
      await drive({ do: 'open', connection: 'a', socket: sockets[from], path });
      await drive({ do: 'stream', connection: 'a', stream: 's', command, members });
    }
    const expected: readonly Json[] = isPart && isList(line['entries']) ? line['entries'] : [line];
    const taken = await drive({ do: 'take', stream: 's', count: expected.length, timeout_ms: expected.length === 0 ? 0 : 60_000 });
    t.strictSame(taken.lines, expected, command);
    await drive({ do: 'leave', stream: 's' });
  }
}

async function refusals(t: Test, from: Package): Promise<void> {
  // One with the outcome of a good answer, or of the connection as a whole, refuses no request.
  const errors = golden(from, 'error').filter(({ id, status }) => id !== 0 && status !== 'ok');
  const { path } = await serve(
    t,
    errors.map((error) => [error]),
  );
  const drive = driver(t);
  const [command = ''] = commandsOf(from).filter((name) => golden(from, `${name}.line`).length === 0 && !isStream(from, name));
  await drive({ do: 'open', connection: 'a', socket: sockets[from], path });
  for (const error of errors) {
    const [request = {}] = golden(from, `${command}.request`);
    await drive({ do: 'call', connection: 'a', call: '1', command, members: bare(request) });
    const expected = { code: error['code'] ?? error['error'], message: error['message'] };
    t.strictSame(await drive({ do: 'answer', call: '1' }), { error: expected });
  }
}

const isStream = (from: Package, command: string): boolean => from === 'output' && ['logs', 'events'].includes(command);

for (const from of ['control', 'registry', 'output', 'jobs'] as const)
  t.test(`golden lines of ${from} come through whole`, { skip }, async (t) => {
    for (const command of commandsOf(from)) {
      const lines = isStream(from, command) ? golden(from, `${command}.answer`) : golden(from, `${command}.line`);
      if (lines.length > 0) await streams(t, from, command, lines);
      else await calls(t, from, command);
    }
    if (from !== 'jobs') await refusals(t, from);
  });
