import t from 'tap';
import type { EventOf } from '../../../gen/events/events.ts';
import { settingDefaults } from '../../../gen/settings/facts.ts';
import type { LoadOutcome } from '../../../src/configuration/read.ts';
import { createReader } from '../../../src/configuration/read.ts';
import type { RegistryNode, RegistryOutcome } from '../../../src/platform/registry.ts';
import type { LoadDefinitions } from '../../../src/policy/events.ts';
import type { Handled, LoadAnswer } from '../../../src/policy/view.ts';
import type { RegistryValue } from '../../../src/registry/value.ts';
import { only } from '../../support/lists.ts';

const summary = { added: [], removed: [], changed: [] } as never;
const loaded: LoadAnswer = { kind: 'loaded', summary, warnings: [] };
const settings = { ...settingDefaults, schemaVersion: 1 };
const dword = (name: string, data: number): RegistryValue => ({ name, type: 'DWORD', data });
const version = dword('SchemaVersion', 1);

/** A registry that the test answers, and a policy that says `state.answer`. */
function createScene() {
  const open: { readonly path: string; readonly depth: number | null; readonly done: (outcome: never) => void }[] = [];
  const submitted: LoadDefinitions[] = [];
  const published: EventOf[] = [];
  const order: string[] = [];
  const state: { answer: Handled['answer']; zone: string } = { answer: loaded, zone: 'UTC' };
  const reader = createReader({
    registry: { readTree: (path, depth, done) => void open.push({ path, depth, done }) },
    submit(event) {
      submitted.push(event);
      return { effects: [], answer: state.answer };
    },
    publish: (event) => void published.push(event),
    warn: (text) => void order.push(text),
    zone: () => state.zone,
    onRead: () => void order.push('read'),
  });
  const outcomes: LoadOutcome[] = [];
  const load = (strict = false): void =>
    reader.load(strict, (outcome) => {
      order.push('done');
      outcomes.push(outcome);
    });
  /** The registry holds these keys; Services and its version are added. */
  const answer = (...nodes: readonly RegistryNode[]): void => {
    const outcome: RegistryOutcome<readonly RegistryNode[]> = { ok: true, value: [{ path: 'Services', values: [version] }, ...nodes] };
    open.shift()?.done(outcome as never);
  };
  const read = (strict: boolean, ...nodes: readonly RegistryNode[]): LoadOutcome | undefined => {
    load(strict);
    answer(...nodes);
    return outcomes.pop();
  };
  return { reader, open, submitted, published, order, state, outcomes, load, answer, read };
}

const init = (...values: readonly RegistryValue[]): RegistryNode => ({ path: 'Init', values });
const boot = (...values: readonly RegistryValue[]): RegistryNode => ({ path: 'Boot', values });
const namesOf = (event: LoadDefinitions | undefined): unknown => event?.definitions.services.map(({ name }) => name);

t.test('before there is a registry there is registryd alone, with the settings that hold by themselves', async (t) => {
  const { reader, submitted } = createScene();
  t.strictSame([reader.settings, reader.globalVariables], [settings, []]);
  reader.loadBuiltin();
  t.equal(submitted.length, 1);
  t.strictSame(only(submitted[0]!, 'kind', 'strict'), { kind: 'load-definitions', strict: false });
  t.strictSame(namesOf(submitted[0]), ['registryd']);
  t.strictSame(submitted[0]?.definitions.keys, new Set());
});

