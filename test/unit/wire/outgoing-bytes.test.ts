import t from 'tap';
import { errno } from '../../../src/kernel/errno.ts';
import type { OutgoingBytes } from '../../../src/wire/outgoing-bytes.ts';
import { createOutgoingBytes } from '../../../src/wire/outgoing-bytes.ts';

/** A descriptor that takes so many bytes in each call, as the test says. */
function create(takes: number[]) {
  let received = '';
  const write = (_fd: number, data: Uint8Array, offset: number, length: number): number => {
    const most = takes.shift() ?? 0;
    if (most < 0) return most;
    if (most === 0) return -errno.EAGAIN;
    received += Buffer.from(data.subarray(offset, offset + Math.min(most, length))).toString();
    return Math.min(most, length);
  };
  const out = createOutgoingBytes({ write }, 7, { usualBytes: 10, mostBytes: 20 });
  return { out, received: () => received };
}

const put = (out: OutgoingBytes, text: string): void => out.add(out.memory.write(text, out.end));

t.test('what the kernel does not take stays in order, and makes room as it goes', async (t) => {
  const { out, received } = create([4, 0, 100]);
  t.equal(out.fits(10), true);
  t.equal(out.fits(11), false);
  put(out, 'one two ');
  t.equal(out.fits(3), false);
  t.equal(out.flush(), 'blocked');
  t.equal(out.fits(6), true, 'the rest is moved to the front');
  put(out, 'three!');
  t.equal(out.fits(1), false);
  t.equal(out.flush(), 'blocked');
  t.equal(out.empty, false);
  t.equal(out.flush(), 'sent');
  t.equal(out.empty, true);
  t.equal(received(), 'one two three!');
});

t.test('what is larger than its memory goes alone, up to a bound, and the memory is as before when it is gone', async (t) => {
  const { out, received } = create([100, 15, 100]);
  put(out, 'x');
  t.equal(out.fitsAlone(15), false, 'not beside others');
  out.flush();
  t.equal(out.fitsAlone(21), false);
  t.equal(out.fitsAlone(20), true);
  put(out, '12345678901234567890');
  t.equal(out.flush(), 'blocked');
  t.equal(out.memory.length, 20);
  t.equal(out.flush(), 'sent');
  t.equal(out.memory.length, 10);
  t.equal(received(), 'x12345678901234567890');
});

t.test('that nobody reads any more is told with the reason', async (t) => {
  const { out } = create([-errno.EINTR, -errno.EPIPE]);
  put(out, 'x');
  t.equal(out.flush(), 'blocked');
  t.equal(out.flush(), 'gone');
  t.equal(out.failure, -errno.EPIPE);
});
