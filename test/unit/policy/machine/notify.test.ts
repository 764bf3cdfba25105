/** Notifications: status, watchdog, extended timeouts. PSD-007 5.3. */
import t from 'tap';
import type { Unheard } from '../../../../src/policy/events.ts';
import { assignmentsOf } from '../../../support/assignments.ts';
import type { Fields, Rig } from '../../../support/policy-rig.ts';
import { createRig, define, recordedBy } from '../../../support/policy-rig.ts';

const active = (fields: Fields = {}): Rig => {
  const rig = createRig([define('web', fields)]);
  rig.up('web');
  return rig;
};
const doomed = (rig: Rig): boolean => rig.effects.some((effect) => effect.kind === 'kill-cgroup' && effect.part === 'tree');

t.test(
  'NTF-011 NTF-012 NTF-013 EVT-012 CMD-018 STATUS is kept for the incarnation; STATUS, ERRNO and EXIT_STATUS are recorded',
  async (t) => {
    const rig = active();
    rig.notify('web', { status: 'serving', errno: 5, exitStatus: 3 });
    t.equal(rig.view('web').statusText, 'serving');
    const { job } = rig.spawned('web');
    const operation = rig.effects.find((effect) => effect.kind === 'operation-changed')?.operation.id;
    const common = { service: 'web', job_id: job, operation_id: operation, generation: 0 };
    t.strictSame(recordedBy(rig.last), [
      { event: 'notify.status', payload: { ...common, value: 'serving' } },
      { event: 'notify.errno', payload: { ...common, value: 5 } },
      { event: 'notify.exit_status', payload: { ...common, value: 3 } },
    ]);
    rig.command('restart', 'web');
    rig.exits('web', 0);
    t.equal(rig.view('web').statusText, 'serving');
    rig.empties('web');
    t.equal(rig.view('web').statusText, null);
  },
);

t.test('NTF-002 the lines of a datagram are applied in their order, and a key that comes twice counts twice', async (t) => {
  const starting = (said: Parameters<Rig['notify']>[1]): Rig => {
    const rig = createRig([define('web', { readiness: 'Notify', watchdogTimeout: 10 })]);
    rig.command('start', 'web');
    rig.runs('web');
    rig.notify('web', said);
    return rig;
  };
  const ready = starting({ ready: true, watchdogUsec: 500_000n });
  ready.pass(0.4);
  t.notOk(doomed(ready));
  ready.pass(0.2);
  t.ok(doomed(ready), 'the interval came when the service was active');
  const early = starting({ watchdogUsec: 500_000n, ready: true });
  early.pass(9);
  t.notOk(doomed(early), 'the interval came while it was starting');
  const twice = starting([
    { member: 'status', value: 'one' },
    { member: 'errno', value: 5 },
    { member: 'status', value: 'two' },
  ]);
  t.equal(twice.view('web').statusText, 'two');
  const told = recordedBy(twice.last).map(({ event, payload }) => [event, 'value' in payload ? payload.value : null]);
  t.strictSame(told, [
    ['notify.status', 'one'],
    ['notify.errno', 5],
    ['notify.status', 'two'],
  ]);
});

t.test('NTF-009 RELOADING=1 and READY=1 of an active service have no effect', async (t) => {
  const rig = active({ readiness: 'Notify' });
  rig.notify('web', { reloading: true, ready: true });
  t.same(rig.last, []);
  t.equal(rig.view('web').state, 'active');
});

t.test('NTF-005 messages of an earlier incarnation count for nothing', async (t) => {
  const rig = createRig([define('web', { readiness: 'Notify' })]);
  rig.up('web');
  const old = rig.spawned('web').job;
  rig.command('restart', 'web');
  rig.exits('web', 0);
  rig.empties('web');
  rig.runs('web');
  rig.send({ kind: 'notified', job: old, assignments: assignmentsOf({ ready: true, status: 'late' }) });
  t.match(rig.view('web'), { state: 'starting', statusText: null });
});

