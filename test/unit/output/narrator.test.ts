import t from 'tap';
import type { Cause, State } from '../../../gen/service/types.ts';
import { weighted } from '../../../src/output/console.ts';
import { createNarrator } from '../../../src/output/narrator.ts';
import type { Effect } from '../../../src/policy/effects.ts';
import type { MachineView } from '../../../src/policy/view.ts';

interface Scene {
  readonly lines: string[];
  readonly clock: { now: bigint };
  readonly machine: { -readonly [Member in keyof MachineView]: MachineView[Member] };
  step(from: State, to: State, cause: Cause, detail?: string): void;
  tell(effect: Effect): void;
}

function scene(): Scene {
  const lines: string[] = [];
  const clock = { now: 0n };
  const machine: Scene['machine'] = {
    phase: 'booting',
    settledAt: null,
    failed: [],
    restarting: [],
    waitingFor: [],
    shuttingDown: false,
    confirmation: { confirmedAt: null, waitingFor: [], endsAt: null, graceSeconds: 30 },
    zone: 'UTC',
  };
  const tell = createNarrator({
    console: { line: (text, weight = 'info') => void lines.push(weighted(text, weight)) },
    machine: () => machine,
    serviceCount: () => 3,
  });
  return {
    lines,
    clock,
    machine,
    tell,
    step: (from, to, cause, detail) =>
      tell({
        kind: 'service-changed',
        service: 'web',
        key: 'web',
        from,
        to,
        cause,
        detail: detail ?? null,
        job: null,
        operation: null,
        at: clock.now,
      }),
  };
}

t.test('LOG-018 while the machine boots every step is told, afterwards only what an administrator must see', async (t) => {
  const { lines, step, tell } = scene();
  step('inactive', 'starting', 'explicit_start');
  step('starting', 'active', 'explicit_start');
  tell({ kind: 'settled' });
  t.strictSame(lines.splice(0), ['web: starting', 'web: active', 'settled: 3 services, none failed']);
  step('active', 'reloading', 'explicit_reload');
  step('reloading', 'active', 'explicit_reload');
  step('active', 'stopping', 'explicit_stop');
  step('stopping', 'inactive', 'explicit_stop');
  step('inactive', 'starting', 'explicit_start');
  step('starting', 'active', 'explicit_start');
  t.strictSame(lines, []);
});

t.test('a service of the boot that ends well is told, and later only one that leaves processes behind', async (t) => {
  const { lines, step, tell } = scene();
  const left = 'service web: its main process (pid 7) ended well; 1 other process was left, which was killed.';
  step('active', 'inactive', 'clean_exit');
  step('active', 'inactive', 'clean_exit', left);
  step('completed', 'inactive', 'clean_exit');
  tell({ kind: 'settled' });
  t.strictSame(lines.splice(0), [
    'web: ended: its process ended well',
    'web: ended: its main process (pid 7) ended well; 1 other process was left, which was killed.',
    'settled: 3 services, none failed',
  ]);
  step('active', 'inactive', 'clean_exit');
  step('active', 'inactive', 'clean_exit', left);
  step('starting', 'completed', 'explicit_start', left);
  t.strictSame(lines, [
    'web: ended: its main process (pid 7) ended well; 1 other process was left, which was killed.',
    'web: completed: its main process (pid 7) ended well; 1 other process was left, which was killed.',
  ]);
});

t.test('CAUSE-027 EVT-011 steps to failed, skipped and abandoned are told at all times, with why', async (t) => {
  const { lines, step, tell } = scene();
  tell({ kind: 'settled' });
  lines.length = 0;
  step('active', 'failed', 'process_crash', 'service web: its main process (pid 7) exited with code 3. Look at its output.');
  step('inactive', 'skipped', 'condition_skipped');
  step('inactive', 'skipped', 'condition_skipped', 'service web was skipped: its condition path:/x does not hold.');
  step('skipped', 'inactive', 'explicit_reset');
  step('stopping', 'abandoned', 'process_unkillable', 'service web has processes that cannot be killed.');
  t.strictSame(lines, [
    'web: failed: its main process (pid 7) exited with code 3. Look at its output.',
    'web: skipped: a condition was not met',
    'web: skipped: its condition path:/x does not hold.',
    'web: no longer skipped: its state was reset',
    'web: abandoned: has processes that cannot be killed.',
  ]);
});

