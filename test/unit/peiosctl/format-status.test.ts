/** Rows of peiosctl status. */
import t from 'tap';
import { formatMachine, formatStatus } from '../../../clients/peiosctl/format-status.ts';
import type { MachineStatusResponse, StatusResponse } from '../../../gen/control/types.ts';

const at = '2026-06-01T12:00:00.000000000Z';
const status: StatusResponse = {
  service: 'web',
  state: 'active',
  cause: null,
  status_text: null,
  current_job: null,
  current_operation: null,
  health: 'unhealthy',
  uptime_seconds: null,
  definition_removed: false,
  token: null,
  uid: null,
  warnings: [],
  since: null,
  detail: null,
  forced: null,
  waiting_for: [],
  restart: null,
  display_name: null,
  output: [],
  stored_descriptors: [],
  definition_warnings: [],
  health_check: null,
  since_seconds: null,
  granted: ['SERVICE_QUERY_STATUS', 'SERVICE_START', 'SERVICE_STOP', 'SERVICE_INTERROGATE'],
  timers: [],
  mount: null,
};
type Last = Partial<NonNullable<StatusResponse['health_check']>>;

function healthRow(health: StatusResponse['health'], last: Last | null): string | undefined {
  const none = { result: 'failed', exit_code: null, exit_signal: null, at, failures_in_a_row: 0, retries: 3, seconds_ago: 3 } as const;
  const told = { ...status, health, health_check: last === null ? null : { ...none, ...last } };
  const lines = formatStatus(told, (_style, text) => text, null, null);
  return lines.find((line) => line.startsWith('  health'))?.slice(13);
}

t.test('status tells the last check in words', async (t) => {
  t.equal(
    healthRow('unhealthy', { exit_code: 3, failures_in_a_row: 2 }),
    'unhealthy: the last check, 3 s ago, exited with code 3 (failure 2 of 3)',
  );
  t.match(healthRow('unhealthy', { exit_signal: 11, failures_in_a_row: 1 }), /was killed by signal 11 \(failure 1 of 3\)/);
  t.match(healthRow('unhealthy', { result: 'timed_out', failures_in_a_row: 1 }), /took too long and was killed \(failure 1 of 3\)/);
  t.match(healthRow('unhealthy', { result: 'not_started', failures_in_a_row: 1 }), /could not be started \(failure 1 of 3\)/);
  t.equal(healthRow('healthy', { result: 'passed', exit_code: 0 }), 'healthy: the last check, 3 s ago, passed');
  t.equal(healthRow('unknown', null), 'unknown');
  t.equal(healthRow(null, null), undefined);
});

t.test('what a service says of itself takes three lines at most, cut with a mark', async (t) => {
  const job = { id: '0', type: 'service_main', pid: 7, identity: 'SYSTEM', started_at: at } as never;
  const said = (text: string, width: number | null): readonly string[] => {
    const lines = formatStatus({ ...status, health: null, current_job: job, status_text: text }, (_style, shown) => shown, width, null);
    const first = lines.findIndex((line) => line.startsWith('  says'));
    return lines.slice(first);
  };
  t.strictSame(said('serving', 80), ['  says       serving']);
  const words = said('word '.repeat(12_000), 80);
  t.ok(words.length <= 4 && words.every((line) => line.length <= 80), `${words.length} lines`);
  t.match(words.at(-1), /…$/);
  t.strictSame(said('x'.repeat(60_000), null), [`  says       ${'x'.repeat(359)}…`]);
});

t.test('lines of output that were asked for are all there and whole', async (t) => {
  const line = (text: string) => ({ text, at, job: '0', process: null, is_error: false });
  const job = { id: '0', type: 'service_main', pid: 7, identity: 'SYSTEM', started_at: at } as never;
  const output = [...Array.from({ length: 7 }, (_, index) => line(`line ${index}`)), line('y'.repeat(300))];
  const shown = (asked: number | null) =>
    formatStatus({ ...status, health: null, current_job: job, output }, (_style, text) => text, 80, asked).filter((text) =>
      /line|y{20}/.test(text),
    );
  t.equal(shown(null).length, 5);
  t.ok(shown(null).every((text) => text.length <= 80));
  t.equal(shown(8).length, 8);
  t.match(shown(8).at(-1), /y{300}$/);
});