t.test('WD-001 NTF-014 each WATCHDOG=1 begins the interval anew', async (t) => {
  const rig = active({ watchdogTimeout: 2 });
  for (let round = 0; round < 5; round++) {
    rig.pass(1.9);
    rig.notify('web', { watchdog: true });
  }
  t.notOk(doomed(rig));
  rig.pass(2);
  t.ok(doomed(rig));
});

t.test('WD-002 WD-003 NTF-015 WATCHDOG_USEC counts while active only and takes effect at receipt', async (t) => {
  const rig = createRig([define('web', { readiness: 'Notify', watchdogTimeout: 10 })]);
  rig.command('start', 'web');
  rig.runs('web');
  rig.notify('web', { watchdogUsec: 1_000_000n });
  rig.notify('web', { ready: true });
  rig.pass(9);
  t.notOk(doomed(rig), 'sent before READY=1 it is ignored');
  rig.notify('web', { watchdogUsec: 500_000n });
  rig.pass(0.4);
  t.notOk(doomed(rig));
  rig.pass(0.2);
  t.ok(doomed(rig));
});

t.test('WD-004 WD-005 zero turns it off for this incarnation, and the next one has WatchdogTimeout again', async (t) => {
  const rig = active({ watchdogTimeout: 2 });
  rig.notify('web', { watchdogUsec: 0n });
  rig.pass(100);
  t.notOk(doomed(rig));
  rig.command('restart', 'web');
  rig.exits('web', 0);
  rig.empties('web');
  rig.runs('web');
  rig.pass(2);
  t.ok(doomed(rig));
});

t.test('DEF-023 GEN-010 D-17 a new WatchdogTimeout counts at once for a running service, from its last WATCHDOG=1', async (t) => {
  const watched = (before: number, after: number): Rig => {
    const rig = active({ watchdogTimeout: before });
    rig.pass(1);
    rig.notify('web', { watchdog: true });
    rig.pass(1);
    rig.load([define('web', { watchdogTimeout: after })]);
    return rig;
  };
  const detail = (rig: Rig): string => {
    rig.exits('web', null, 9);
    return rig.view('web').detail ?? '';
  };
  const longer = watched(3, 60);
  longer.pass(58);
  t.notOk(doomed(longer));
  longer.pass(1);
  t.match(detail(longer), /came for 60 s/);
  const shorter = watched(60, 3);
  shorter.pass(1.9);
  t.notOk(doomed(shorter));
  shorter.pass(0.2);
  t.match(detail(shorter), /came for 3 s/);
  const off = watched(3, 0);
  off.pass(100);
  t.notOk(doomed(off));
  const on = watched(0, 3);
  on.pass(2.9);
  t.notOk(doomed(on), 'from the change on');
  on.pass(0.2);
  t.match(detail(on), /came for 3 s/);
  const own = active({ watchdogTimeout: 10 });
  own.notify('web', { watchdogUsec: 2_000_000n });
  own.load([define('web', { watchdogTimeout: 60 })]);
  own.pass(2.1);
  t.match(detail(own), /came for 2 s/, 'WATCHDOG_USEC of this incarnation still wins');
});

t.test('WD-006 WD-007 NTF-016 EXTEND_TIMEOUT_USEC replaces the deadline of the phase: it may prolong, shorten, or end it', async (t) => {
  const starting = (fields: Fields): Rig => {
    const rig = createRig([define('web', { readiness: 'Notify', ...fields })]);
    rig.command('start', 'web');
    rig.runs('web');
    return rig;
  };
  const longer = starting({ startTimeout: 5 });
  longer.pass(4);
  longer.notify('web', { extendTimeoutUsec: 9_000_000n });
  longer.pass(8.9);
  t.notOk(doomed(longer));
  longer.pass(0.2);
  t.ok(doomed(longer));
  const shorter = starting({ startTimeout: 60 });
  shorter.notify('web', { extendTimeoutUsec: 2_000_000n });
  shorter.pass(2);
  t.ok(doomed(shorter));
  const now = starting({ startTimeout: 60 });
  now.notify('web', { extendTimeoutUsec: 0n });
  now.pass(0);
  t.ok(doomed(now));
});

