import { spawnSync } from 'node:child_process';
import { constants as osConstants } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';
import t from 'tap';
import { kernel, makeDirectory, shimPath } from './support.ts';

const { errno } = osConstants;

interface Outcome {
  // biome-ignore lint/suspicious/noExplicitAny: the test looks into the report freely.
  readonly report: any;
  readonly signal: string | null;
  readonly status: number | null;
}

/** Runs the child in new namespaces without CAP_SYS_TIME. */
function inNamespaces(t: Test, reboot = ''): Outcome {
  const child = [join(import.meta.dirname, 'namespace-child.ts'), shimPath, makeDirectory(t), String(kernel.pidNamespace()), reboot];
  const unshare = ['unshare', '--mount', '--uts', '--ipc', '--net', '--pid', '--fork', '--kill-child', '--mount-proc'];
  const { stdout, stderr, signal, status } = spawnSync('setpriv', ['--bounding-set=-sys_time', ...unshare, process.execPath, ...child], {
    timeout: 60_000,
  });
  const line = stdout.toString().split('\n')[0] ?? '';
  if (line === '') throw new Error(`the child said nothing: ${stderr}`);
  return { report: JSON.parse(line), signal, status };
}

t.test('mounts, network, host name and clock, each with its failures', async (t) => {
  const { report, status } = inNamespaces(t);
  t.equal(status, 0);
  t.not(report.namespace, kernel.pidNamespace());
  t.match(report, { hostname: 0, nameNow: 'tester', tooLong: -errno.EINVAL });
  t.match(report.mounts, {
    unknownType: -errno.ENODEV,
    badOption: -errno.EINVAL,
    mounted: 0,
    line: / rw,nosuid,nodev,.* - tmpfs none rw,size=1024k,mode=711/,
    written: 0,
    bound: 0,
    remounted: 0,
    refused: -errno.EROFS,
    busy: -errno.EBUSY,
    unbound: 0,
    unmounted: 0,
    again: -errno.EINVAL,
  });
  t.same(report.interfacesBefore, []);
  t.equal(report.loopback, 0);
  t.same(report.interfaces, ['lo']);
  t.equal(report.clock, -errno.EPERM);
  t.equal(report.entropy, 0);
  t.equal(report.syncRoot, 0);
  t.equal(report.unknownReboot, -errno.EINVAL);
});

t.test('O-17 reboot(2) ends a PID namespace with SIGINT for power-off and halt, and with SIGHUP for restart', async (t) => {
  const powerOff = 0x4321fedc;
  const halt = 0xcdef0123 | 0;
  const restart = 0x01234567;
  t.equal(inNamespaces(t, String(powerOff)).signal, 'SIGINT');
  t.equal(inNamespaces(t, String(halt)).signal, 'SIGINT');
  t.equal(inNamespaces(t, String(restart)).signal, 'SIGHUP');
});
