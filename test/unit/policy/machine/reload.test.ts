/** Reload by signal and by command. PSD-007 5.3. */
import t from 'tap';
import { matchEach, ofKind, only } from '../../../support/lists.ts';
import type { Fields, Rig } from '../../../support/policy-rig.ts';
import { createRig, define } from '../../../support/policy-rig.ts';

const reloading = (fields: Fields = {}): { readonly rig: Rig; readonly id: string } => {
  const rig = createRig([define('web', fields)]);
  rig.up('web');
  return { rig, id: rig.accepted('reload', 'web') };
};
const command: Fields = { execReload: { type: 'command', argv: ['/bin/reload', '-x'] } };
const over = ({ rig, id }: { readonly rig: Rig; readonly id: string }) => {
  const record = rig.policy.operation(id);
  return `${rig.view('web').state} ${record?.state} ${record?.reloadMode}`;
};

t.test(
  'RLD-001 RLD-002 RLD-005 OP-012 the default signal is SIGHUP; a silent service is advisory after two seconds, whatever StartTimeout is',
  async (t) => {
    const reload = reloading({ startTimeout: 1 });
    t.strictSame(only(ofKind(reload.rig.last, 'signal'), 'signal'), [{ signal: 1 }]);
    reload.rig.pass(1.9);
    t.equal(over(reload), 'reloading running null');
    reload.rig.pass(0.2);
    t.equal(over(reload), 'active completed advisory');
  },
);

t.test('RLD-001 ExecReload names another signal', async (t) => {
  const { rig } = reloading({ execReload: { type: 'signal', name: 'SIGUSR1', signal: 10 } });
  t.strictSame(only(ofKind(rig.last, 'signal'), 'signal'), [{ signal: 10 }]);
});

t.test('RLD-003 RLD-004 NTF-008 NTF-009 RELOADING=1 waits up to StartTimeout for READY=1, which confirms', async (t) => {
  const reload = reloading({ startTimeout: 30 });
  reload.rig.pass(1);
  reload.rig.notify('web', { reloading: true });
  reload.rig.pass(25);
  t.equal(over(reload), 'reloading running null');
  reload.rig.notify('web', { ready: true });
  t.equal(over(reload), 'active completed confirmed');
});

t.test('RLD-006 RLD-007 without READY=1 the extended wait ends advisory with a warning', async (t) => {
  const reload = reloading({ startTimeout: 5 });
  reload.rig.notify('web', { reloading: true });
  reload.rig.pass(5);
  t.equal(over(reload), 'active completed advisory');
  matchEach(t, ofKind(reload.rig.effects, 'report'), [
    { level: 'warning', text: /service signalled RELOADING=1 but never completed reload/ },
  ]);
});

t.test('RLD-007 a reload ends at the latest four times StartTimeout after its begin, however it is extended', async (t) => {
  const reload = reloading({ startTimeout: 10 });
  reload.rig.notify('web', { extendTimeoutUsec: 35_000_000n });
  reload.rig.pass(34);
  t.equal(over(reload), 'reloading running null');
  reload.rig.notify('web', { reloading: true });
  reload.rig.pass(5.9);
  t.equal(over(reload), 'reloading running null', 'RELOADING=1 gave it more time');
  reload.rig.pass(0.1);
  t.equal(over(reload), 'active completed advisory');

  const extended = reloading({ startTimeout: 10 });
  extended.rig.notify('web', { reloading: true });
  extended.rig.pass(5);
  extended.rig.notify('web', { extendTimeoutUsec: 3_000_000_000n });
  extended.rig.pass(34.9);
  t.equal(over(extended), 'reloading running null');
  extended.rig.pass(0.1);
  t.equal(over(extended), 'active completed advisory');
});

t.test('RLD-012 RLD-001 JOB-005 a command that ends well is advisory, or confirmed when READY=1 came', async (t) => {
  const reload = reloading({ ...command, identity: 'Worker', hookIdentity: 'Hooker' });
  t.strictSame(only(reload.rig.spawned('web/ExecReload'), 'type', 'part', 'argv', 'identity'), {
    type: 'reload_hook',
    part: 'hooks',
    argv: ['/bin/reload', '-x'],
    identity: 'Worker',
  });
  reload.rig.runs('web/ExecReload');
  reload.rig.exits('web/ExecReload', 0);
  t.equal(over(reload), 'active completed advisory');
  const confirmed = reloading(command);
  confirmed.rig.notify('web', { ready: true });
  t.equal(over(confirmed), 'reloading running null');
  confirmed.rig.runs('web/ExecReload');
  confirmed.rig.exits('web/ExecReload', 0);
  t.equal(over(confirmed), 'active completed confirmed');
});

t.test('RLD-011 D-45 a command that fails or takes too long fails the reload, not the service', async (t) => {
  const reload = reloading(command);
  const { job } = reload.rig.spawned('web');
  reload.rig.runs('web/ExecReload');
  reload.rig.exits('web/ExecReload', 4);
  t.equal(over(reload), 'active failed failed');
  t.match(reload.rig.policy.operation(reload.id)?.error, /ExecReload command exited with code 4/);
  t.equal(reload.rig.view('web').job?.id, job);
  t.strictSame(only(ofKind(reload.rig.last, 'report'), 'level'), [{ level: 'error' }]);
  const slow = reloading({ ...command, startTimeout: 3 });
  slow.rig.runs('web/ExecReload');
  slow.rig.pass(3);
  t.strictSame(only(ofKind(slow.rig.last, 'kill-cgroup'), 'part'), [{ part: 'hooks' }]);
  t.equal(over(slow), 'active failed failed');
  slow.rig.exits('web/ExecReload', null, 9);
  t.equal(slow.rig.view('web').state, 'active');
});