t.test('WD-008 extensions end four timeouts after the begin of the phase, however often they are sent', async (t) => {
  const rig = createRig([define('web', { readiness: 'Notify', startTimeout: 5 })]);
  rig.command('start', 'web');
  rig.runs('web');
  for (let second = 0; second < 19; second++) {
    rig.notify('web', { extendTimeoutUsec: 3_000_000n });
    rig.pass(1);
  }
  t.notOk(doomed(rig));
  rig.notify('web', { extendTimeoutUsec: 3_000_000_000n });
  rig.pass(1);
  t.ok(doomed(rig), '20 s');
});

t.test('WD-008 a stop is extended to four times StopTimeout and no further, and is never cut to its own length', async (t) => {
  const rig = active({ stopTimeout: 5 });
  rig.pass(100);
  rig.command('stop', 'web');
  rig.notify('web', { extendTimeoutUsec: 3_000_000_000n });
  rig.pass(19.9);
  t.notOk(doomed(rig), 'clamped, not rejected');
  rig.notify('web', { extendTimeoutUsec: 3_000_000n });
  rig.pass(0.2);
  t.ok(doomed(rig), '20 s');
});

t.test('WD-006 WD-010 it moves the end of a stop and of a reload, and means nothing while active', async (t) => {
  const rig = active({ stopTimeout: 2, startTimeout: 3 });
  rig.notify('web', { extendTimeoutUsec: 1n });
  t.same(rig.last, []);
  rig.command('reload', 'web');
  rig.notify('web', { extendTimeoutUsec: 1_000_000n, reloading: true });
  rig.pass(2);
  t.equal(rig.view('web').state, 'reloading', 'RELOADING=1 came after the extension');
  rig.notify('web', { extendTimeoutUsec: 7_000_000n });
  rig.pass(6.9);
  t.equal(rig.view('web').state, 'reloading');
  rig.pass(0.2);
  t.equal(rig.view('web').state, 'active');
  rig.command('stop', 'web');
  rig.notify('web', { extendTimeoutUsec: 7_500_000n });
  rig.pass(7);
  t.notOk(doomed(rig));
  rig.pass(0.6);
  t.ok(doomed(rig));
});

t.test('CAUSE-028 a start that waits in vain says which process sent READY=1 and was not heard, or what was refused', async (t) => {
  const reason = 'more than 65536 bytes or more than 64 descriptors';
  const detailOf = (sender: Unheard['sender'], end: (rig: Rig) => void): string | null => {
    const rig = createRig([define('web', { readiness: 'Notify', startTimeout: 5 })]);
    rig.command('start', 'web');
    rig.runs('web');
    rig.send({ kind: 'unheard', service: 'web', sender, reason });
    end(rig);
    return rig.view('web').detail;
  };
  const late = (rig: Rig): void => {
    rig.pass(5);
    rig.exits('web', null, 9);
  };
  const from = 'service web: READY=1 had not come 5 seconds after the start (StartTimeout 5 s). ';
  const remedy = 'Send it from the main process, or start the program with exec so that it is the main one.';
  t.equal(
    detailOf({ pid: 57, command: 'systemd-notify' }, late),
    `${from}Process 57 (systemd-notify), which is not the main one (101), sent READY=1 and was not heard. ${remedy}`,
  );
  t.match(detailOf({ pid: 57, command: null }, late), / Process 57, which is not the main one \(101\), sent READY=1/);
  t.equal(detailOf(null, late), `${from}A notification of its main process was refused: ${reason}. Mend what the program sends.`);
  t.match(
    detailOf({ pid: 57, command: 'sh' }, (rig) => rig.exits('web', 0)),
    /exited with code 0 before it was ready\. Process 57 \(sh\), which is not the main one, sent READY=1/,
  );
  const other = createRig([define('web', { readiness: 'Notify' })]);
  other.up('web');
  other.send({ kind: 'unheard', service: 'web', sender: null, reason });
  other.exits('web', 1);
  t.match(other.view('web').detail, /exited with code 1 while it was active\. Look at its output/, 'it was ready');
});
