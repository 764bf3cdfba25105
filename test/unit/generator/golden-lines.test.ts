/** The examples of gen/golden: each is read by the generated checks, and written again by the generated encoders, byte for byte. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { notifyKeys } from '../../../gen/notify/facts.ts';
import type { WireDocument } from '../../../spec/plugin/targets/json/wire-document.ts';
import { JsonFault, parseJsonText } from '../../../src/json/parser.ts';
import type { JsonObject } from '../../../src/json/text.ts';
import { decodeNotification } from '../../../src/wire/notify/notification.ts';
import { filesBelow, project } from './support.ts';

const golden = join(project, 'gen/golden');
const wire = JSON.parse(readFileSync(join(project, 'gen/wire.json'), 'utf8')) as WireDocument;

export const linesOf = (file: string): readonly string[] => readFileSync(join(golden, file), 'utf8').trimEnd().split('\n');

/** The messages that the lines of a file may be, as gen/wire.json has it; a second one where the sign of the first is missing. */
interface Expected {
  readonly first: string | null;
  readonly other: { readonly response: string; readonly without: string } | null;
}

function expectedFiles(): ReadonlyMap<string, Expected> {
  const files = new Map<string, Expected>();
  const put = (path: string, first: string | null, other: Expected['other'] = null): void =>
    void files.set(`${path}.jsonl`, { first, other });
  for (const [name, one] of Object.entries(wire.packages)) {
    for (const { endpoint, commands } of Object.values(one.services)) {
      for (const [command, { request, response, alternative, enveloped, pushes }] of Object.entries(commands)) {
        put(`${name}/${command}.request`, request);
        put(`${name}/${command}.answer`, enveloped ? response : null, alternative);
        if (!enveloped) put(`${name}/${command}.line`, response);
        if (pushes !== null) put(`${name}/${command}.line`, pushes.message);
      }
      if (endpoint !== null && endpoint.failure !== null) put(`${name}/error`, endpoint.failure);
    }
    for (const { sent, received } of Object.values(one.links)) {
      put(`${name}/log.sent`, sent);
      put(`${name}/log.received`, received);
    }
    for (const [message, { event }] of Object.entries(one.messages))
      if (event !== undefined) put(`${name}/${event.name}`, `${name}.${message}`);
  }
  put('output/console_line', 'output.ConsoleLine');
  return files;
}

const expected = expectedFiles();

t.test('there are lines of each request, answer, failure, event, record and pushed message, and of nothing else', async (t) => {
  t.strictSame(filesBelow(golden), [...expected.keys(), 'notify/datagrams.jsonl'].sort());
});

type Encoder = (message: unknown, id?: number | bigint) => string;
type Check = (value: unknown) => boolean;

async function codecOf(reference: string): Promise<{ readonly encode: Encoder; readonly check: Check }> {
  const [from = '', name = ''] = reference.split('.');
  const encoders = (await import(join(project, `gen/${from}/encode.ts`))) as { readonly [name: string]: Encoder };
  const checks = (await import(join(project, `gen/${from}/check.ts`))) as { readonly [name: string]: Check };
  const encode = encoders[`encode${name}`];
  const check = checks[`is${name}`];
  if (encode === undefined || check === undefined) throw new Error(`${reference} has no encoder or check`);
  return { encode, check };
}

const parsed = (line: string): JsonObject => {
  const value = parseJsonText(line);
  if (value instanceof JsonFault) throw new Error(`${line} ${value.message}`);
  return value;
};

for (const [file, { first, other }] of expected) {
  t.test(`${file} goes through the checks and the encoders unchanged`, async (t) => {
    for (const line of linesOf(file)) {
      const value = parsed(line);
      if (first === null) {
        t.equal(line, '{"status":"ok"}');
        continue;
      }
      const reference = other !== null && value[other.without] === undefined ? other.response : first;
      const { encode, check } = await codecOf(reference);
      t.ok(check(value), `${reference}: ${line}`);
      const id = value['id'];
      t.equal(encode(value, typeof id === 'number' ? id : undefined), line);
    }
  });
}

t.test('each value of the enums of an answer, each error code and each event stands in a line', async (t) => {
  const seen = (file: string, member: string): ReadonlySet<unknown> => new Set(linesOf(file).map((line) => parsed(line)[member]));
  const names = (from: string, declared: string): ReadonlySet<unknown> =>
    new Set(Object.keys(wire.packages[from]?.enums[declared]?.values ?? {}));
  t.strictSame(seen('control/status.answer.jsonl', 'state'), names('service', 'State'));
  for (const [file, member, from, declared] of [
    ['control/error.jsonl', 'code', 'control', 'ErrorCode'],
    ['registry/error.jsonl', 'error', 'registry', 'RegistryError'],
    ['output/error.jsonl', 'code', 'output', 'QueryError'],
    ['jobs/error.jsonl', 'code', 'jobs', 'SubmitError'],
    ['authority/error.jsonl', 'code', 'authority', 'AuthorityError'],
    ['jobs/submit.line.jsonl', 'kind', 'jobs', 'JobLineKind'],
  ] as const)
    t.strictSame(seen(file, member), names(from, declared), file);
  const events = Object.values(wire.packages['events']?.messages ?? {}).flatMap(({ event }) => (event === undefined ? [] : [event.name]));
  t.strictSame(seen('control/subscribe.line.jsonl', 'event'), new Set([...events, undefined]));
});

t.test('NTF-002 datagrams say what stands beside them', async (t) => {
  const rows = new Map(Object.values(notifyKeys).map(({ member, name }) => [member, name]));
  for (const line of linesOf('notify/datagrams.jsonl')) {
    const { datagram, says } = parsed(line);
    const decoded = decodeNotification(Buffer.from(String(datagram)));
    if (decoded.kind === 'void') {
      t.fail(decoded.reason);
      continue;
    }
    const told = Object.entries(decoded.notification).map(([member, value]) => [rows.get(member as keyof typeof notifyKeys), value]);
    t.strictSame(
      new Map(told.map(([name, value]) => [name, typeof value === 'boolean' || typeof value === 'string' ? value : String(value)])),
      new Map(
        Object.entries(says as JsonObject).map(([name, value]) => [
          name,
          typeof value === 'boolean' || typeof value === 'string' ? value : String(value),
        ]),
      ),
      line,
    );
  }
});
