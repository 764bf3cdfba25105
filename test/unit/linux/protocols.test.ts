import t from 'tap';
import { errnoName } from '../../../src/kernel/errno.ts';
import { parseErrorRecord } from '../../../src/kernel/error-record.ts';
import { checkArguments, parseCheckAnswer, parseStatAnswer, parseVerdicts, statArguments } from '../../../src/kernel/helper-protocol.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function record(step: number, errno: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(8));
  view.setUint32(0, step, true);
  view.setInt32(4, errno, true);
  return new Uint8Array(view.buffer);
}

t.test('EXEC-016 a record of 8 bytes names step and errno, none means that exec worked, anything else is garbled', async (t) => {
  t.same(parseErrorRecord(new Uint8Array(0)), { kind: 'executed' });
  t.same(parseErrorRecord(record(11, 2)), { kind: 'failed', step: 11, errno: 2 });
  t.same(parseErrorRecord(record(1, 24)), { kind: 'failed', step: 1, errno: 24 });
  t.same(parseErrorRecord(record(13, 2)), { kind: 'garbled', bytes: 8 });
  t.same(parseErrorRecord(record(0, 2)), { kind: 'garbled', bytes: 8 });
  t.same(parseErrorRecord(record(11, 0)), { kind: 'garbled', bytes: 8 });
  t.same(parseErrorRecord(record(11, -2)), { kind: 'garbled', bytes: 8 });
  t.same(parseErrorRecord(record(11, 2).subarray(0, 7)), { kind: 'garbled', bytes: 7 });
  t.same(parseErrorRecord(new Uint8Array(9)), { kind: 'garbled', bytes: 9 });
});

t.test('EXEC-016 the record is read in place, wherever it lies in its buffer', async (t) => {
  const buffer = new Uint8Array(32);
  buffer.set(record(7, 13), 5);
  t.same(parseErrorRecord(buffer.subarray(5, 13)), { kind: 'failed', step: 7, errno: 13 });
});

t.test('arguments of the helper name kind and path of every check', async (t) => {
  t.same(
    checkArguments([
      { type: 'path', argument: '/a b' },
      { type: 'file', argument: '/f' },
      { type: 'directory', argument: '/d' },
    ]),
    ['check', 'p/a b', 'f/f', 'd/d'],
  );
  t.same(statArguments('/x'), ['stat', '/x']);
});

t.test('DEF-065 verdicts count only when every check was answered', async (t) => {
  t.same(parseCheckAnswer(bytes('10?'), 4), ['yes', 'no', 'unknown', null]);
  t.same(parseVerdicts(bytes('10?'), 3), [true, false, false]);
  t.equal(parseVerdicts(bytes('1'), 2), null);
  t.equal(parseVerdicts(bytes('1x'), 2), null);
  t.same(parseVerdicts(bytes(''), 0), []);
});

t.test('answers to stat are read whole or not at all', async (t) => {
  t.equal(parseStatAnswer(bytes('2\n')), 2);
  t.same(parseStatAnswer(bytes('0 33188 1 2 8 3 9007199254740993\n')), {
    mode: 33188,
    uid: 1,
    gid: 2,
    device: { major: 8, minor: 3 },
    sizeBytes: 9007199254740993n,
  });
  t.equal(parseStatAnswer(bytes('0 33188 1 2 8 3\n')), null);
});

t.test('errnos have names, whatever their sign, and unknown ones their number', async (t) => {
  t.equal(errnoName(2), 'ENOENT');
  t.equal(errnoName(-11), 'EAGAIN');
  t.equal(errnoName(9999), 'errno 9999');
});
