import t from 'tap';
import type { RegistryError } from '../../../gen/registry/types.ts';
import { createLastRunWriter } from '../../../src/configuration/last-run-writer.ts';
import { calm, createSimulatedKernel } from '../../../src/linux/simulated/simulated-kernel.ts';
import { createSimulatedLoop } from '../../../src/linux/simulated/simulated-loop.ts';
import type { RegistryOutcome } from '../../../src/platform/registry.ts';
import type { RealtimeNs } from '../../../src/policy/time.ts';

const services = 'Machine\\System\\Services';
const stands = { ok: true, value: null } as const;
const fails = (error: RegistryError, message = 'no') => ({ ok: false, error, message }) as const;

/** A registry that the test answers: `calls` is what it was asked. */
function createScene() {
  const { kernel, world } = createSimulatedKernel({ seed: 3, faults: [], disturbance: calm });
  const loop = createSimulatedLoop(world, (error) => {
    throw error;
  });
  const calls: string[] = [];
  const open: ((outcome: RegistryOutcome<never>) => void)[] = [];
  const said: string[] = [];
  const state = { connected: true };
  const writer = createLastRunWriter({
    kernel,
    loop,
    registry: {
      get connected() {
        return state.connected;
      },
      createKey(path, done) {
        calls.push(`create ${path.slice(services.length + 1)}`);
        open.push(done);
      },
      set(path, value, done) {
        calls.push(`set ${path.slice(services.length + 1)} ${value.name} ${value.type} ${value.data}`);
        open.push(done);
      },
    },
    warn: (text) => void said.push(text),
  });
  const save = (service: string, seconds: number, schedule: string | null = null): void =>
    writer.save({
      kind: 'save-last-run',
      service,
      key: service.toLowerCase(),
      schedule,
      at: (BigInt(seconds) * 1_000_000_000n) as RealtimeNs,
    });
  const answer = (outcome: RegistryOutcome<null>): void => open.shift()?.(outcome as never);
  const took = (): string[] => calls.splice(0);
  return { writer, loop, state, said, open, save, answer, took };
}

const single = (service: string, seconds: number): string => `set ${service} LastTimerRun QWORD ${seconds}000000000`;

t.test('TMR-023 TMR-031 TMR-032 one value is written after the other, with the key of several made before', async (t) => {
  const { save, answer, took, said } = createScene();
  save('Web', 1);
  save('db', 2, '*:00');
  save('mail', 3);
  t.strictSame(took(), [single('Web', 1)]);
  answer(stands);
  t.strictSame(took(), ['create db\\TimerState', 'set db\\TimerState %2A%3A00 QWORD 2000000000']);
  answer(stands);
  t.strictSame(took(), []);
  answer(stands);
  t.strictSame(took(), [single('mail', 3)]);
  answer(stands);
  t.strictSame([took(), said], [[], []]);
});

t.test(
  'TMR-023 TMR-048 while registryd says nothing only the newest of each value waits, told once, and is written when it answers',
  async (t) => {
    const { loop, save, answer, took, said, open } = createScene();
    save('web', 1);
    took();
    for (let second = 2; second < 1000; second++) {
      save('web', second);
      save('db', second, 'daily');
    }
    t.strictSame([took(), open.length], [[], 1]);
    answer(fails('ETIMEDOUT', 'it stands still'));
    t.strictSame(took(), []);
    loop.runFor(9_999);
    t.strictSame(took(), []);
    loop.runFor(2);
    t.strictSame(took(), [single('web', 999)]);
    answer(fails('EBUSY', 'too much'));
    save('web', 2000);
    loop.runFor(10_001);
    t.strictSame(took(), ['create db\\TimerState', 'set db\\TimerState daily QWORD 999000000000'], 'the others have their turn');
    answer(stands);
    answer(stands);
    t.strictSame(took(), [single('web', 2000)]);
    answer(stands);
    t.strictSame(said.splice(0), ['when timers fired last is not in the registry, and is written when it can be: it stands still']);
    save('web', 3000);
    answer(fails('ETIMEDOUT', 'again'));
    t.strictSame(said, ['when timers fired last is not in the registry, and is written when it can be: again']);
  },
);

t.test('TMR-048 without a connection nothing is asked and nothing told, and with the next one the newest is written', async (t) => {
  const { writer, loop, state, save, answer, took, said } = createScene();
  save('web', 1);
  took();
  state.connected = false;
  answer(fails('EIO', 'the connection is lost'));
  save('db', 2);
  loop.runFor(3_600_000);
  t.strictSame([took(), said], [[], []]);
  state.connected = true;
  writer.resume();
  t.strictSame(took(), [single('web', 1)]);
  answer(stands);
  t.strictSame(took(), [single('db', 2)]);
});

t.test('TMR-048 what the registry refuses is told once and given up, and the next one is written', async (t) => {
  const { writer, save, answer, took, said } = createScene();
  const refused = `when a timer fired last is not in the registry: setting web: no`;
  for (const second of [1, 2]) {
    save('web', second);
    answer(fails('EACCES', 'setting web: no'));
  }
  save('db', 3, 'daily');
  answer(fails('EACCES', 'creating TimerState: no'));
  answer(fails('ENOENT', 'setting daily: there is no such key'));
  t.strictSame(said.splice(0), [refused, 'when a timer fired last is not in the registry: creating TimerState: no']);
  took();
  save('mail', 4);
  t.strictSame(took(), [single('mail', 4)]);
  answer(stands);
  writer.resume();
  save('web', 5);
  answer(fails('EACCES', 'setting web: no'));
  t.strictSame(said, [refused], 'with a new connection it is told anew');
});

t.test('O-131 at the end of the machine all that waits is sent at once, and what was not written is told', async (t) => {
  const { writer, loop, save, answer, took, said } = createScene();
  save('web', 1);
  save('web', 2);
  save('db', 3, 'daily');
  took();
  writer.sendAll();
  t.strictSame(took(), [single('web', 2), 'create db\\TimerState', 'set db\\TimerState daily QWORD 3000000000']);
  answer(stands);
  answer(fails('ETIMEDOUT'));
  save('late', 4);
  loop.runFor(60_000);
  t.strictSame([took(), said], [[], []], 'nobody waits');
  answer(stands);
  answer(stands);
  writer.close();
  t.strictSame(said, ['when 2 timers fired last could not be written before the machine ended']);
});

t.test('TMR-034 an end that comes at once waits until all is answered, and no longer than it may', async (t) => {
  const { writer, loop, save, answer, took } = createScene();
  let ended = 0;
  const end = (): void => void ended++;
  createScene().writer.flush(500_000_000n, end);
  t.equal(ended, 1, 'nothing waits');
  save('web', 1);
  save('web', 2);
  took();
  writer.flush(500_000_000n, end);
  t.strictSame(took(), [single('web', 2)]);
  answer(stands);
  t.equal(ended, 1);
  answer(stands);
  t.equal(ended, 2);
  loop.runFor(1000);
  t.equal(ended, 2, 'once');

  const slow = createScene();
  slow.save('web', 1);
  slow.writer.flush(500_000_000n, end);
  slow.loop.runFor(499);
  t.equal(ended, 2);
  slow.loop.runFor(2);
  t.equal(ended, 3);
  slow.answer(stands);
  t.equal(ended, 3);
});

t.test('a machine that ends without anything to write has nothing to say', async (t) => {
  const { writer, state, save, answer, took, said } = createScene();
  save('web', 1);
  answer(stands);
  took();
  writer.sendAll();
  writer.close();
  state.connected = false;
  t.strictSame([took(), said], [[], []]);
});
