/** The code printed for the tiny schema, compiled and run. */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import t from 'tap';
import type { RequestMember } from '../../../gen/options/rows.ts';
import { compile, environment, fixtures, generate, project } from './support.ts';

/** A project of its own inside build/, so that the compiler finds the packages. */
mkdirSync(join(project, 'build'), { recursive: true });
const home = mkdtempSync(join(project, 'build/generated-code-'));
t.teardown(() => rm(home, { recursive: true }));

const tiny = compile(join(fixtures, 'tiny'));
const printed = [
  ...generate(tiny, (name) => name.startsWith('peinit/') && !name.startsWith('peinit/options/')),
  ...generate(tiny, (name) => name.startsWith('peinit/options/')),
].filter(([path]) => path.endsWith('.ts'));
for (const [path, content] of printed) {
  mkdirSync(dirname(join(home, path)), { recursive: true });
  writeFileSync(join(home, path), content);
}
mkdirSync(join(home, 'src/wire'), { recursive: true });
cpSync(join(project, 'src/json/text.ts'), join(home, 'src/json/text.ts'));
for (const file of ['call-options.ts', 'errors.ts', 'json.ts', 'lines.ts', 'open.ts', 'shape.ts'])
  cpSync(join(project, 'clients/typescript', file), join(home, 'clients/typescript', file));

const types = (include: readonly string[]): { status: number | null; stdout: string; stderr: string } => {
  writeFileSync(join(home, 'tsconfig.json'), JSON.stringify({ extends: '../../tsconfig.json', include }));
  // Without the hooks that the test runner puts into every Node it sees started.
  return spawnSync('env', ['-u', 'NODE_OPTIONS', 'tsc', '-p', home], { env: environment, encoding: 'utf8' });
};

/** Handlers for the tiny service; each test changes one line. */
const handlers = (status: string): string => `import type { ControlHandlers } from './gen/control/handlers.ts';
export const table: ControlHandlers<{ caller: string }> = {
  start: (context, request) => ({ operation_id: context.caller + request.service }),
  ${status}
  'watch-all': () => undefined,
};
`;

t.test('the printed files and a whole handler table compile under the options of the project', async (t) => {
  writeFileSync(join(home, 'whole.ts'), handlers("status: () => ({ bulbs: [], best: null, 'is-humming': true, burnt: 1n }),"));
  const { status, stdout, stderr } = types(['gen', 'clients', 'src', 'whole.ts']);
  t.equal(stdout + stderr, '');
  t.equal(status, 0);
});

