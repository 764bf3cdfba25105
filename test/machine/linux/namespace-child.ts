/** Runs inside namespaces of its own, as their PID 1, and prints what calls on mounts, network and clock came to. */
import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { createRealKernel } from '../../../src/linux/real-kernel.ts';
import { loadShim } from '../../../src/linux/shim.ts';

const [shimPath = '', directory = '', outerNamespace = '', reboot = ''] = process.argv.slice(2);
const kernel = createRealKernel(loadShim(shimPath));
const inside = process.pid === 1 && kernel.pidNamespace() !== Number(outerNamespace);
if (!inside) throw new Error('not in a PID namespace of its own');

const flags = { readOnly: 1, nosuid: 2, nodev: 4, remount: 32, bind: 4096 };
const mountLine = (target: string): string =>
  readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .find((line) => line.split(' ')[4] === target) ?? '';

function mounts(): object {
  const tmpfs = `${directory}/tmpfs`;
  const bound = `${directory}/bound`;
  kernel.mkdir(tmpfs, 0o755);
  kernel.mkdir(bound, 0o755);
  return {
    unknownType: kernel.mount('none', tmpfs, 'nosuchfs', 0, null),
    badOption: kernel.mount('none', tmpfs, 'tmpfs', 0, 'nonsense=1'),
    mounted: kernel.mount('none', tmpfs, 'tmpfs', flags.nosuid | flags.nodev, 'size=1m,mode=0711'),
    line: mountLine(tmpfs),
    written: kernel.writeFile(`${tmpfs}/f`, 'x'),
    bound: kernel.mount(tmpfs, bound, '', flags.bind, null),
    remounted: kernel.mount('none', bound, '', flags.remount | flags.bind | flags.readOnly, null),
    refused: kernel.writeFile(`${bound}/f`, 'y'),
    busy: (() => {
      const fd = kernel.open(`${tmpfs}/f`, 0);
      const result = kernel.umount(tmpfs, 0);
      kernel.close(fd);
      return result;
    })(),
    unbound: kernel.umount(bound, 0),
    unmounted: kernel.umount(tmpfs, 0),
    again: kernel.umount(tmpfs, 0),
  };
}

const interfacesBefore = Object.keys(networkInterfaces());
const report = {
  namespace: kernel.pidNamespace(),
  hostname: kernel.hostname('tester'),
  nameNow: readFileSync('/proc/sys/kernel/hostname', 'utf8').trim(),
  tooLong: kernel.hostname('x'.repeat(100)),
  mounts: mounts(),
  interfacesBefore,
  loopback: kernel.loopbackUp(),
  interfaces: Object.keys(networkInterfaces()),
  // Without CAP_SYS_TIME: refused, and nothing else is ever asked of the clock.
  clock: ((kernel.capabilities() >> 25n) & 1n) === 0n ? kernel.setRealtime(1_000_000_000) : 'not tried',
  entropy: kernel.addEntropy(kernel.random(64) as Uint8Array, false),
  syncRoot: kernel.sync(true),
  unknownReboot: kernel.reboot(12345),
};
process.stdout.write(`${JSON.stringify(report)}\n`, () => {
  if (reboot !== '') kernel.reboot(Number(reboot));
});