t.test('what the machine is warned of stands with what the service is warned of', async (t) => {
  const warned = { ...status, health: null, definition_warnings: ['service web: it is slow'] };
  t.strictSame(
    formatStatus(warned, (_style, text) => text, null, null, 'changes are not taken over'),
    ['web', '  state      active', '  warning    it is slow', '  warning    changes are not taken over'],
  );
});

t.test('what starts a service by itself has a row', async (t) => {
  const starts = (triggers: readonly string[], disabled = false): string | undefined =>
    formatStatus({ ...status, triggers, disabled }, (_style, text) => text, null, null).find((line) => line.startsWith('  starts'));
  t.equal(starts(['boot']), '  starts     at boot');
  t.equal(starts([]), '  starts     on demand');
  t.equal(starts(['boot', 'timer:daily', 'timer:weekly']), '  starts     at boot, by timer');
  t.equal(starts(['timer:daily']), '  starts     by timer');
  t.equal(starts(['usb:stick']), '  starts     on demand');
  t.equal(starts(['boot'], true), '  starts     disabled: only when somebody asks for it');
  const undecodable = formatStatus(status, (_style, text) => text, null, null);
  t.notOk(undecodable.some((line) => line.startsWith('  starts')));
});

t.test('O-83 status tells what may be done where that is not everything', async (t) => {
  const row = (...granted: StatusResponse['granted']): string | undefined =>
    formatStatus({ ...status, granted }, (_style, text) => text, null, null).find((line) => line.startsWith('  you may'));
  t.equal(row(...status.granted), undefined);
  t.equal(row('SERVICE_QUERY_STATUS'), '  you may    only look at it');
  t.equal(row('SERVICE_QUERY_STATUS', 'SERVICE_STOP'), '  you may    stop, reset; not start, restart, reload');
});

t.test('O-10 how processes are held is shown where that is not in cgroups, with what is weaker', async (t) => {
  const machine: MachineStatusResponse = {
    mode: 'full',
    phase: 'booting',
    reason: null,
    boot_id: 'b',
    settled_at: null,
    failed: [],
    waiting_for: [],
    warnings: ['the clock may not be set'],
    times: { started_at: '', registry_started_at: null, registry_ready_at: null, definitions_read_at: null, definitions_loaded_at: null },
    restarting: [],
    settled_seconds: null,
    identity_mode: 'full',
    containment: { mode: 'cgroup', mark: null, weaker: [] },
    protocol: { major: 1, minor: 1 },
  };
  const beginning = ['  phase      booting', '  mode       full', '  boot id    b'];
  t.strictSame(formatMachine(machine, null), [...beginning, '  warning    the clock may not be set']);
  const weaker = ['no cgroup can be made', 'much else'];
  t.strictSame(formatMachine({ ...machine, containment: { mode: 'process_tree', mark: 'namespace', weaker } }, null), [
    ...beginning,
    '  processes  held without cgroups, told apart by namespace',
    '  weaker     no cgroup can be made',
    '  weaker     much else',
    '  warning    the clock may not be set',
  ]);
});

t.test('O-173 status of a mount shows what is mounted where and how, and names its output so', async (t) => {
  const mount = { mount_point: '/data', device: '/dev/vdb', fs_type: 'ext4', options: ['noatime', 'ro'], fsck: true, mounted: false };
  const output = [
    { text: 'clean', at, job: 'one', process: 'fsck', is_error: false },
    { text: 'bad superblock', at, job: 'two', process: null, is_error: true },
  ];
  const shown = (change: Partial<StatusResponse>): readonly string[] =>
    formatStatus({ ...status, health: null, service: 'mount:/data', state: 'completed', mount, ...change }, (_, text) => text, null, null);
  t.strictSame(shown({}), [
    'mount:/data',
    '  state      completed',
    '  device     /dev/vdb, checked first',
    '  mounts at  /data, not mounted',
    '  type       ext4',
    '  options    noatime, ro',
  ]);
  t.strictSame(shown({ mount: { ...mount, fs_type: null, options: [], fsck: false, mounted: true } }).slice(2), [
    '  device     /dev/vdb',
    '  mounts at  /data, mounted',
  ]);
  const headings = shown({ output }).filter((line) => line.endsWith(':'));
  t.strictSame(headings, ['  output     fsck:', '             mount:']);
});
