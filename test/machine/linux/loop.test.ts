import { constants, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import t from 'tap';
import type { RealLoop } from '../../../src/linux/real-loop.ts';
import { createRealLoop } from '../../../src/linux/real-loop.ts';
import { timerDescriptors } from '../../support/timer-descriptors.ts';
import { until } from '../../support/wait.ts';
import { kernel, makeCgroup, makeDirectory, mustSpawn, openDescriptors, reaped, shell, shim } from './support.ts';

const milliseconds = 1_000_000n;

/** A running loop, closed after the test; what handlers throw fails it. */
function startLoop(t: Test): RealLoop {
  const loop = createRealLoop(shim, (error) => t.error(error as Error));
  loop.run();
  t.teardown(() => loop.close());
  return loop;
}

function makePipe(t: Test): readonly [number, number] {
  const pipe = kernel.pipe({ nonblockingRead: true });
  if (typeof pipe === 'number') throw new Error(`pipe ${pipe}`);
  t.teardown(() => void pipe.map(kernel.close));
  return pipe;
}

t.test('deadlines run in order, at or after their instant, with one timer', async (t) => {
  const loop = startLoop(t);
  const start = kernel.monotonicNs();
  const ran: [number, bigint][] = [];
  for (const delayMs of [30, 10, 20, 10])
    loop.at(start + BigInt(delayMs) * milliseconds, () => ran.push([delayMs, kernel.monotonicNs() - start]));
  loop.at(start + 15n * milliseconds, () => t.fail('was cancelled')).cancel();
  await until('four deadlines', () => ran.length === 4);
  t.same(
    ran.map(([delayMs]) => delayMs),
    [10, 10, 20, 30],
  );
  for (const [delayMs, after] of ran) t.ok(after >= BigInt(delayMs) * milliseconds);
});

t.test('a deadline in the past runs at once, and one armed by another runs in its time', async (t) => {
  const loop = startLoop(t);
  const order: string[] = [];
  loop.at(0n, () => {
    order.push('past');
    loop.at(kernel.monotonicNs() + 2n * milliseconds, () => order.push('later'));
    loop.defer(() => order.push('deferred'));
  });
  await until('all ran', () => order.length === 3);
  t.same(order, ['past', 'deferred', 'later']);
});

const timers = (): readonly string[] =>
  timerDescriptors('self').map(({ clock, flags, armed }) => `clock ${clock} flags ${flags} ${armed ? 'armed' : 'off'}`);

t.test(
  'TMR-038 the timer of the wall clock is absolute and cancelled when that is set; the other one is of the monotonic clock',
  async (t) => {
    const loop = startLoop(t);
    t.strictSame(timers(), ['clock 0 flags 00 off', 'clock 1 flags 00 off']);
    const came: bigint[] = [];
    const late = loop.atRealtime(kernel.realtimeNs() + 3_600_000n * milliseconds, () => t.fail('not within the hour'));
    t.strictSame(timers(), ['clock 0 flags 03 armed', 'clock 1 flags 00 off']);
    const wanted = kernel.realtimeNs() + 20n * milliseconds;
    loop.atRealtime(wanted, () => came.push(kernel.realtimeNs()));
    await until('it came', () => came.length === 1);
    t.ok((came[0] ?? 0n) >= wanted);
    late.cancel();
    await until('nobody waits', () => timers().includes('clock 0 flags 00 off'));
    loop.onClockSet(() => t.fail('nobody sets the clock'));
    t.strictSame(timers(), ['clock 0 flags 03 armed', 'clock 1 flags 00 off'], 'whoever listens is told');
  },
);

t.test('a pipe is reported readable until it is empty, and closed when its writer is gone', async (t) => {
  const loop = startLoop(t);
  const [readEnd, writeEnd] = makePipe(t);
  const copy = kernel.open(`/proc/self/fd/${writeEnd}`, constants.O_WRONLY);
  const seen: string[] = [];
  const watch = loop.watch(readEnd, { read: true }, 'output', (ready) => {
    const buffer = new Uint8Array(2);
    const count = kernel.read(readEnd, buffer);
    seen.push(count > 0 ? Buffer.from(buffer.subarray(0, count)).toString() : ready.closed ? 'closed' : `${count}`);
    if (count === 0) watch.close();
  });
  kernel.write(writeEnd, Buffer.from('abcde'), 0, 5);
  await until('three reads', () => seen.length === 3);
  t.same(seen, ['ab', 'cd', 'e']);
  kernel.close(copy);
  t.equal(kernel.close(writeEnd), 0);
  await until('the end', () => seen.length === 4);
  t.equal(seen[3], 'closed');
});

t.test('a regular file cannot be watched and says so with EPERM', async (t) => {
  const loop = startLoop(t);
  const path = join(makeDirectory(t), 'file');
  writeFileSync(path, '');
  const fd = kernel.open(path, constants.O_RDONLY);
  t.throws(() => loop.watch(fd, { read: true }, 'control', () => {}), /EPERM/);
  kernel.close(fd);
  t.throws(() => loop.watch(fd, { read: true }, 'control', () => {}), /EBADF/);
});

t.test('cgroup.events reports EPOLLPRI when the last process is gone, and nothing more once it was read anew', async (t) => {
  const loop = startLoop(t);
  const cgroup = makeCgroup(t);
  const spawned = mustSpawn(shell('exec sleep 100', cgroup));
  const fd = kernel.open(join(cgroup.path, 'cgroup.events'), constants.O_RDONLY);
  const content = (): string => {
    const buffer = new Uint8Array(100);
    return Buffer.from(buffer.subarray(0, kernel.readAt(fd, buffer, 0))).toString();
  };
  t.match(content(), 'populated 1');
  let woken = 0;
  let last = '';
  const watch = loop.watch(fd, { priority: true }, 'signal', (ready) => {
    t.match(ready, { priority: true, closed: false });
    woken += 1;
    last = content();
  });
  t.equal(kernel.writeFile(join(cgroup.path, 'cgroup.kill'), '1', { create: false }), 0);
  t.match(await reaped(spawned.pid), { signal: 9 });
  await until('populated 0', () => last.includes('populated 0'));
  const sofar = woken;
  let turns = 0;
  loop.at(kernel.monotonicNs() + 30n * milliseconds, () => void turns++);
  await until('the loop has turned', () => turns === 1);
  t.equal(woken, sofar);
  watch.close();
  kernel.close(fd);
  kernel.close(spawned.pidfd);
});

t.test('SIG-002 the signal lane is served though more descriptors are ready than one drain takes', async (t) => {
  const loop = startLoop(t);
  const noise: number[] = [];
  let handled = 0;
  let first = -1;
  for (let i = 0; i < 600; i++) {
    const [readEnd, writeEnd] = makePipe(t);
    kernel.write(writeEnd, Buffer.from('x'), 0, 1);
    noise.push(readEnd);
    loop.watch(readEnd, { read: true }, 'control', () => void handled++);
  }
  const [readEnd, writeEnd] = makePipe(t);
  loop.watch(readEnd, { read: true }, 'signal', () => {
    kernel.read(readEnd, new Uint8Array(8));
    if (first < 0) first = handled;
  });
  kernel.write(writeEnd, Buffer.from('x'), 0, 1);
  await until('the signal lane', () => first >= 0);
  t.equal(first, 0, 'before any of the 600 others');
  await until('the others are served as well', () => handled > 600);
});

t.test('a stopped loop delivers nothing until it runs again, and a closed one leaves no descriptor', async (t) => {
  const before = openDescriptors();
  const loop = createRealLoop(shim, (error) => t.error(error as Error));
  let ran = 0;
  loop.run();
  loop.stop();
  loop.at(0n, () => void ran++);
  await new Promise((resolve) => setImmediate(resolve));
  t.equal(ran, 0);
  loop.run();
  t.throws(() => loop.run(), /EBUSY/);
  await until('it ran', () => ran === 1);
  loop.close();
  t.equal(openDescriptors(), before);
});

t.test('microtasks of a handler are drained', async (t) => {
  const loop = startLoop(t);
  let drained = false;
  loop.defer(() => void Promise.resolve().then(() => (drained = true)));
  await until('the microtask ran', () => drained);
  t.equal(drained, true);
});
