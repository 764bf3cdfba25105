/** What a firing comes to, by the state of the service. PSD-007 9.1. */
import t from 'tap';
import { ofKind } from '../../../support/lists.ts';
import { createScene, instant, noon, persistent, timed } from './scene.ts';

const at13 = 'for 2026-12-01T13:00:00Z';
const hour = 3600;

/** A service with a timer at 13:00 in each of the states, and how it gets there. */
const simple = { type: 'Simple' } as const;
const rests = (type: 'Simple' | 'Oneshot') => createScene([timed('web', ['13:00'], { type })]);

t.test('TMR-001 TMR-019 TMR-022 D-36 from a state at rest a start is requested, with source timer', async (t) => {
  for (const type of ['Simple', 'Oneshot'] as const) {
    const scene = rests(type);
    scene.pass(hour);
    t.strictSame(scene.fired(), [`web 13:00 ${at13} started`]);
    t.equal(scene.is('web'), 'starting / explicit_start');
    t.match(scene.view('web').operation, { type: 'start', source: 'timer' });
    t.match(ofKind(scene.effects, 'operation-changed')[0], {
      operation: { type: 'start', source: 'timer', caller: null, state: 'pending' },
    });
  }
});

t.test('TMR-019 TMR-022 completed and failed are at rest too', async (t) => {
  const done = createScene([timed('web', ['13:00'], { remainAfterExit: true })]);
  done.command('start', 'web');
  done.done('web');
  t.equal(done.is('web'), 'completed / explicit_start');
  done.pass(hour);
  t.strictSame([done.fired(), done.view('web').state], [[`web 13:00 ${at13} started`], 'starting']);
  for (const type of ['Simple', 'Oneshot'] as const) {
    const failed = rests(type);
    failed.command('start', 'web');
    failed.runs('web');
    failed.exits('web', 1);
    failed.empties('web');
    t.equal(failed.view('web').state, 'failed');
    failed.pass(hour);
    t.strictSame([failed.fired(), failed.view('web').state], [[`web 13:00 ${at13} started`], 'starting']);
  }
});

t.test('TMR-020 a Oneshot that is starting or active gets a pending run and no operation', async (t) => {
  const scene = rests('Oneshot');
  const first = scene.accepted('start', 'web');
  scene.runs('web');
  scene.pass(hour);
  t.strictSame(scene.fired(), [`web 13:00 ${at13} pending`]);
  t.equal(scene.view('web').pendingRun, true);
  t.strictSame([...new Set(ofKind(scene.effects, 'operation-changed').map(({ operation }) => operation.id))], [first]);
});

t.test('TMR-021 a Simple service that is starting or active goes on, and the log says so', async (t) => {
  for (const state of ['starting', 'active'] as const) {
    const scene = createScene([timed('web', ['13:00'], { ...simple, readiness: 'Notify', startTimeout: 86_400 })]);
    scene.command('start', 'web');
    scene.runs('web');
    if (state === 'active') scene.notify('web', { ready: true });
    const { job } = scene.view('web');
    scene.pass(hour);
    t.strictSame(scene.fired(), [`web 13:00 ${at13} skipped: service web is ${state} already`]);
    t.strictSame(
      ofKind(scene.effects, 'report').filter(({ text }) => text.startsWith('timer')),
      [
        {
          kind: 'report',
          level: 'info',
          console: false,
          text: 'timer fired for active Simple service, no-op',
          service: 'web',
          at: instant('2026-12-01T13:00:00Z'),
        },
      ],
    );
    t.strictSame([scene.view('web').job, scene.view('web').state, scene.view('web').pendingRun], [job, state, false]);
  }
});

t.test('TMR-019 in backoff, stopping, reloading, abandoned and skipped a firing is recorded and does nothing', async (t) => {
  for (const type of ['Simple', 'Oneshot'] as const) {
    const backoff = createScene([timed('web', ['13:00'], { type, restartPolicy: 'Always', restartDelay: 60, ...persistent })]);
    backoff.done('web');
    backoff.command('start', 'web');
    backoff.pass(3590);
    backoff.saved();
    backoff.fired();
    backoff.runs('web');
    backoff.exits('web', 1);
    backoff.empties('web');
    t.equal(backoff.view('web').state, 'backoff');
    backoff.pass(10);
    t.strictSame(backoff.fired(), [`web 13:00 ${at13} skipped: service web is in backoff`]);
    t.strictSame(backoff.saved(), ['web alone 2026-12-01T13:00:00Z']);
    t.equal(backoff.view('web').pendingRun, false);

    const stopping = createScene([timed('web', ['13:00'], { type, stopTimeout: 86_400 })]);
    stopping.command('start', 'web');
    stopping.runs('web');
    stopping.command('stop', 'web');
    stopping.pass(hour);
    t.strictSame(stopping.fired(), [`web 13:00 ${at13} skipped: service web is stopping`]);
    stopping.exits('web', 0);
    stopping.empties('web');
    t.equal(stopping.is('web'), 'inactive / explicit_stop');

    const abandoned = createScene([timed('web', ['13:00'], { type, stopTimeout: 1 })]);
    abandoned.command('start', 'web');
    abandoned.runs('web');
    abandoned.command('stop', 'web');
    abandoned.pass(hour);
    t.equal(abandoned.view('web').state, 'abandoned');
    t.strictSame(abandoned.fired(), [`web 13:00 ${at13} skipped: service web is abandoned`]);

    const skipped = createScene([timed('web', ['13:00'], { type, conditions: [{ type: 'registry', argument: 'Machine\\X' }] })]);
    skipped.command('start', 'web');
    t.equal(skipped.view('web').state, 'skipped');
    skipped.pass(hour);
    t.strictSame(skipped.fired(), [`web 13:00 ${at13} skipped: service web is skipped`]);
    t.equal(skipped.view('web').state, 'skipped');
  }
  const reloading = createScene([
    timed('web', ['13:00'], { ...simple, execReload: { type: 'command', argv: ['/bin/slow'] }, startTimeout: 86_400 }),
  ]);
  reloading.up('web');
  reloading.command('reload', 'web');
  t.equal(reloading.view('web').state, 'reloading');
  reloading.pass(hour);
  t.strictSame(reloading.fired(), [`web 13:00 ${at13} skipped: service web is reloading`]);
});

