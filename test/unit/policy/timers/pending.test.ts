/** One more run of a Oneshot whose timers fired while it ran. PSD-007 9.1. */
import t from 'tap';
import { define } from '../../../support/policy-rig.ts';
import type { Scene } from './scene.ts';
import { createScene, timed } from './scene.ts';

const starts = (scene: Scene): readonly string[] =>
  scene.effects.flatMap((effect) =>
    effect.kind === 'operation-changed' && effect.operation.type === 'start' && effect.operation.startedAt === null
      ? [effect.operation.source]
      : [],
  );

/** It runs, and its timers fired five times meanwhile. */
function overrun(fields: Parameters<typeof timed>[2] = {}): Scene {
  const scene = createScene([timed('job', ['*:10', '*:20'], fields), define('foe', { conflicts: ['job'] })]);
  scene.command('start', 'job');
  scene.runs('job');
  scene.pass(2 * 3600 + 15 * 60);
  t.strictSame(
    scene.fired().map((text) => text.slice('job *:10 for 2026-12-01T'.length)),
    ['12:10:00Z pending', '12:20:00Z pending', '13:10:00Z pending', '13:20:00Z pending', '14:10:00Z pending'],
  );
  t.equal(scene.view('job').pendingRun, true);
  return scene;
}

t.test('TMR-024 TMR-025 however often they fired, one more run follows at once, and no further one', async (t) => {
  for (const { fields, between } of [
    { fields: {}, between: 'completed>inactive clean_exit' },
    { fields: { remainAfterExit: true }, between: 'starting>completed explicit_start' },
  ]) {
    const scene = overrun(fields);
    scene.exits('job', 0);
    t.equal(scene.steps('job').at(-1), between);
    scene.empties('job');
    t.strictSame(starts(scene), ['admin', 'timer']);
    t.strictSame([scene.spawns('job'), scene.view('job').state, scene.view('job').pendingRun], [2, 'starting', false]);
    scene.done('job');
    scene.pass(60);
    t.strictSame([scene.spawns('job'), starts(scene)], [2, ['admin', 'timer']]);
  }
});

t.test('TMR-024 a run that failed is followed by the pending one, and one that will be restarted is not yet', async (t) => {
  const failed = overrun();
  failed.exits('job', 1);
  failed.empties('job');
  t.strictSame(
    [failed.steps('job').slice(-2), failed.spawns('job')],
    [['starting>failed process_crash', 'failed>starting explicit_start'], 2],
  );
  const retried = overrun({ restartPolicy: 'OnFailure', restartDelay: 5, restartMaxRetries: 1 });
  retried.exits('job', 1);
  retried.empties('job');
  t.strictSame([retried.view('job').state, retried.view('job').pendingRun, starts(retried)], ['backoff', true, ['admin']]);
  retried.pass(5);
  retried.done('job');
  t.strictSame([retried.spawns('job'), starts(retried)], [3, ['admin', 'restart_policy', 'timer']]);
});

t.test('TMR-024 an explicit stop takes it back', async (t) => {
  const scene = overrun();
  scene.command('stop', 'job');
  t.equal(scene.view('job').pendingRun, false);
  scene.exits('job', null, 15);
  scene.empties('job');
  t.strictSame([scene.is('job'), starts(scene)], ['inactive / explicit_stop', ['admin']]);
});

t.test('O-129 so does every other stop, the shutdown, and whoever disables it', async (t) => {
  const evicted = overrun();
  evicted.command('start', 'foe');
  evicted.exits('job', null, 15);
  evicted.empties('job');
  t.strictSame(
    [evicted.is('job'), evicted.is('foe'), starts(evicted)],
    ['failed / conflict_eviction', 'starting / explicit_start', ['admin', 'admin']],
  );

  const disabled = overrun();
  disabled.load([timed('job', ['*:10', '*:20'], { disabled: true })]);
  t.equal(disabled.view('job').pendingRun, false);
  disabled.done('job');
  t.strictSame([disabled.view('job').state, disabled.spawns('job')], ['inactive', 1]);

  const ending = overrun();
  ending.send({ kind: 'shutdown', type: 'poweroff', forced: false, reason: 'a test' });
  ending.exits('job', null, 9);
  ending.empties('job');
  t.strictSame([ending.view('job').pendingRun, ending.spawns('job')], [false, 1]);
});

t.test('O-129 a start that ends in skipped or abandoned takes it back', async (t) => {
  const abandoned = overrun({ startTimeout: 9000 });
  abandoned.pass(3600);
  t.strictSame([abandoned.view('job').state, abandoned.view('job').pendingRun], ['abandoned', false]);
  abandoned.command('reset', 'job');
  t.strictSame([abandoned.is('job'), abandoned.spawns('job')], ['inactive / explicit_reset', 1]);
});

t.test('TMR-024 a restart by command is no stop: the pending run follows its run', async (t) => {
  const scene = createScene([timed('job', ['13:00'], { remainAfterExit: true })]);
  scene.command('start', 'job');
  scene.runs('job');
  scene.pass(3600);
  scene.command('restart', 'job');
  t.strictSame([scene.view('job').state, scene.view('job').pendingRun], ['starting', true]);
  scene.exits('job', 0);
  scene.empties('job');
  t.equal(scene.view('job').pendingRun, false);
});

t.test('TMR-024 the firings that it made up for know its operation and what that came to', async (t) => {
  const scene = overrun();
  scene.exits('job', 0);
  scene.empties('job');
  const { operation } = scene.view('job');
  scene.runs('job');
  scene.exits('job', 3);
  scene.empties('job');
  t.strictSame(
    scene.view('job').timers.map(({ last }) => [last?.outcome, last?.operation, last?.result?.operation, last?.result?.state]),
    [
      ['pending', operation?.id, 'failed', null],
      ['pending', operation?.id, 'failed', null],
    ],
  );
});
