/** TimerJitter: a delay that is drawn anew for each firing. PSD-007 9.1. */
import t from 'tap';
import type { RealtimeNs } from '../../../../src/policy/time.ts';
import { createScene, persistent, timed } from './scene.ts';

const nsPerSecond = 1_000_000_000n;

t.test('DEF-036 TMR-036 TMR-037 each firing has a delay of its own, from nothing to TimerJitter, evenly', async (t) => {
  const scene = createScene([timed('job', ['*:00'], { timerJitter: 600 })], { at: '2026-12-01T12:30:00Z' });
  const delays: bigint[] = [];
  for (let at = 0; at < 400; at++) {
    const [timer] = scene.view('job').timers;
    const { next, scheduled } = timer as { next: RealtimeNs; scheduled: RealtimeNs };
    delays.push(next - scheduled);
    scene.pass(3600);
    const text = Temporal.Instant.fromEpochNanoseconds(scheduled).toString();
    t.strictSame(scene.fired(), [`job *:00 for ${text} started`]);
    scene.done('job');
  }
  t.ok(delays.every((delay) => delay >= 0n && delay <= 600n * nsPerSecond));
  t.equal(new Set(delays).size, 400);
  for (const tenth of Array.from({ length: 10 }, (_, at) => BigInt(at))) {
    const inside = delays.filter((delay) => delay / (60n * nsPerSecond) === tenth).length;
    t.ok(inside > 15 && inside < 70, `${inside} of 400 in tenth ${tenth}`);
  }
});

t.test('TMR-037 a delay beyond the next times serves them too: the next one lies after the firing', async (t) => {
  const scene = createScene([timed('job', ['*:*:00'], { timerJitter: 86_400 })]);
  const { next } = scene.view('job').timers[0] as { next: RealtimeNs };
  scene.pass(86_400);
  const [after] = scene.view('job').timers;
  t.equal(scene.fired()[0], 'job *:*:00 for 2026-12-01T12:01:00Z started');
  t.ok((after?.scheduled ?? 0n) > next);
});

t.test('DEF-036 a change of TimerJitter counts for times that have not come', async (t) => {
  const scene = createScene([timed('job', ['13:00'])]);
  scene.load([timed('job', ['13:00'], { timerJitter: 600 })]);
  const [timer] = scene.view('job').timers;
  t.ok((timer?.next ?? 0n) > (timer?.scheduled ?? 0n));
  scene.pass(3600);
  const [waiting] = scene.armed();
  scene.load([timed('job', ['13:00'])]);
  t.strictSame([scene.fired(), scene.armed()], [[], [waiting]], 'its time has come: the delay runs');
  scene.pass(600);
  t.strictSame([scene.fired(), scene.armed()], [['job 13:00 for 2026-12-01T13:00:00Z started'], ['job 13:00 2026-12-02T13:00:00Z']]);
});

t.test('TMR-028 what was missed is caught up without a delay', async (t) => {
  const scene = createScene([timed('job', ['02:00'], { ...persistent, timerJitter: 3600 })]);
  t.strictSame(scene.fired(), ['job 02:00 for what was missed started']);
});
