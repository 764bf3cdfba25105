import t from 'tap';
import type { Unmounting } from '../../../src/boot/unmount.ts';
import { unmountAll } from '../../../src/boot/unmount.ts';
import { errno } from '../../../src/kernel/errno.ts';
import type { Kernel } from '../../../src/kernel/kernel.ts';
import type { Loop } from '../../../src/kernel/loop.ts';

/** A container's unmounts with a clock of their own; `answers` of each target, the last one again and again. */
function unmounted(answers: Readonly<Record<string, readonly number[]>>) {
  const calls: string[] = [];
  const pending: (() => void)[] = [];
  let now = 0n;
  const failures: string[] = [];
  const kernel = {
    monotonicNs: () => now,
    umount(target: string) {
      const of = answers[target] ?? [];
      const result = of[Math.min(calls.filter((call) => call === target).length, of.length - 1)] ?? 0;
      calls.push(target);
      return result;
    },
  } as unknown as Kernel;
  const at: Loop['at'] = (instant, handler) => {
    pending.push(() => {
      now = instant;
      handler();
    });
    return { cancel() {} };
  };
  const helper: Unmounting['helper'] = {
    runAtOnce() {
      throw new Error('in a container there are no devices');
    },
  };
  unmountAll({ kernel, loop: { at }, container: true, own: ['/run', '/run/deep'], helper }, (told) => {
    failures.push(...told.failures);
  });
  for (let next = pending.shift(); next !== undefined; next = pending.shift()) next();
  return { calls, failures, now };
}

t.test('SHUT-014 what is busy is unmounted as soon as nothing holds it any more, the deepest first', async (t) => {
  const busy = -errno.EBUSY;
  const { calls, failures } = unmounted({ '/run': [busy, busy, 0], '/run/deep': [busy, 0] });
  t.strictSame(calls, ['/run/deep', '/run', '/run/deep', '/run', '/run']);
  t.strictSame(failures, []);
});

t.test('what stays busy is told after a moment, what fails otherwise at once', async (t) => {
  const stuck = unmounted({ '/run': [-errno.EBUSY] });
  t.match(stuck.failures.join(), /^unmounting \/run failed: EBUSY [^,]*$/);
  t.equal(stuck.now, 1_000_000_000n);
  const refused = unmounted({ '/run': [-errno.EPERM], '/run/deep': [-errno.EINVAL] });
  t.match(refused.failures.join(), /^unmounting \/run failed: EPERM [^,]*$/);
  t.equal(refused.now, 0n);
});