t.test('TMR-027 a firing joins a start that is under way', async (t) => {
  const scene = createScene([timed('web', ['13:00'], { requires: ['slow'] }), timed('slow', [], { startTimeout: 86_400 })]);
  const first = scene.accepted('start', 'web');
  scene.runs('slow');
  t.equal(scene.view('web').state, 'inactive', 'it waits for slow');
  scene.pass(hour);
  t.strictSame(scene.fired(), [`web 13:00 ${at13} started`]);
  const merged = ofKind(scene.effects, 'operation-changed').filter(({ operation }) => operation.state === 'merged');
  t.strictSame(
    merged.map(({ operation: { type, source, mergedInto } }) => ({ type, source, mergedInto })),
    [{ type: 'start', source: 'timer', mergedInto: first }],
  );
  t.equal(scene.view('web').timers[0]?.last?.operation, first);
});

t.test('TMR-019 DEP-010 a start that a timer asks for may be stopped by its conditions as any other', async (t) => {
  const scene = createScene([timed('web', ['13:00'], { requires: ['ghost'] })]);
  scene.pass(hour);
  t.strictSame(scene.fired(), [`web 13:00 ${at13} started`]);
  t.equal(scene.view('web').state, 'failed');
  t.match(scene.view('web').timers[0]?.last, { outcome: 'started', result: { operation: 'failed', state: null } });
});

t.test('TMR-023 TMR-033 each firing is recorded once its start is asked for, and is armed for its next time', async (t) => {
  const scene = createScene([timed('web', ['13:00'], persistent)]);
  scene.done('web');
  scene.saved();
  scene.pass(hour);
  t.strictSame(
    scene.last
      .flatMap((effect) => (effect.kind === 'operation-changed' || effect.kind === 'save-last-run' ? [effect.kind] : []))
      .slice(0, 2),
    ['operation-changed', 'save-last-run'],
  );
  t.equal(scene.view('web').state, 'starting', 'it has not run yet');
  t.strictSame(scene.saved(), ['web alone 2026-12-01T13:00:00Z']);
  t.strictSame(scene.armed(), ['web 13:00 2026-12-02T13:00:00Z']);
});

t.test('TMR-022 what the last firing came to stays known after its operation is forgotten', async (t) => {
  const scene = rests('Oneshot');
  scene.pass(hour);
  const { operation } = scene.view('web');
  scene.runs('web');
  scene.pass(5);
  scene.exits('web', 0);
  scene.empties('web');
  scene.pass(120);
  t.equal(scene.policy.operation(operation?.id ?? ''), null);
  t.strictSame(scene.view('web').timers, [
    {
      schedule: '13:00',
      next: instant('2026-12-02T13:00:00Z'),
      scheduled: instant('2026-12-02T13:00:00Z'),
      idle: null,
      last: {
        at: instant('2026-12-01T13:00:00Z'),
        scheduled: instant('2026-12-01T13:00:00Z'),
        outcome: 'started',
        reason: null,
        operation: operation?.id,
        result: { operation: 'completed', state: 'inactive', error: null, at: instant('2026-12-01T13:00:05Z') },
      },
    },
  ]);
});

t.test('TMR-037 a deadline that comes before its time fires nothing', async (t) => {
  const scene = rests('Oneshot');
  const deadline = { kind: 'timer', subject: 'web\n13:00' } as const;
  scene.send({ kind: 'deadline', deadline });
  t.strictSame(scene.last, [{ kind: 'arm-deadline', deadline, clock: 'realtime', at: instant('2026-12-01T13:00:00Z') }]);
  scene.send({ kind: 'deadline', deadline: { kind: 'timer', subject: 'web\n14:00' } });
  t.strictSame([scene.last, scene.wall()], [[], noon]);
});