t.test('a restart that waits is told, and that the service is back', async (t) => {
  const { lines, step, tell } = scene();
  tell({ kind: 'settled' });
  lines.length = 0;
  step('active', 'backoff', 'process_crash', 'service web: it fell.');
  step('backoff', 'starting', 'restart_policy');
  step('starting', 'active', 'restart_policy');
  step('active', 'reloading', 'explicit_reload');
  step('reloading', 'active', 'explicit_reload');
  t.strictSame(lines, ['web: backoff: it fell.', 'web: active']);
});

t.test('a failure that comes again in the same way is explained once in five minutes', async (t) => {
  const { lines, step, tell, clock } = scene();
  tell({ kind: 'settled' });
  lines.length = 0;
  const fell = (pid: number, code: number, count: number) =>
    step(
      'active',
      'backoff',
      'process_crash',
      `service web: its main process (pid ${pid}) exited with code ${code}. Look at its output. ` +
        `peinit restarts it in ${count} s (restart ${count} of 5).`,
    );
  fell(7, 3, 1);
  step('starting', 'active', 'restart_policy');
  fell(9, 3, 2);
  fell(11, 4, 3);
  clock.now += 299_000_000_000n;
  fell(12, 4, 4);
  clock.now += 1_000_000_000n;
  fell(13, 4, 5);
  t.strictSame(lines, [
    'web: backoff: its main process (pid 7) exited with code 3. Look at its output. peinit restarts it in 1 s (restart 1 of 5).',
    'web: active',
    'web: backoff: as before. peinit restarts it in 2 s (restart 2 of 5).',
    'web: backoff: its main process (pid 11) exited with code 4. Look at its output. peinit restarts it in 3 s (restart 3 of 5).',
    'web: backoff: as before. peinit restarts it in 4 s (restart 4 of 5).',
    'web: backoff: its main process (pid 13) exited with code 4. Look at its output. peinit restarts it in 5 s (restart 5 of 5).',
  ]);
});

t.test('LOG-018 the stop of every service is told', async (t) => {
  const { lines, machine, step, tell } = scene();
  tell({ kind: 'settled' });
  lines.length = 0;
  machine.shuttingDown = true;
  step('active', 'stopping', 'shutdown_wave');
  step('stopping', 'inactive', 'shutdown_wave');
  t.strictSame(lines, ['web: stopping', 'web: stopped']);
});

t.test('the end of the boot counts what failed, and names twenty of it', async (t) => {
  const { lines, machine, tell } = scene();
  machine.failed = ['a', 'b'];
  tell({ kind: 'settled' });
  machine.failed = Array.from({ length: 25 }, (_, number) => `s${number}`);
  tell({ kind: 'settled' });
  machine.failed = [];
  machine.restarting = ['c'];
  tell({ kind: 'settled' });
  t.equal(lines[0], 'settled: 3 services, 2 failed: a, b');
  t.match(lines[1], /25 failed: s0, .* s19 and 5 more$/);
  t.equal(lines[2], 'settled: 3 services, none failed; 1 in backoff: c');
});

t.test('LOG-018 reports for the console are told with their level, the others are not', async (t) => {
  const { lines, tell } = scene();
  tell({ kind: 'report', level: 'error', console: true, text: 'broken', service: 'web', at: 0n });
  tell({ kind: 'report', level: 'info', console: true, text: 'as it should be', service: null, at: 0n });
  tell({ kind: 'report', level: 'warning', console: false, text: 'for the log', service: null, at: 0n });
  t.strictSame(lines, ['error: broken', 'as it should be']);
});
