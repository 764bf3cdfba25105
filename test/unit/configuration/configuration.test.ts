/** The whole of what keeps a copy of the registry, with a registry that the test plays. */
import t from 'tap';
import type { ConfigurationParts } from '../../../src/configuration/configuration.ts';
import { createConfiguration } from '../../../src/configuration/configuration.ts';
import { calm, createSimulatedKernel } from '../../../src/linux/simulated/simulated-kernel.ts';
import { createSimulatedLoop } from '../../../src/linux/simulated/simulated-loop.ts';
import type { RegistryHost, RegistryPort } from '../../../src/platform/registry.ts';
import type { Effect } from '../../../src/policy/effects.ts';
import type { LoadAnswer } from '../../../src/policy/view.ts';

type Answer = (outcome: unknown) => void;

const loaded: LoadAnswer = { kind: 'loaded', summary: { added: [], removed: [], changed: [] } as never, warnings: [] };
const version = { name: 'SchemaVersion', type: 'DWORD', data: 1 };

/** `calls` is what the registry was asked, `pending` how each is answered. */
function createScene() {
  const { kernel, world } = createSimulatedKernel({ seed: 3, faults: [], disturbance: calm });
  const loop = createSimulatedLoop(world, (error) => {
    throw error;
  });
  const calls: string[] = [];
  const pending: Answer[] = [];
  const said: string[] = [];
  const state = { ending: false, registryd: 'active' as string | null, phase: 'booting' };
  let host: RegistryHost | null = null;
  const call = (text: string, done: unknown): void => {
    calls.push(text);
    pending.push(done as Answer);
  };
  const port: Partial<RegistryPort> = {
    connected: true,
    connect: (done) => call('connect', done),
    readTree: (path, depth, done) => call(`read-tree ${path} ${depth}`, done),
    query: (path, name, done) => call(`query ${path} ${name}`, done),
    watch(key, _subtree, _onEvents, done) {
      call(`watch ${key}`, done);
      return { close: () => undefined };
    },
    close: () => void calls.push('close'),
  };
  const parts: ConfigurationParts = {
    kernel,
    loop,
    openRegistry(given) {
      host = given;
      return port as RegistryPort;
    },
    policy: {
      service: (name: string) => (name === 'registryd' && state.registryd !== null ? { state: state.registryd } : null),
      machine: () => ({ phase: state.phase }),
    } as never,
    ending: () => state.ending,
    zone: () => 'UTC',
    submit: () => ({ effects: [], answer: loaded }),
    publish: () => undefined,
    warn: (text) => void said.push(text),
    onRead: () => void said.push('read'),
  };
  const configuration = createConfiguration(parts);
  const lose = (): void => host?.onLost('reset');
  const took = (): string[] => calls.splice(0);
  /** Answers the oldest call that is open. */
  const answer = (outcome: unknown): void => pending.shift()?.(outcome);
  return { configuration, loop, state, said, lose, took, answer };
}

const key = 'Machine\\System\\Services';
const system = 'Machine\\System';
const allWatches = [system, key, `${system}\\Init`, `${system}\\eventd`].map((path) => `watch ${path}`);

t.test('BOOT-018 the probe connects and reads one value, and says what is wrong with it', async (t) => {
  for (const [connected, queried, failure] of [
    [{ ok: false, message: 'refused' }, null, 'the registry cannot be reached: refused'],
    [{ ok: true, value: null }, { ok: false, message: 'EIO' }, `registryd did not pass the probe read of ${key}\\SchemaVersion: EIO`],
    [
      { ok: true, value: null },
      { ok: true, value: { name: 'SchemaVersion', type: 'SZ', data: '1' } },
      `${key}\\SchemaVersion is SZ and must be REG_DWORD`,
    ],
    [{ ok: true, value: null }, { ok: true, value: version }, null],
  ] as const) {
    const { configuration, took, answer } = createScene();
    const results: (string | null)[] = [];
    configuration.probe((each) => results.push(each));
    t.strictSame([took(), results], [['connect'], []]);
    answer(connected);
    if (queried !== null) {
      t.strictSame([took(), results], [[`query ${key} SchemaVersion`], []]);
      answer(queried);
    }
    t.strictSame([took(), results], [[], [failure]]);
  }
});