t.test('a handler table with a missing or wrong handler does not compile', async (t) => {
  writeFileSync(join(home, 'missing.ts'), handlers(''));
  writeFileSync(join(home, 'wrong.ts'), handlers('status: () => ({ bulbs: [], best: null, burnt: 1n }),'));
  writeFileSync(join(home, 'unknown.ts'), handlers('status: () => undefined, stop: () => undefined,'));
  const { status, stdout } = types(['missing.ts', 'wrong.ts', 'unknown.ts']);
  t.not(status, 0);
  t.match(stdout, /missing\.ts\(2,.*Property 'status' is missing/);
  t.match(stdout, /wrong\.ts\(4,/);
  t.match(stdout, /is-humming/);
  t.match(stdout, /unknown\.ts\(4,.*'stop' does not exist/);
});

/** A reader of the stream; each test changes what it takes of an event. */
const reader = (taken: string): string => `import type { EventOf } from './gen/events/events.ts';
import { lampState } from './gen/events/events.ts';
import type { WatchResponse } from './gen/control/types.ts';
export const one: EventOf = lampState({ service: 'a', to: 'active', job_id: null, brightness: null });
export const line: WatchResponse = { id: 1, ...one };
export const read = (line: WatchResponse): unknown => {
  if (line.event === undefined) return line.id;
  if (line.event === 'lamp.state') return line.payload.service;
  return ${taken};
};
`;

t.test('the name of an event tells the type of what it says, and one of another type does not compile', async (t) => {
  writeFileSync(join(home, 'reads.ts'), reader('line.payload.spark.duration_ns'));
  const whole = types(['reads.ts']);
  t.equal(whole.stdout + whole.stderr, '');
  writeFileSync(join(home, 'misreads.ts'), reader('line.payload.service'));
  t.match(types(['misreads.ts']).stdout, /misreads\.ts\(9,.*'service' does not exist on type 'HouseDark'/);
});

t.test('the printed files hold no import of a package', async (t) => {
  for (const [path, content] of printed) t.notMatch(content, /from '(?!\.)/, path);
});

interface Manner {
  readonly levels: readonly number[];
  readonly kinds?: readonly string[];
  readonly large?: number | bigint;
  readonly word?: string;
  readonly digits?: string;
  readonly shift?: number;
  readonly anything?: unknown;
}

type Check = (value: unknown) => boolean;
type Encode = (message: unknown, id?: number | bigint) => string;

const checks: {
  readonly isStartRequest: Check;
  readonly isManner: Check;
  readonly isStatusResponse: Check;
  readonly isWatchRequest: Check;
  readonly requestMembers: { readonly [message: string]: readonly RequestMember[] };
} = await import(join(home, 'gen/control/check.ts'));
const encoders: { readonly [name: string]: Encode } = await import(join(home, 'gen/control/encode.ts'));
const registry: { readonly [name: string]: Encode } = await import(join(home, 'gen/registry/encode.ts'));

const manners: fc.Arbitrary<Manner> = fc.record(
  {
    levels: fc.array(fc.nat(100)),
    kinds: fc.array(fc.constantFrom('start', 'reset')),
    large: fc.oneof(fc.maxSafeNat(), fc.bigInt(0n, (1n << 64n) - 1n)),
    word: fc.stringMatching(/^[a-z]+$/),
    digits: fc.bigInt(0n, (1n << 64n) - 1n).map(String),
    shift: fc.integer({ min: -5 }),
    anything: fc.jsonValue(),
  },
  { requiredKeys: ['levels'] },
);

/** The first member that is wrong, as hand-written code finds it. */
const offending = (message: string, value: object): string | null =>
  checks.requestMembers[message]?.find(({ name, check }) => !check(new Map(Object.entries(value)).get(name)))?.name ?? null;

t.test('a message of the schema passes its check, and its JSON text parses to the same message', async (t) => {
  const property = fc.property(manners, (manner) => {
    const parsed: unknown = JSON.parse(encoders['encodeManner']!(manner));
    const rounded: unknown = JSON.parse(JSON.stringify(manner, (_, value: unknown) => (typeof value === 'bigint' ? Number(value) : value)));
    return checks.isManner(manner) && offending('Manner', manner) === null && isDeepStrictEqual(parsed, rounded);
  });
  t.doesNotThrow(() => fc.assert(property, { numRuns: 300 }));
});

/** Each is a request that is wrong in one member only. */
const wrong: readonly (readonly [string, string, object])[] = [
  ['a missing member', 'service', {}],
  ['null for a member that is required', 'service', { service: null }],
  ['a number for a string', 'service', { service: 1 }],
  ['a string that is too long', 'service', { service: 'abcdefghi' }],
  ['a string outside its pattern', 'service', { service: 'ABC' }],
  ['a string for a boolean', 'wait', { service: 'a', wait: 'true' }],
  ['null for an optional member', 'wait', { service: 'a', wait: null }],
  ['a list for an object', 'manner', { service: 'a', manner: [] }],
  ['an object without its required member', 'manner', { service: 'a', manner: {} }],
  ['a wrong member of a nested object', 'manner', { service: 'a', manner: { levels: [101] } }],
];

t.test('a request that is wrong is refused, and its first wrong member is named', async (t) => {
  t.ok(checks.isStartRequest({ service: "/a'\\" }));
  t.ok(checks.isStartRequest({ service: 'a', manner: null, wait: false }), 'a member that may be null may be null or absent');
  t.ok(checks.isStartRequest({ service: 'a', command: 'start', pad: [{}] }), 'unknown members are ignored');
  for (const [title, member, request] of wrong) {
    t.notOk(checks.isStartRequest(request), title);
    t.equal(offending('StartRequest', request), member, title);
  }
  for (const value of [null, undefined, 'a', 1, [], true]) t.notOk(checks.isStartRequest(value));
});

t.test('numbers are held to their bounds exactly', async (t) => {
  const accepts = (member: object): boolean => checks.isManner({ levels: [], ...member });
  t.ok(accepts({ large: 18446744073709551615n }));
  t.notOk(accepts({ large: 18446744073709551616n }));
  t.notOk(accepts({ large: -1n }));
  t.notOk(accepts({ large: 2 ** 53 }), 'a number beyond 2^53 may be a rounded one');
  t.ok(accepts({ shift: -5 }));
  t.notOk(accepts({ shift: -6 }));
  t.notOk(accepts({ shift: 0.5 }));
  t.notOk(accepts({ shift: Number.NaN }));
  t.ok(accepts({ digits: '18446744073709551615' }));
  for (const digits of ['18446744073709551616', '-1', '01', '', ' 1', '1e3', '99999999999999999999']) t.notOk(accepts({ digits }), digits);
  t.ok(checks.isWatchRequest({ since: 9007199254740991 }));
  t.notOk(checks.isWatchRequest({ since: 9007199254740992 }));
});

t.test('lengths count UTF-16 units', async (t) => {
  const [service] = checks.requestMembers['StartRequest'] ?? [];
  t.equal(service?.expected, "a string of at most 8 characters that matches ^[a-z\\\\/']+$");
  t.ok(checks.isStartRequest({ service: 'abcdefgh' }));
  t.notOk(checks.isStartRequest({ service: 'abcdefghi' }));
});

t.test('an answer must have every member, null or not', async (t) => {
  const answer = { bulbs: [{ number: 1, state: null }], best: null, 'is-humming': false, burnt: 5 };
  t.ok(checks.isStatusResponse(answer));
  for (const member of Object.keys(answer)) t.notOk(checks.isStatusResponse({ ...answer, [member]: undefined }), member);
});

t.test('encoders write the envelope, nulls, renamed members and optional first members', async (t) => {
  t.equal(encoders['encodeStartRequest']!({ service: 'a' }), '{"command":"start","service":"a","manner":null}');
  t.equal(
    encoders['encodeStatusResponse']!({
      bulbs: [{ number: 1, state: 'active' }],
      best: null,
      'is-humming': true,
      burnt: 18446744073709551615n,
    }),
    '{"status":"fine","bulbs":[{"number":1,"state":"active"}],"best":null,"is-humming":true,"burnt":18446744073709551615}',
  );
  t.equal(encoders['encodeWatchResponse']!({}), '{}');
  const spark = { duration_ns: -5n };
  const dark = { event: 'house.all_dark', payload: { spark, more: { a: [1, 'x'] } } };
  t.equal(encoders['encodeWatchResponse']!(dark), '{"event":"house.all_dark","payload":{"spark":{"duration_ns":-5},"more":{"a":[1,"x"]}}}');
  t.equal(
    encoders['encodeWatchResponse']!({
      id: 3,
      event: 'lamp.state',
      payload: { service: 'a', to: 'active', job_id: null, brightness: null },
    }),
    '{"id":3,"event":"lamp.state","payload":{"service":"a","to":"active","job_id":null,"brightness":null}}',
  );
  t.equal(registry['encodeQueryRequest']!({ path: 'A\\B' }, 7), '{"id":7,"op":"query","path":"A\\\\B"}');
  t.equal(registry['encodeCloseResponse']!({}, 8n), '{"id":8,"status":"ok"}');
});

t.test('an answer of two forms is encoded in the form it has', async (t) => {
  const { encodeControlResponse } = (await import(join(home, 'gen/control/encode.ts'))) as {
    encodeControlResponse: { [name: string]: Encode };
  };
  t.equal(encodeControlResponse['start']!({ operation_id: 'x' }), '{"status":"fine","operation_id":"x"}');
  t.match(encodeControlResponse['start']!({ bulbs: [], best: null, 'is-humming': true, burnt: 0 }), /^\{"status":"fine","bulbs":\[\]/);
});

t.test('an answer in parts is put together, elements that go on among them', async (t) => {
  interface Node {
    readonly path: string;
    readonly kinds: readonly string[];
    readonly reads: number;
  }
  const { addReadAllPart } = (await import(join(home, 'gen/registry/parts.ts'))) as {
    addReadAllPart: (whole: Node[], part: readonly Node[]) => void;
  };
  const whole: Node[] = [];
  for (const part of [
    [
      { path: 'a', kinds: ['SZ'], reads: 1 },
      { path: 'b', kinds: ['SZ'], reads: 2 },
    ],
    [{ path: 'b', kinds: ['QWORD', 'SZ'], reads: 3 }],
    [],
    [
      { path: 'b', kinds: [], reads: 4 },
      { path: 'a', kinds: ['QWORD'], reads: 5 },
    ],
  ])
    addReadAllPart(whole, part);
  t.strictSame(whole, [
    { path: 'a', kinds: ['SZ'], reads: 1 },
    { path: 'b', kinds: ['SZ', 'QWORD', 'SZ'], reads: 2 },
    { path: 'a', kinds: ['QWORD'], reads: 5 },
  ]);
});

t.test('fact tables are frozen through and through', async (t) => {
  const facts: { commands: object; conflicts: object } = {
    ...(await import(join(home, 'gen/control/facts.ts'))),
    ...(await import(join(home, 'gen/service/facts.ts'))),
  };
  const visit = (value: unknown): boolean =>
    typeof value !== 'object' || value === null || (Object.isFrozen(value) && Object.values(value).every(visit));
  t.ok(visit(facts.commands));
  t.ok(visit(facts.conflicts));
});

t.test('the client sends each command with its members through the transport', async (t) => {
  const { ControlClient } = (await import(join(home, 'clients/typescript/generated/client.ts'))) as {
    ControlClient: new (transport: object) => { start(request: object): Promise<unknown>; watchAll(): AsyncIterable<unknown> };
  };
  const sent: unknown[] = [];
  const client = new ControlClient({
    call: async (command: string, members: object) => sent.push({ command, ...members }),
    stream: async function* (command: string, members: object) {
      yield { command, ...members };
    },
  });
  await client.start({ service: 'a' });
  t.same(sent, [{ command: 'start', service: 'a' }]);
  for await (const line of client.watchAll()) t.same(line, { command: 'watch-all' });
});

t.test('the printed code runs on the pinned Node without any flag', async (t) => {
  const text = execFileSync(
    'env',
    ['-u', 'NODE_OPTIONS', 'node', '-e', "import('./gen/control/encode.ts').then((m) => console.log(m.controlAcknowledgement))"],
    {
      cwd: home,
      env: environment,
      encoding: 'utf8',
    },
  );
  t.equal(text, '{"status":"fine"}\n');
});

const output: { readonly [name: string]: Encode } = await import(join(home, 'gen/output/encode.ts'));
const outputChecks: { readonly isLampRecord: Check; readonly isFlicker: Check } = await import(join(home, 'gen/output/check.ts'));
const outputText = (name: string, message: unknown): string => output[name]!(message);

t.test('each form of a union begins with the member that tells it, and is checked as that form', async (t) => {
  const flicker = { kind: 'flicker', lamp: 'a', flickers: [[1, 'x', 'y']], pictures: ['p', null] };
  const event = { kind: 'event', event: 'lamp.state', payload: { service: 'a', to: 'active', job_id: null, brightness: null } };
  const texts = [{ kind: 'hello' }, flicker, event].map((record) => outputText('encodeLampRecord', record));
  t.strictSame(texts, [
    '{"kind":"hello"}',
    '{"kind":"flicker","lamp":"a","flickers":[[1,"x","y"]],"pictures":["p",null]}',
    '{"kind":"event","event":"lamp.state","payload":{"service":"a","to":"active","job_id":null,"brightness":null}}',
  ]);
  for (const text of texts) t.ok(outputChecks.isLampRecord(JSON.parse(text)), text);
  const wrong = [null, {}, [], 'hello', { kind: 'other' }, { ...flicker, kind: 'event' }, { ...flicker, pictures: [1] }];
  for (const value of wrong) t.notOk(outputChecks.isLampRecord(value), JSON.stringify(value));
});

t.test('a message that is an array has a place for each member, no more and no less', async (t) => {
  t.equal(outputText('encodeFlicker', [-9, null, 's']), '[-9,null,"s"]');
  t.ok(outputChecks.isFlicker([-9, null, 's']));
  for (const value of [[], [1, 'x'], [1, 'x', 'y', 'z'], [10, 'x', 'y'], [1, 2, 'y'], [1, 'x', null], { 0: 1, 1: 'x', 2: 'y', length: 3 }])
    t.notOk(outputChecks.isFlicker(value), JSON.stringify(value));
});

t.test('what stands around a member that others write makes the text of the whole message with it', async (t) => {
  const around = (name: string, message: unknown, written: string): string => {
    const { before, after } = output[name]!(message) as unknown as { readonly before: string; readonly after: string };
    return before + written + after;
  };
  const flickers = [
    [1, 'x', 'y'],
    [2, null, ''],
  ];
  const written = flickers.map((flicker) => around('aroundFlickerSound', flicker, JSON.stringify(flicker[2]))).join(',');
  for (const rest of [{ lamp: 'a' }, { lamp: 'a', pictures: [null, 'p'] }])
    t.equal(around('aroundFlickerRecordFlickers', rest, written), outputText('encodeFlickerRecord', { ...rest, flickers }));
  const payload = { spark: { duration_ns: 1 } };
  const event = around('aroundEventRecordPayload', { event: 'house.all_dark' }, JSON.stringify(payload));
  t.equal(event, outputText('encodeEventRecord', { event: 'house.all_dark', payload }));
});

t.test('each line of a stream has the id of its request where answers may overtake each other', async (t) => {
  const { encodeQueryResponse }: { encodeQueryResponse: { readonly read: Encode } } = await import(join(home, 'gen/output/encode.ts'));
  const part = { entries: [{ kind: 'flicker', place: 1 }, { kind: 'gap' }], more: true, cursor: 'c' };
  const text = '{"id":7,"status":"ok","entries":[{"kind":"flicker","place":1},{"kind":"gap"}],"more":true,"cursor":"c"}';
  t.equal(encodeQueryResponse.read(part, 7), text);
});

t.test('a received line is told by its framing alone', async (t) => {
  const { registryLine }: { registryLine: (line: object) => unknown } = await import(join(home, 'gen/registry/lines.ts'));
  const { controlLine }: { controlLine: (line: object) => unknown } = await import(join(home, 'gen/control/lines.ts'));
  const answer = { id: 3, status: 'ok', kind: 'SZ' };
  const failure = { id: 3, message: 'no such path' };
  const pushed = { watch: 1, more: false };
  t.strictSame(registryLine(answer), { kind: 'answer', id: 3, answer });
  t.strictSame(registryLine({ ...answer, watch: 1 }), { kind: 'answer', id: 3, answer: { ...answer, watch: 1 } });
  t.strictSame(registryLine(failure), { kind: 'failure', id: 3, failure });
  t.strictSame(registryLine(pushed), { kind: 'pushed', pushed });
  for (const other of [{}, { id: '3', status: 'ok' }, { status: 'ok' }, { id: 3, status: 'fine' }, { watch: '1' }])
    t.equal(registryLine(other), null, JSON.stringify(other));
  const started = { status: 'fine', operation_id: 'a' };
  const broken = { status: 'broken', code: 'TOO_LARGE' };
  t.strictSame(controlLine(started), { kind: 'answer', answer: started });
  t.strictSame(controlLine(broken), { kind: 'failure', failure: broken });
  for (const other of [{}, { status: 'ok' }, { id: 1 }]) t.equal(controlLine(other), null, JSON.stringify(other));
});