t.test('GEN-013 what was read is taken over at once and as a whole, told to the policy first', async (t) => {
  const { reader, open, submitted, order, load, answer, outcomes } = createScene();
  load();
  t.strictSame(
    open.map(({ path, depth }) => [path, depth]),
    [['Machine\\System', null]],
  );
  answer(
    boot(dword('MaxParallelStarts', 7), dword('ShutdownTimeout', 70)),
    init(dword('MaxRequestSize', 2048)),
    { path: 'Init\\EnvVars', values: [{ name: 'A', type: 'SZ', data: '1' }] },
    { path: 'Services\\web', values: [{ name: 'ImagePath', type: 'SZ', data: '/bin/web' }] },
  );
  t.strictSame(outcomes, [{ kind: 'read', answer: loaded, settings: [], fatal: null }]);
  t.strictSame(order, ['read', 'done']);
  t.strictSame(only(submitted, 'kind', 'strict', 'settings'), [
    {
      kind: 'load-definitions',
      strict: false,
      settings: { maxParallelStarts: 7, shutdownTimeoutSeconds: 70, bootSuccessGraceSeconds: 30 },
    },
  ]);
  t.strictSame(namesOf(submitted[0]), ['web', 'registryd']);
  const below = ['services', 'init', 'init\\envvars', 'services\\web'];
  t.strictSame(submitted[0]?.definitions.keys, new Set(below.map((key) => `machine\\system\\${key}`)));
  t.strictSame(reader.settings, { ...settings, maxParallelStarts: 7, shutdownTimeout: 70, maxRequestSize: 2048 });
  t.strictSame(reader.globalVariables, ['A=1']);
});

t.test('what the policy refuses changes nothing', async (t) => {
  const { reader, state, order, read } = createScene();
  state.answer = { kind: 'refused', code: 'INVALID_STATE', message: 'no' };
  const outcome = read(false, boot(dword('ShutdownTimeout', 70)), {
    path: 'Init\\EnvVars',
    values: [{ name: 'A', type: 'SZ', data: '1' }],
  });
  t.strictSame(outcome, { kind: 'read', answer: state.answer, settings: [], fatal: null });
  t.strictSame([reader.settings, reader.globalVariables], [settings, []]);
  t.strictSame(order, ['read', 'done']);
});

t.test('a policy that does not answer a load is an error', async (t) => {
  for (const answer of [null, { kind: 'settled' }, { kind: 'accepted', operation: '1', over: false, warnings: [] }] as const) {
    const { reader, state } = createScene();
    state.answer = answer;
    t.throws(() => reader.loadBuiltin(), { message: 'the policy did not answer a load' });
  }
});

t.test('KEY-020 a setting that is out of order is refused by a strict read, before the policy hears of it', async (t) => {
  for (const [values, code, count] of [
    [[dword('MaxRequestSize', 1)], 'INVALID_STATE', 1],
    [[{ name: 'MaxRequestSize', type: 'SZ', data: 'x' }], 'INTERNAL_ERROR', 1],
    [[dword('MaxRequestSize', 1), { name: 'MaxLogLineLength', type: 'SZ', data: 'x' }], 'INTERNAL_ERROR', 2],
  ] as const) {
    const { reader, submitted, published, read } = createScene();
    const outcome = read(true, init(...values));
    t.equal(submitted.length, 0);
    t.strictSame(reader.settings, settings);
    const messages = published.map(({ payload }) => (payload as { message: string }).message);
    t.equal(messages.length, count);
    t.strictSame(outcome, { kind: 'read', answer: { kind: 'refused', code, message: messages.join(' ') }, settings: [], fatal: null });
  }
});

t.test('KEY-020 otherwise its default holds with a warning, and the boot ends only by one that is fatal', async (t) => {
  for (const [area, name, fatal] of [
    ['Init', 'MaxRequestSize', false],
    ['Boot', 'MaxParallelStarts', true],
  ] as const) {
    const { reader, published, read } = createScene();
    const outcome = read(
      false,
      { path: area, values: [dword(name, 0)] },
      { path: 'eventd', values: [{ name: 'LogSocketPath', type: 'SZ', data: '/run/log' }] },
    );
    const messages = published.map(({ payload }) => (payload as { message: string }).message);
    t.match(messages.join('\n'), new RegExp(`^Machine.System.${area}.${name} .*$`));
    t.strictSame(outcome, { kind: 'read', answer: loaded, settings: messages, fatal: fatal ? messages[0] : null });
    t.strictSame(reader.settings, { ...settings, logSocketPath: '/run/log' });
  }
});

