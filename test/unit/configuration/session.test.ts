/** The connection to the registry and its watches, with a registry that the test plays. */
import t from 'tap';
import { createRegistrySession } from '../../../src/configuration/session.ts';
import { calm, createSimulatedKernel } from '../../../src/linux/simulated/simulated-kernel.ts';
import { createSimulatedLoop } from '../../../src/linux/simulated/simulated-loop.ts';
import type { RegistryEvent, RegistryOutcome, RegistryPort } from '../../../src/platform/registry.ts';

interface Watch {
  readonly key: string;
  readonly subtree: boolean;
  readonly onEvents: (events: readonly RegistryEvent[]) => void;
  readonly done: (outcome: RegistryOutcome<null>) => void;
  closed: boolean;
}

const system = 'Machine\\System';
const stands: RegistryOutcome<null> = { ok: true, value: null };
const fails = (error: 'ENOENT' | 'EACCES' | 'EIO', message = 'no'): RegistryOutcome<null> => ({ ok: false, error, message }) as never;

function createScene() {
  const { kernel, world } = createSimulatedKernel({ seed: 3, faults: [], disturbance: calm });
  const loop = createSimulatedLoop(world, (error) => {
    throw error;
  });
  const watches: Watch[] = [];
  const attempts: ((outcome: RegistryOutcome<null>) => void)[] = [];
  const said: string[] = [];
  const state = { connected: true, wanted: true, connections: 0 };
  const registry: Pick<RegistryPort, 'connected' | 'connect' | 'watch'> = {
    get connected() {
      return state.connected;
    },
    connect: (done) => void attempts.push(done),
    watch(key, subtree, onEvents, done) {
      const watch = { key, subtree, onEvents, done, closed: false };
      watches.push(watch);
      return {
        close() {
          watch.closed = true;
        },
      };
    },
  };
  const session = createRegistrySession({
    kernel,
    loop,
    registry: registry as RegistryPort,
    onChanged: () => void said.push('changed'),
    onConnected: () => void state.connections++,
    wanted: () => state.wanted,
    warn: (text) => void said.push(text),
  });
  /** What was set since this was asked last. */
  const set = (): string[] => watches.splice(0).map(({ key, subtree }) => `${key} ${subtree}`);
  const took = (): string[] => said.splice(0);
  /** Milliseconds until there is another attempt, or -1 after a minute. */
  function pause(): number {
    const [before, began] = [attempts.length, world.now];
    while (attempts.length === before && world.now - began < 60_000_000_000n) loop.runFor(1);
    return attempts.length === before ? -1 : Math.round(Number(world.now - began) / 1e6);
  }
  return { session, loop, watches, attempts, state, set, took, pause };
}

const all = [`${system} false`, `${system}\\Services true`, `${system}\\Init true`, `${system}\\eventd false`];
const event = (type: RegistryEvent['type'], name = ''): RegistryEvent => ({ type, path: system, name });

t.test('a connection that somebody asks for is answered as the registry answers', async (t) => {
  const { session, attempts } = createScene();
  const results: (string | null)[] = [];
  for (let count = 0; count < 2; count++) session.connect((failure) => results.push(failure));
  attempts[0]?.(stands);
  attempts[1]?.(fails('EIO', 'not there'));
  t.strictSame(results, [null, 'not there']);
});

t.test('GEN-014 O-125 Services and Init are watched with all below them, eventd by itself, and the system for those names', async (t) => {
  const { session, watches, set, took } = createScene();
  session.watch();
  const [top, services, init, eventd] = watches;
  for (const watch of watches) watch.done(stands);
  t.strictSame([set(), took()], [all, []]);
  services?.onEvents([event('value_set')]);
  init?.onEvents([event('value_set')]);
  eventd?.onEvents([event('value_set')]);
  t.strictSame(took(), ['changed', 'changed', 'changed']);
  top?.onEvents([event('value_set', 'Init'), event('subkey_created', 'Other'), event('subkey_deleted', 'Init')]);
  t.strictSame([set(), took(), services?.closed, init?.closed], [[], [], false, false]);
  top?.onEvents([event('subkey_created', 'Other'), event('subkey_created', 'INIT')]);
  t.strictSame([set(), took(), services?.closed, init?.closed], [[`${system}\\Init true`], ['changed'], false, true]);
  top?.onEvents([event('overflow')]);
  t.strictSame([set(), took(), services?.closed], [all.slice(1), ['changed'], true]);
});

t.test(
  'GEN-014 a connection that was lost before the first watch does not stand: it is made anew, and then everything is read',
  async (t) => {
    const { session, attempts, state, set, took, pause } = createScene();
    state.connected = false;
    session.lost('it ended', false);
    took();
    session.watch();
    t.strictSame([set(), pause()], [[], 500]);
    state.connected = true;
    attempts[0]?.(stands);
    t.strictSame([set(), took()], [all, ['changed']]);
  },
);

t.test('GEN-014 a watch that cannot be set is told, save for a key that is not there and a connection that is gone', async (t) => {
  for (const [error, connected, told] of [
    ['EACCES', true, [`changes of ${system}\\Init are not noticed: no`]],
    ['ENOENT', true, []],
    ['EACCES', false, []],
  ] as const) {
    const { session, watches, state, took, loop } = createScene();
    session.watch();
    state.connected = connected;
    watches[2]?.done(fails(error));
    t.strictSame(took(), told);
    loop.runFor(60_000);
    t.equal(watches.length, all.length, 'it is not tried again');
  }
});

