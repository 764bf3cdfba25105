import t from 'tap';
import { basePath, buildEnvironment } from '../../../src/exec/environment.ts';

const layers = {
  global: [],
  read: [],
  definition: [],
  notifySocket: '/run/peinit/notify.sock',
  watchdogUsec: null,
  mainPid: null,
  storedNames: [],
  marks: [],
};

t.test('EXEC-023 later layers win over earlier ones', async (t) => {
  const global = ['LANG=C', 'A=global', 'PATH=/global'];
  const built = buildEnvironment({ ...layers, global, definition: ['A=own', 'B=x=y'] });
  t.strictSame(built.entries, ['PATH=/global', 'LANG=C', 'A=own', 'B=x=y', 'NOTIFY_SOCKET=/run/peinit/notify.sock']);
});

t.test('EXEC-033 protocol variables cannot be set by EnvVars or Environment', async (t) => {
  const forged = [
    'NOTIFY_SOCKET=/x',
    'LISTEN_FDS=3',
    'LISTEN_FDNAMES=a',
    'LISTEN_PID=1',
    'WATCHDOG_USEC=1',
    'WATCHDOG_PID=1',
    'PEINIT_PART=x/',
    'OTHER=1',
  ];
  const { entries } = buildEnvironment({ ...layers, global: forged, definition: forged, marks: ['PEINIT_PART=web/main'] });
  t.strictSame(entries, [basePath, 'OTHER=1', 'PEINIT_PART=web/main', 'NOTIFY_SOCKET=/run/peinit/notify.sock']);
});

t.test('EXEC-034 BOOT-086 a bare service gets PATH and NOTIFY_SOCKET only', async (t) => {
  process.env.TERM = 'linux';
  t.strictSame(buildEnvironment(layers), { entries: [basePath, 'NOTIFY_SOCKET=/run/peinit/notify.sock'], ownPid: [] });
});

t.test('EXEC-038 with the watchdog on, WATCHDOG_USEC is set and WATCHDOG_PID is left to the child', async (t) => {
  const built = buildEnvironment({ ...layers, watchdogUsec: 5_000_000n });
  t.ok(built.entries.includes('WATCHDOG_USEC=5000000'));
  t.strictSame(built.ownPid, ['WATCHDOG_PID']);
});

t.test(
  'FDS-010 LISTEN_FDS and LISTEN_FDNAMES tell of stored descriptors, LISTEN_PID is left to the child, and all are absent without any',
  async (t) => {
    const built = buildEnvironment({ ...layers, storedNames: ['a', 'b', 'a'] });
    t.ok(built.entries.includes('LISTEN_FDS=3'));
    t.ok(built.entries.includes('LISTEN_FDNAMES=a:b:a'));
    t.strictSame(built.ownPid, ['LISTEN_PID']);
    t.notOk(buildEnvironment(layers).entries.some((entry) => entry.startsWith('LISTEN_')));
  },
);

t.test('O-24 MAINPID is there for commands that may reach the main process, whatever the definition says of it', async (t) => {
  t.strictSame(buildEnvironment({ ...layers, notifySocket: null, definition: ['MAINPID=1'], mainPid: 70 }).entries.slice(1), [
    'MAINPID=70',
  ]);
  t.strictSame(buildEnvironment({ ...layers, notifySocket: null, definition: ['MAINPID=1'] }).entries.slice(1), ['MAINPID=1']);
});