t.test('KEY-020 a warning alone refuses nothing and is no error', async (t) => {
  const { published, outcomes, load, open } = createScene();
  load(true);
  open.shift()?.done({ ok: true, value: [{ path: 'Services', values: [dword('SchemaVersion', 2)] }] } as never);
  const message =
    'Machine\\System\\Services\\SchemaVersion is 2, but this peinit knows 1: newer fields of definitions are ignored. Update peinit.';
  t.strictSame(outcomes, [{ kind: 'read', answer: loaded, settings: [message], fatal: null }]);
  t.strictSame(
    published.map(({ event }) => event),
    ['graph.validation_warning'],
  );
});

t.test('EVT-013 a strict read tells of every setting, another of what was not found before', async (t) => {
  const { published, read } = createScene();
  const told = (strict: boolean, ...values: readonly RegistryValue[]): unknown[] => {
    read(strict, init(...values));
    return published.splice(0).map(({ event, payload }) => {
      const { service, field } = payload as { service: null; field: string };
      return [event, service, field];
    });
  };
  const error = (name: string): unknown[] => ['graph.validation_error', null, `Machine\\System\\Init\\${name}`];
  const [one, other] = [dword('MaxRequestSize', 1), dword('MaxControlConnections', 0)];
  t.strictSame(told(false, one), [error('MaxRequestSize')]);
  t.strictSame(told(false, one), []);
  t.strictSame(told(true, one), [error('MaxRequestSize')]);
  t.strictSame(told(false, one, other), [error('MaxControlConnections')]);
  t.strictSame(told(false, other), []);
  t.strictSame(told(false, one, other), [error('MaxRequestSize')], 'what was gone is new');
});

t.test('GEN-013 at most one read is under way, and those who come meanwhile share one more', async (t) => {
  const { open, outcomes, submitted, order, load, answer } = createScene();
  load(false);
  load(true);
  load(false);
  t.equal(open.length, 1);
  answer();
  t.strictSame([outcomes.length, open.length], [1, 1]);
  answer();
  t.strictSame([outcomes.length, open.length], [3, 0]);
  t.strictSame(
    submitted.map(({ strict }) => strict),
    [false, true, false],
  );
  t.strictSame(order, ['read', 'done', 'read', 'done', 'done']);
  load();
  t.equal(open.length, 1, 'the next one is made at once');
});

t.test('GEN-012 a read that failed is told to everybody who waits for it, and the next is made', async (t) => {
  const { open, outcomes, order, load, answer } = createScene();
  load();
  load();
  open.shift()?.done({ ok: false, error: 'EIO', message: 'lost' } as never);
  const unread = { kind: 'unread', message: 'registryd did not deliver Machine\\System: lost' };
  t.strictSame(outcomes, [unread]);
  t.strictSame(order, ['done']);
  answer();
  t.strictSame(outcomes, [unread, { kind: 'read', answer: loaded, settings: [], fatal: null }]);
});

t.test('TMR-008 the zone of the machine comes with each set of definitions, as it is then', async (t) => {
  const { state, submitted, read } = createScene();
  read(false);
  state.zone = 'Europe/Berlin';
  read(true);
  t.strictSame(
    submitted.map(({ zone }) => zone),
    ['UTC', 'Europe/Berlin'],
  );
});

t.test('TMR-028 what the registry held of timers is there for the boot, and then no more', async (t) => {
  const { reader, read } = createScene();
  const web: RegistryNode = {
    path: 'Services\\web',
    values: [
      { name: 'ImagePath', type: 'SZ', data: '/bin/web' },
      { name: 'Triggers', type: 'MULTI_SZ', data: ['timer:daily'] },
      { name: 'LastTimerRun', type: 'QWORD', data: 7n },
    ],
  };
  read(false, web);
  t.strictSame(reader.takeHistory(), new Map([['web', { single: 7n, bySchedule: new Map() }]]));
  read(false, web);
  t.strictSame(reader.takeHistory(), new Map());
});