t.test('GEN-014 a system key that is gone is looked for until it is back, and then everything is read', async (t) => {
  const { session, watches, set, took, loop } = createScene();
  session.watch();
  const top = watches[0];
  set();
  top?.onEvents([event('key_deleted')]);
  t.strictSame([set(), took()], [[], []]);
  loop.runFor(499);
  t.strictSame(set(), []);
  loop.runFor(2);
  t.strictSame([took(), watches.length], [['changed'], all.length]);
  watches[0]?.done(fails('ENOENT'));
  set();
  loop.runFor(999);
  t.strictSame(set(), []);
  loop.runFor(2);
  t.strictSame(took(), ['changed']);
  watches[0]?.done(stands);
  watches[0]?.onEvents([event('key_deleted')]);
  set();
  loop.runFor(501);
  t.strictSame([took(), set()], [['changed'], all], 'the pause is the shortest one again');
});

t.test('a system key that is gone is not looked for without a connection, or when nobody wants it', async (t) => {
  for (const change of [
    ({ state }: ReturnType<typeof createScene>): void => void Object.assign(state, { wanted: false }),
    ({ state }: ReturnType<typeof createScene>): void => void Object.assign(state, { connected: false }),
    ({ session }: ReturnType<typeof createScene>): void => session.lost('x', false),
  ]) {
    const scene = createScene();
    scene.session.watch();
    const [top] = scene.watches;
    scene.set();
    top?.onEvents([event('key_deleted')]);
    change(scene);
    scene.took();
    scene.loop.runFor(700);
    t.strictSame([scene.set(), scene.took()], [[], []]);
  }
});

t.test(
  'GEN-015 a connection that is lost is told and tried again as long as it is wanted, and what was missed counts as a change',
  async (t) => {
    const { session, attempts, set, took, pause, state } = createScene();
    session.lost('reset', false);
    t.strictSame(took(), ['the registry is lost: reset; what was read last stays in force']);
    t.equal(pause(), -1, 'before the boot has come to where changes count');
    session.watch();
    set();
    session.lost('reset', false);
    t.strictSame(took(), ['the registry is lost: reset; what was read last stays in force']);
    t.equal(pause(), 500);
    attempts.at(-1)?.(fails('EIO', 'refused'));
    t.equal(pause(), 1000);
    attempts.at(-1)?.(stands);
    t.strictSame([took(), set()], [['changed'], all]);
    session.lost('again', false);
    state.wanted = false;
    t.equal(pause(), -1);
  },
);

t.test('GEN-015 a registryd that is up again is tried at once, and the first failure is told', async (t) => {
  const { session, attempts, took, set, pause } = createScene();
  session.watch();
  session.lost('ended', false);
  took();
  set();
  session.resume();
  t.equal(attempts.length, 1);
  attempts[0]?.(fails('EIO', 'refused'));
  t.strictSame(took(), ['the registry cannot be reached and is tried again: refused']);
  t.equal(pause(), 500);
  attempts[1]?.(stands);
  t.strictSame([took(), set()], [['changed'], all]);
  session.resume();
  t.equal(attempts.length, 2, 'it stands');
});

t.test('GEN-015 an attempt that is not answered in half a minute is given up', async (t) => {
  const { session, attempts, took, pause, loop } = createScene();
  session.watch();
  session.lost('ended', false);
  took();
  session.resume();
  loop.runFor(29_999);
  t.strictSame(took(), []);
  loop.runFor(2);
  t.strictSame(took(), ['the registry cannot be reached and is tried again: no answer within 30 s']);
  t.ok(pause() <= 500);
  const pauses = Array.from({ length: 8 }, () => {
    attempts.at(-1)?.(fails('EIO'));
    return pause();
  });
  t.strictSame(pauses, [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
});

t.test('TMR-048 TMR-049 what timers leave behind is no change, whatever else is in the same key is one', async (t) => {
  const { session, watches, took } = createScene();
  session.watch();
  const services = watches[1];
  const web = `${system}\\Services\\web`;
  const told = (...events: readonly RegistryEvent[]): string[] => {
    services?.onEvents(events);
    return took();
  };
  const single: RegistryEvent = { type: 'value_set', path: web, name: 'LastTimerRun' };
  const made: RegistryEvent = { type: 'subkey_created', path: web, name: 'TimerState' };
  const several: RegistryEvent = { type: 'value_set', path: `${web}\\TIMERSTATE`, name: '%2A%3A00' };
  t.strictSame(told(single, made, several), []);
  t.strictSame(told({ ...single, type: 'value_deleted', name: 'lasttimerrun' }, { ...made, type: 'subkey_deleted' }), []);
  t.strictSame(told(single, { ...single, name: 'ImagePath' }), ['changed']);
  t.strictSame(told({ type: 'overflow', path: `${system}\\Services`, name: '' }), ['changed']);
  t.strictSame(told({ ...made, name: 'Other' }), ['changed']);
  t.strictSame(told({ ...single, path: `${system}\\Services` }), ['changed'], 'of no service');
  t.strictSame(told({ ...several, path: `${web}\\TimerState\\deeper` }), ['changed']);
  t.strictSame(told({ ...made, path: `${system}\\Services`, name: 'TimerState' }), ['changed'], 'a service of that name');
});

t.test('TMR-048 whoever has something to write is told of each connection after the first', async (t) => {
  const { session, attempts, state } = createScene();
  session.watch();
  t.equal(state.connections, 0);
  session.lost('it ended', false);
  session.resume();
  attempts.at(-1)?.(stands);
  t.equal(state.connections, 1);
});