t.test('GEN-014 changes are listened for before everything is read, and what was read is in force then', async (t) => {
  const { configuration, said, took, answer } = createScene();
  const results: (string | null)[] = [];
  configuration.begin((each) => results.push(each));
  t.strictSame(took(), [...allWatches, `read-tree ${system} null`]);
  for (const _ of allWatches) answer({ ok: true, value: null });
  t.strictSame([configuration.settings.maxRequestSize === 2048, configuration.globalVariables], [false, []]);
  answer({
    ok: true,
    value: [
      { path: 'Services', values: [version] },
      { path: 'Init', values: [{ name: 'MaxRequestSize', type: 'DWORD', data: 2048 }] },
      { path: 'Init\\EnvVars', values: [{ name: 'A', type: 'SZ', data: '1' }] },
    ],
  });
  t.strictSame([results, said], [[null], ['read']]);
  t.strictSame([configuration.settings.maxRequestSize, configuration.globalVariables], [2048, ['A=1']]);
  t.equal(configuration.refusal(), null);
});

t.test('GEN-015 a registry that is lost is tried again while registryd runs and the machine goes on', async (t) => {
  for (const [change, tried] of [
    [{}, true],
    [{ registryd: 'backoff' }, false],
    [{ registryd: null }, false],
  ] as const) {
    const { configuration, loop, state, said, lose, took } = createScene();
    configuration.begin(() => undefined);
    took();
    Object.assign(state, change);
    lose();
    t.equal(said.length, 1);
    loop.runFor(1000);
    t.strictSame(took(), tried ? ['connect'] : []);
  }
});

t.test('the registry is not lost while registryd is stopped or restarted by somebody', async (t) => {
  const { configuration, loop, state, said, lose, took } = createScene();
  configuration.begin(() => undefined);
  took();
  state.registryd = 'stopping';
  lose();
  loop.runFor(60_000);
  t.strictSame([said, took()], [[], []]);
});

t.test('a registry that is lost while the machine ends is no loss, and no other is looked for', async (t) => {
  const { configuration, loop, state, said, lose, took } = createScene();
  configuration.begin(() => undefined);
  took();
  lose();
  said.length = 0;
  state.ending = true;
  lose();
  loop.runFor(60_000);
  t.strictSame([said, took()], [[], []]);
  configuration.close();
  t.strictSame(took(), ['close']);
});

t.test(
  'GEN-017 SEC-009 what changed during the boot is read once it has settled; a connection that is back counts as a change',
  async (t) => {
    const { configuration, state, took, answer, lose } = createScene();
    configuration.begin(() => undefined);
    took();
    lose();
    configuration.resume();
    t.strictSame(took(), ['connect']);
    for (const _ of [...allWatches, 'read']) answer({ ok: true, value: [{ path: 'Services', values: [version] }] });
    answer({ ok: true, value: null });
    t.strictSame(took(), [...allWatches, `read-tree ${system} null`], 'the machine is booting: only security descriptors are taken over');
    const guards = { name: 'ServiceSecurity', type: 'BINARY', data: new Uint8Array([1]) };
    const parallel = { name: 'MaxParallelStarts', type: 'DWORD', data: 7 };
    for (const _ of allWatches) answer({ ok: true, value: null });
    const nodes = [
      { path: 'Services', values: [version, guards] },
      { path: 'Boot', values: [parallel] },
    ];
    answer({ ok: true, value: nodes });
    t.strictSame(configuration.security, { own: new Map(), inherited: guards.data, machine: null });
    t.equal(configuration.settings.maxParallelStarts, 10);
    state.phase = 'settled';
    configuration.onEffect({ kind: 'settled' } as Effect);
    t.strictSame(took(), [`read-tree ${system} null`]);
  },
);
