import t from 'tap';
import { createOutbox } from '../../../src/wire/outbox.ts';

/** A descriptor that takes at most what it is told to, and fails as it is told to. */
function sink() {
  const taken: Buffer[] = [];
  const script: number[] = [];
  return {
    script,
    get text() {
      return Buffer.concat(taken).toString();
    },
    write(_fd: number, data: Uint8Array, offset: number, length: number): number {
      const allowed = script.length > 0 ? (script.shift() as number) : length;
      if (allowed < 0) return allowed;
      const bytes = Math.min(allowed, length);
      taken.push(Buffer.from(data.subarray(offset, offset + bytes)));
      return bytes;
    },
  };
}

const EAGAIN = -11;
const EPIPE = -32;

t.test('CTL-016 lines arrive whole and in order whatever the kernel takes at once', async (t) => {
  const shared = Buffer.alloc(64);
  for (const sizes of [
    [1, 1, 1],
    [0, 3, EAGAIN, 2],
    [5, 0, EAGAIN],
    [EAGAIN, EAGAIN],
  ]) {
    const out = sink();
    const box = createOutbox(out, 3, shared);
    out.script.push(...sizes);
    box.push('{"a":"ä"}');
    box.push(`{"b":"${'x'.repeat(100)}"}`);
    let turns = 0;
    while (box.flush() === 'blocked') {
      shared.fill('#');
      turns++;
      if (turns === 1) box.push('{"c":3}');
    }
    if (turns === 0) box.push('{"c":3}');
    t.equal(box.flush(), 'sent');
    t.equal(out.text, `{"a":"ä"}\n{"b":"${'x'.repeat(100)}"}\n{"c":3}\n`, sizes.join());
    t.equal(box.unsent, 0);
  }
});

t.test('what cannot be delivered is dropped', async (t) => {
  const out = sink();
  const box = createOutbox(out, 3, Buffer.alloc(64));
  out.script.push(2, EPIPE);
  box.push('hello');
  t.equal(box.flush(), 'blocked');
  t.equal(box.unsent, 4);
  t.equal(box.flush(), 'gone');
  t.equal(box.unsent, 0);
});

t.test('dropWaiting keeps the rest of a line that has begun, and nothing else', async (t) => {
  const out = sink();
  const box = createOutbox(out, 3, Buffer.alloc(64));
  box.push('first');
  box.push('second');
  box.push('third');
  out.script.push(8);
  t.equal(box.flush(), 'blocked');
  box.dropWaiting();
  box.push('last');
  t.equal(box.flush(), 'sent');
  t.equal(out.text, 'first\nsecond\nlast\n');

  const other = createOutbox(out, 3, Buffer.alloc(64));
  other.push('one');
  other.push('two');
  out.script.push(4);
  t.equal(other.flush(), 'blocked');
  other.dropWaiting();
  other.push('end');
  t.equal(other.flush(), 'sent');
  t.equal(out.text, 'first\nsecond\nlast\none\nend\n');
});

t.test('CTL-016 answers before a stream are sent although what follows them is dropped', async (t) => {
  for (const sizes of [[EAGAIN], [3]]) {
    const out = sink();
    const box = createOutbox(out, 3, Buffer.alloc(64));
    out.script.push(...sizes);
    box.push('{"answer":1}');
    box.push('{"answer":2}');
    t.equal(box.flush(), 'blocked');
    box.push('{"answer":3}');
    box.protect();
    box.push('{"event":1}');
    t.equal(box.unsent, 51 - Math.max(sizes[0] as number, 0));
    box.dropWaiting();
    box.push('{"last":1}');
    t.equal(box.flush(), 'sent');
    t.equal(out.text, '{"answer":1}\n{"answer":2}\n{"answer":3}\n{"last":1}\n');
  }
  const out = sink();
  const box = createOutbox(out, 3, Buffer.alloc(64));
  box.push('{"answer":1}');
  box.protect();
  t.equal(box.flush(), 'sent');
  out.script.push(2);
  box.push('{"event":1}');
  box.push('{"event":2}');
  t.equal(box.flush(), 'blocked');
  box.dropWaiting();
  t.equal(box.flush(), 'sent');
  t.equal(out.text, '{"answer":1}\n{"event":1}\n', 'what comes later is not protected');
});

t.test('a text that is longer than what is shared goes out in pieces, whole characters each', async (t) => {
  const long = `"${'x'.repeat(19)}${'\u{1f600}ä\u2028'.repeat(40)}"`;
  for (const sizes of [[], [1, EAGAIN, 7], [EAGAIN, 63, 2]]) {
    const out = sink();
    const box = createOutbox(out, 3, Buffer.alloc(64));
    out.script.push(...sizes);
    box.push(long);
    box.push('next');
    while (box.flush() === 'blocked') box.push('later');
    t.equal(out.text.replaceAll('later\n', ''), `${long}\nnext\n`, sizes.join());
    t.equal(box.unsent, 0);
  }
});

t.test('of a long line that has begun the rest is kept, of one that has not nothing is', async (t) => {
  const long = 'x'.repeat(500);
  for (const sizes of [[5], [21, EAGAIN], [21, 5]]) {
    const out = sink();
    const box = createOutbox(out, 3, Buffer.alloc(64));
    box.push(long);
    box.push('waiting');
    out.script.push(...sizes);
    t.equal(box.flush(), 'blocked');
    box.dropWaiting();
    box.push('last');
    t.equal(box.flush(), 'sent');
    t.equal(out.text, `${long}\nlast\n`, sizes.join());
  }
  const out = sink();
  const box = createOutbox(out, 3, Buffer.alloc(64));
  box.push('0123456789012345678');
  box.push(long);
  out.script.push(20, EAGAIN);
  t.equal(box.flush(), 'blocked');
  box.dropWaiting();
  t.equal(box.flush(), 'sent');
  t.equal(out.text, '0123456789012345678\n');
});
