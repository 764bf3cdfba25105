/** What was missed before the boot, and what is kept for the next one. PSD-007 9.1. */
import t from 'tap';
import { createScene, instant, lastRuns, persistent, timed } from './scene.ts';

const caughtUp = (schedule: string): string => `job ${schedule} for what was missed started`;

t.test('DEF-035 TMR-028 TMR-029 a run that was missed is caught up once, however many were', async (t) => {
  for (const last of ['2026-12-01T00:00:00Z', '2026-11-30T02:00:00Z', '2021-11-26T02:00:00Z']) {
    const scene = createScene([timed('job', ['02:00'], persistent)], { history: lastRuns({ job: last }) });
    t.strictSame(scene.fired(), [caughtUp('02:00')]);
    t.match(scene.view('job').operation, { type: 'start', source: 'timer' });
    t.strictSame(scene.saved(), ['job alone 2026-12-01T12:00:00Z']);
    t.strictSame(scene.armed(), ['job 02:00 2026-12-02T02:00:00Z'], 'then as ever');
    scene.done('job');
    scene.pass(3600);
    t.equal(scene.spawns('job'), 1);
  }
});

t.test('TMR-028 nothing is caught up where nothing was missed', async (t) => {
  for (const last of ['2026-12-01T02:00:00Z', '2026-12-01T12:00:00Z']) {
    const scene = createScene([timed('job', ['02:00'], persistent)], { history: lastRuns({ job: last }) });
    t.strictSame([scene.fired(), scene.saved(), scene.is('job')], [[], [], 'inactive / null']);
    const known = { at: instant(last), scheduled: null, outcome: null, reason: null, operation: null, result: null };
    t.strictSame(
      scene.view('job').timers.map((timer) => timer.last),
      [known],
    );
  }
});

t.test('TMR-028 without a record a run was missed', async (t) => {
  const scene = createScene([timed('job', ['02:00'], persistent)]);
  t.strictSame([scene.fired(), scene.armed()], [[caughtUp('02:00')], ['job 02:00 2026-12-02T02:00:00Z']]);
});

t.test('TMR-041 a record from the future is as none, at the boot alone', async (t) => {
  const scene = createScene([timed('job', ['02:00'], persistent)], { history: lastRuns({ job: '2030-01-01T00:00:00Z' }) });
  t.strictSame([scene.fired(), scene.armed()], [[caughtUp('02:00')], ['job 02:00 2026-12-02T02:00:00Z']]);
  scene.done('job');
  scene.setWall('2026-11-01T00:00:00Z', 'UTC');
  t.strictSame([scene.fired(), scene.saved()], [[], ['job alone 2026-12-01T12:00:00Z']]);
});

t.test('DEF-035 TMR-030 without TimerPersistent nothing is caught up and nothing is kept', async (t) => {
  const scene = createScene([timed('job', ['02:00'])], { history: lastRuns({ job: '2021-01-01T00:00:00Z' }) });
  t.strictSame([scene.fired(), scene.is('job'), scene.view('job').timers[0]?.last], [[], 'inactive / null', null]);
  scene.pass(86_400);
  t.strictSame([scene.fired(), scene.saved()], [['job 02:00 for 2026-12-02T02:00:00Z started'], []]);
});

t.test('DEF-035 a change of TimerPersistent counts with the next firing, and catches nothing up', async (t) => {
  const scene = createScene([timed('job', ['13:00'])]);
  scene.load([timed('job', ['13:00'], persistent)]);
  t.strictSame(scene.fired(), []);
  scene.pass(3600);
  t.strictSame(scene.saved(), ['job alone 2026-12-01T13:00:00Z']);
});

t.test('TMR-031 TMR-032 TMR-035 several timers have records of their own, by schedule, whatever LastTimerRun says', async (t) => {
  const history = new Map([
    ...lastRuns({ other: '2026-12-01T11:00:00Z' }),
    ...lastRuns({ job: { '02:00': '2026-12-01T02:00:00Z', '*:30': '2026-12-01T10:30:00Z' } }),
  ]);
  const scene = createScene([timed('job', ['02:00', '*:30'], persistent)], { history });
  t.strictSame(scene.fired(), [caughtUp('*:30')]);
  t.strictSame(scene.saved(), ['job *:30 2026-12-01T12:00:00Z']);
  scene.done('job');
  scene.pass(14 * 3600);
  t.strictSame(scene.saved().at(-1), 'job 02:00 2026-12-02T02:00:00Z');

  const single = createScene([timed('job', ['02:00', '*:30'], persistent)], { history: lastRuns({ job: '2026-12-01T11:59:00Z' }) });
  t.strictSame(single.fired(), [caughtUp('02:00'), 'job *:30 for what was missed started'], 'they know nothing of it, and join');

  const changed = createScene([timed('job', ['03:00'], persistent)], { history: lastRuns({ job: '2026-12-01T03:00:00Z' }) });
  t.strictSame(changed.fired(), [], 'of one timer the record stays, whatever its schedule was');
});

t.test('TMR-032 O-127 equal schedules share one record', async (t) => {
  const scene = createScene([timed('job', ['02:00', '02:00'], persistent)], {
    history: lastRuns({ job: { '02:00': '2026-12-01T02:00:00Z' } }),
  });
  t.strictSame(scene.fired(), []);
  scene.pass(86_400);
  t.strictSame(scene.saved(), ['job 02:00 2026-12-02T02:00:00Z']);
});

t.test('TMR-034 a run that began before the end of the machine is not made up for', async (t) => {
  const before = createScene([timed('job', ['13:00'], persistent)], { history: lastRuns({ job: '2026-12-01T11:00:00Z' }) });
  before.pass(3600);
  before.runs('job');
  const [saved = ''] = before.saved();
  const after = createScene([timed('job', ['13:00'], persistent)], {
    at: '2026-12-01T13:00:10Z',
    history: lastRuns({ job: saved.slice('job alone '.length) }),
  });
  t.strictSame([after.fired(), after.is('job')], [[], 'inactive / null']);
});

t.test('TMR-028 TMR-027 what a service catches up joins the start of the boot', async (t) => {
  const triggers = [{ type: 'boot' }, { type: 'timer', expression: '02:00' }] as const;
  const scene = createScene([timed('job', [], { ...persistent, triggers })]);
  t.strictSame(scene.fired(), [caughtUp('02:00')]);
  scene.done('job');
  scene.pass(10);
  t.equal(scene.spawns('job'), 1);
  t.ok(scene.effects.some(({ kind }) => kind === 'settled'));
});

t.test('TMR-028 BOOT-051 neither a Disabled service nor one that Safe mode leaves out catches up', async (t) => {
  const scene = createScene([timed('job', ['02:00'], { ...persistent, disabled: true }), timed('out', ['02:00'], persistent)], {
    safe: true,
    history: lastRuns({ job: '2026-11-01T00:00:00Z' }),
  });
  t.strictSame([scene.fired(), scene.armed()], [[], ['job 02:00 disabled', 'out 02:00 safe_mode']]);
  t.not(scene.view('job').timers[0]?.last, null, 'its last run is known all the same');
  scene.load([timed('job', ['02:00'], { ...persistent, safeMode: true })]);
  t.strictSame([scene.fired(), scene.armed()], [[], ['job 02:00 2026-12-02T02:00:00Z']], 'nor when it counts again');
});
