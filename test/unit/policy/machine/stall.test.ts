/** Deadlines that fell due while process 1 itself stood still. */
import t from 'tap';
import type { MonotonicNs } from '../../../../src/policy/time.ts';
import type { Rig } from '../../../support/policy-rig.ts';
import { createRig, define } from '../../../support/policy-rig.ts';

const second = 1_000_000_000n;
const at = (ns: bigint): MonotonicNs => ns as MonotonicNs;

/** Process 1 sleeps that long; the first deadline was due so long before the end. */
function sleeps(rig: Rig, seconds: number, lateSeconds: number): void {
  const since = at(rig.now);
  rig.now += BigInt(seconds) * second;
  rig.send({ kind: 'stalled', since, dueAt: at(rig.now - BigInt(lateSeconds) * second) });
  rig.pass(0);
}

const reports = (rig: Rig): readonly string[] => rig.effects.flatMap((effect) => (effect.kind === 'report' ? [effect.text] : []));

t.test('a deadline that fell due while process 1 stood still gets the time back that it had left', async (t) => {
  const rig = createRig([define('web', { watchdogTimeout: 3 })]);
  rig.up('web');
  rig.pass(1);
  sleeps(rig, 600, 598);
  rig.pass(1.9);
  t.equal(rig.view('web').state, 'active');
  t.strictSame(reports(rig), [
    'peinit stood still for at least 598 seconds, stopped or without memory or processor: what timed out meanwhile gets its time back',
  ]);
  rig.pass(0.2);
  rig.exits('web', null, 9);
  t.equal(rig.is('web'), 'failed / watchdog_timeout', 'two of three seconds were left');
});

t.test('a deadline that came before or after the stall is what it is', async (t) => {
  const rig = createRig([define('web', { watchdogTimeout: 3 })]);
  rig.up('web');
  sleeps(rig, 2, 0);
  t.strictSame(reports(rig), [], 'short ones are not told');
  rig.pass(1);
  rig.exits('web', null, 9);
  t.equal(rig.is('web'), 'failed / watchdog_timeout');
});

t.test('a process 1 that is always late spares nobody for ever, and a sign of life begins the count anew', async (t) => {
  const rig = createRig([define('web', { watchdogTimeout: 3 })]);
  rig.up('web');
  for (let round = 0; round < 3; round++) sleeps(rig, 10, 7);
  rig.notify('web', { watchdog: true });
  for (let round = 0; round < 3; round++) sleeps(rig, 10, 7);
  t.equal(rig.view('web').state, 'active');
  sleeps(rig, 10, 7);
  rig.exits('web', null, 9);
  t.equal(rig.is('web'), 'failed / watchdog_timeout');
});

t.test('a start, a stop and a reload get their time back; a restart delay and the end of a shutdown do not', async (t) => {
  const fields = { readiness: 'Notify', startTimeout: 5, stopTimeout: 5 } as const;
  const rig = createRig([define('web', fields), define('sad', { restartPolicy: 'Always', restartDelay: 5 })]);
  rig.accepted('start', 'web');
  rig.runs('web');
  sleeps(rig, 20, 15);
  rig.pass(4);
  rig.notify('web', { ready: true });
  t.equal(rig.view('web').state, 'active', 'start');
  rig.accepted('reload', 'web');
  rig.notify('web', { reloading: true });
  sleeps(rig, 20, 15);
  rig.pass(4);
  rig.notify('web', { ready: true });
  t.equal(rig.view('web').state, 'active', 'reload');
  rig.accepted('stop', 'web');
  sleeps(rig, 20, 15);
  rig.pass(4);
  t.equal(rig.effects.filter(({ kind }) => kind === 'kill-cgroup').length, 0, 'stop');
  rig.accepted('start', 'sad');
  rig.runs('sad');
  rig.exits('sad', 1);
  t.equal(rig.view('sad').state, 'backoff');
  rig.empties('sad');
  sleeps(rig, 20, 15);
  t.equal(rig.view('sad').state, 'starting', 'restart');
  rig.send({ kind: 'shutdown', type: 'poweroff', forced: false, reason: 'test' });
  sleeps(rig, 600, 500);
  rig.pass(5.5);
  t.ok(
    rig.effects.some(({ kind }) => kind === 'kill-cgroup'),
    'shutdown',
  );
});
