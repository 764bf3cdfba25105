import t from 'tap';
import { createDeadlines } from '../../../src/exec/deadlines.ts';
import { calm, createSimulatedKernel } from '../../../src/linux/simulated/simulated-kernel.ts';
import { createSimulatedLoop } from '../../../src/linux/simulated/simulated-loop.ts';
import type { DeadlineKind } from '../../../src/policy/deadlines.ts';
import type { ArmDeadline } from '../../../src/policy/effects.ts';
import type { DeadlineReached, Survivor } from '../../../src/policy/events.ts';
import type { MonotonicNs, RealtimeNs } from '../../../src/policy/time.ts';

/** `reached` is what was told, with the milliseconds since the beginning. */
function createScene() {
  const { world } = createSimulatedKernel({ seed: 3, faults: [], disturbance: calm });
  const loop = createSimulatedLoop(world, (error) => {
    throw error;
  });
  const began = world.now;
  const reached: string[] = [];
  const survivorsOf = (service: string): readonly Survivor[] => [{ job: `main of ${service}`, pid: 7, cgroup: null }];
  const reachedNow = ({ kind, deadline, survivors }: DeadlineReached): void => {
    const still = survivors === undefined ? '' : ` with ${survivors.map(({ job }) => job)}`;
    reached.push(`${kind} ${deadline.kind} ${deadline.subject} at ${(world.now - began) / 1_000_000n}${still}`);
  };
  const deadlines = createDeadlines(loop, reachedNow, survivorsOf);
  const arm = (kind: DeadlineKind, subject: string, ms: number): void => {
    const at = (began + BigInt(ms) * 1_000_000n) as MonotonicNs;
    deadlines.arm({ kind: 'arm-deadline', deadline: { kind, subject }, clock: 'monotonic', at });
  };
  return { world, deadlines, loop, reached, arm };
}

t.test('each deadline is told once at its instant, by its kind and its subject', async (t) => {
  const { loop, reached, arm } = createScene();
  arm('stop', 'web', 300);
  arm('start', 'db', 200);
  arm('start', 'web', 100);
  loop.runFor(1000);
  t.strictSame(reached, ['deadline start web at 100', 'deadline start db at 200', 'deadline stop web at 300']);
  t.equal(loop.pending.deadlines, 0);
});

t.test('one that is armed again has moved, one that is disarmed does not come, and both leave no timer', async (t) => {
  const { deadlines, loop, reached, arm } = createScene();
  arm('start', 'web', 100);
  arm('start', 'web', 200);
  arm('stop', 'web', 150);
  deadlines.disarm({ kind: 'stop', subject: 'web' });
  deadlines.disarm({ kind: 'start', subject: 'nobody' });
  t.equal(loop.pending.deadlines, 1);
  loop.runFor(1000);
  t.strictSame(reached, ['deadline start web at 200']);
  arm('start', 'web', 1500);
  arm('stop', 'web', 1400);
  loop.runFor(1000);
  t.strictSame(reached.slice(1), ['deadline stop web at 1400', 'deadline start web at 1500'], 'both may be armed anew');
});

t.test('TMR-038 a deadline of the wall clock comes when that shows its instant, one of the monotonic clock after its time', async (t) => {
  const { world, deadlines, loop, reached, arm } = createScene();
  const atMs = (ms: number) => (world.now + world.realtimeOffset + BigInt(ms) * 1_000_000n) as RealtimeNs;
  const armTimer = (subject: string, at: RealtimeNs): void =>
    deadlines.arm({ kind: 'arm-deadline', deadline: { kind: 'timer', subject }, clock: 'realtime', at });
  const [second, hour, day] = [atMs(1000), atMs(3_600_000), atMs(86_400_000)];
  armTimer('soon', hour);
  armTimer('soon', second);
  armTimer('nightly', hour);
  armTimer('never', day);
  arm('start', 'web', 30_000);
  deadlines.disarm({ kind: 'timer', subject: 'never' });
  loop.runFor(2000);
  t.strictSame(reached.splice(0), ['deadline timer soon at 1000']);
  world.setRealtime(hour);
  loop.runFor(100_000);
  t.strictSame(reached, ['deadline timer nightly at 2000', 'deadline start web at 30000']);
  t.equal(loop.pending.deadlines, 0);
});

t.test('a clock that is not there is refused', async (t) => {
  const { deadlines } = createScene();
  const effect = { kind: 'arm-deadline', deadline: { kind: 'start', subject: 'web' }, clock: 'moon', at: 0n };
  t.throws(() => deadlines.arm(effect as unknown as ArmDeadline), { message: 'unknown clock "moon"' });
});

t.test('the end of the post-kill time says who is still there', async (t) => {
  const { loop, reached, arm } = createScene();
  arm('kill', 'web', 100);
  loop.runFor(1000);
  t.strictSame(reached, ['deadline kill web at 100 with main of web']);
});