t.test('HC-009 HC-010 a hook that outlives SIGKILL does not stand in the way of the next ExecReload', async (t) => {
  const { rig } = reloading({ ...command, startTimeout: 3 });
  rig.runs('web/ExecReload');
  rig.pass(3);
  rig.pass(5);
  t.strictSame(only(rig.view('web').leaks, 'path', 'type'), [{ path: 'peinit/web/hooks', type: 'hooks' }]);
  const id = rig.accepted('reload', 'web');
  t.equal(rig.spawned('web/ExecReload').part, 'hooks@gen1');
  rig.ends('web/ExecReload', 0);
  t.match(rig.policy.operation(id), { state: 'completed' });
});

t.test('RLD-008 RLD-009 an exit or a stop ends the reload and kills its command', async (t) => {
  for (const end of [(rig: Rig) => rig.exits('web', 1), (rig: Rig) => void rig.command('stop', 'web')]) {
    const { rig, id } = reloading(command);
    rig.runs('web/ExecReload');
    end(rig);
    t.equal(rig.policy.operation(id)?.state, 'aborted');
    t.ok(rig.last.some((effect) => effect.kind === 'kill-cgroup' && effect.part === 'hooks'));
  }
});

t.test('WD-001 D-42 the watchdog rests while reloading and starts afresh', async (t) => {
  const { rig } = reloading({ watchdogTimeout: 1, startTimeout: 30 });
  rig.notify('web', { reloading: true });
  rig.pass(20);
  t.equal(rig.view('web').state, 'reloading');
  rig.notify('web', { ready: true });
  rig.pass(0.9);
  t.same(ofKind(rig.last, 'kill-cgroup'), []);
  rig.pass(0.2);
  t.strictSame(only(ofKind(rig.last, 'kill-cgroup'), 'part'), [{ part: 'tree' }]);
});

t.test('D-17 the reload action is that of the definition in force, not of the start', async (t) => {
  const rig = createRig([define('web')]);
  rig.up('web');
  rig.load([define('web', { execReload: { type: 'signal', name: 'SIGUSR2', signal: 12 } })]);
  rig.command('reload', 'web');
  t.strictSame(only(ofKind(rig.last, 'signal'), 'signal'), [{ signal: 12 }]);
});

t.test('HC-009 a reload command that was given up is waited for by no stop', async (t) => {
  const { rig } = reloading({ ...command, startTimeout: 3 });
  rig.runs('web/ExecReload');
  rig.pass(3 + 5);
  rig.command('stop', 'web');
  rig.exits('web', 0);
  rig.empties('web');
  t.equal(rig.is('web'), 'inactive / explicit_stop');
});

t.test('HC-009 RLD-012 a check that is given up meanwhile leaves the reload under way', async (t) => {
  const rig = createRig([define('web', { ...command, healthCheck: ['/bin/check'], healthCheckInterval: 5, healthCheckTimeout: 1 })]);
  rig.up('web');
  rig.pass(5);
  rig.runs('web/HealthCheck');
  rig.pass(3);
  const id = rig.accepted('reload', 'web');
  rig.runs('web/ExecReload');
  rig.pass(3);
  t.strictSame(only(rig.view('web').leaks, 'type'), [{ type: 'health' }]);
  t.equal(over({ rig, id }), 'reloading running null');
  rig.exits('web/ExecReload', 0);
  t.equal(over({ rig, id }), 'active completed advisory');
});

t.test('a command that was killed at its timeout is killed once more by a stop, and no oftener', async (t) => {
  const { rig } = reloading({ ...command, startTimeout: 3 });
  rig.runs('web/ExecReload');
  rig.pass(3);
  rig.command('stop', 'web');
  t.strictSame(only(ofKind(rig.last, 'kill-cgroup'), 'part'), [{ part: 'hooks' }]);
});

t.test('O-24 the reload command and ExecStartPost are told the pid of the main process, other commands are not', async (t) => {
  const rig = createRig([
    define('web', { ...command, execStartPre: [['/bin/pre']], execStartPost: [['/bin/post']], healthCheck: ['/bin/check'] }),
    define('once', { type: 'Oneshot', execStartPost: [['/bin/post']] }),
  ]);
  rig.command('start', 'web');
  rig.ends('web/ExecStartPre[0]', 0);
  rig.empties('web');
  rig.runs('web');
  const { pid } = rig.view('web').job!;
  rig.ends('web/ExecStartPost[0]', 0);
  rig.pass(31);
  rig.command('reload', 'web');
  const told = ['web', 'web/ExecStartPre[0]', 'web/HealthCheck', 'web/ExecStartPost[0]', 'web/ExecReload'];
  t.strictSame(
    told.map((origin) => rig.spawned(origin).process.mainPid),
    [null, null, null, pid, pid],
  );
  rig.command('start', 'once');
  rig.ends('once', 0);
  t.equal(rig.spawned('once/ExecStartPost[0]').process.mainPid, null, 'it is gone');
});
