/** Devices at the end of the machine, some of which hang. */
import t from 'tap';
import type { DeviceParts, Left } from '../../../src/boot/devices.ts';
import { deviceMounts, syncWithLimit, unmountDevices } from '../../../src/boot/devices.ts';
import type { HelperResult } from '../../../src/exec/helper.ts';
import type { Kernel } from '../../../src/kernel/kernel.ts';

const exited = (exitCode: number): HelperResult => ({ kind: 'exited', exitCode, output: new Uint8Array() });
const timedOut: HelperResult = { kind: 'timed-out', output: new Uint8Array() };

/** Answers each call of the helper program by its words. */
function helperThat(answer: (words: string) => HelperResult) {
  const calls: string[] = [];
  const helper: DeviceParts['helper'] = {
    runAtOnce(argv, _limitMs, done) {
      calls.push(argv.join(' ').trim());
      done(answer(argv.join(' ')));
      return () => undefined;
    },
  };
  return { calls, helper };
}

const table = [
  '1 0 8:1 / / rw - ext4 /dev/sda1 rw',
  '2 1 0:3 / /proc rw - proc proc rw',
  '3 1 8:16 / /data rw - ext4 /dev/sdb rw',
  '4 3 8:32 / /data/a\\040b rw - xfs /dev/sdc rw',
  '5 1 0:9 / /net rw - nfs4 server:/x rw',
  '6 1 0:10 / /tmp rw - tmpfs tmpfs rw',
  '',
].join('\n');
const kernelWith = (content: string) => ({ readFile: () => new TextEncoder().encode(content) }) as unknown as Kernel;

t.test('SHUT-014 what lies on devices and networks is told from the table, the deepest first and never the root', async (t) => {
  t.strictSame(
    deviceMounts(kernelWith(table)).map(({ point, source }) => `${point} ${source}`),
    ['/data/a b /dev/sdc', '/data /dev/sdb', '/net server:/x'],
  );
});

t.test(
  'SHUT-014 what is busy is made read-only; a device that hangs is left alone with all that lies on it, and the others go on',
  async (t) => {
    const mounts = [
      { point: '/a', source: '/dev/busy' },
      { point: '/b', source: '/dev/dead' },
      { point: '/c', source: '/dev/dead' },
      { point: '/d', source: '/dev/fine' },
    ];
    const { calls, helper } = helperThat((words) => {
      if (words === 'umount /a') return exited(16);
      return words === 'umount /b' ? timedOut : exited(0);
    });
    let left: Left | null = null;
    unmountDevices({ helper }, mounts, (told) => {
      left = told;
    });
    t.strictSame(calls, ['umount /a', 'mount none /a  33', 'umount /b', 'umount /d']);
    t.strictSame(left, {
      failures: ['unmounting /b did not end within 5 s, so it is left as it is: /dev/dead hangs'],
      hung: new Set(['/b', '/c']),
    });
  },
);

t.test('SHUT-014 a sync that hangs is not waited for, and nobody syncs again; where no helper can be made process 1 does it', async (t) => {
  const rows: readonly (readonly [HelperResult, boolean, number])[] = [
    [exited(0), true, 0],
    [timedOut, false, 0],
    [exited(2), true, 1],
    [{ kind: 'failed', message: 'no' }, true, 1],
  ];
  for (const [result, wanted, synced] of rows) {
    let syncs = 0;
    const kernel = {
      sync() {
        syncs += 1;
      },
    } as unknown as Kernel;
    const { calls, helper } = helperThat(() => result);
    const told: boolean[] = [];
    syncWithLimit({ kernel, helper, container: true }, (whole) => void told.push(whole));
    t.strictSame([calls, told, syncs], [['syncfs'], [wanted], synced], result.kind);
  }
});
