import t from 'tap';
import { decodeNotification } from '../../../../src/wire/notify/notification.ts';

const decode = (text: string): unknown => {
  const decoded = decodeNotification(Buffer.from(text));
  return decoded.kind === 'void' ? decoded.reason : decoded.notification;
};
const inOrder = (text: string): unknown => {
  const decoded = decodeNotification(Buffer.from(text));
  return decoded.kind === 'void' ? decoded.reason : decoded.assignments.map(({ member, value }) => [member, value]);
};

t.test('WIRE-040 each key is read as its field says', async (t) => {
  t.strictSame(decode('READY=1'), { ready: true });
  t.strictSame(decode('RELOADING=1'), { reloading: true });
  t.strictSame(decode('STOPPING=1'), { stopping: true });
  t.strictSame(decode('STATUS=Serving 12 % of a=b'), { status: 'Serving 12 % of a=b' });
  t.strictSame(decode('STATUS='), { status: '' });
  t.strictSame(decode('ERRNO=2'), { errno: 2 });
  t.strictSame(decode('EXIT_STATUS=-1'), { exitStatus: -1 });
  t.strictSame(decode('WATCHDOG=1'), { watchdog: true });
  t.strictSame(decode('WATCHDOG_USEC=20000000'), { watchdogUsec: 20_000_000n });
  t.strictSame(decode('EXTEND_TIMEOUT_USEC=18446744073709551615'), { extendTimeoutUsec: 18_446_744_073_709_551_615n });
  t.strictSame(decode('FDSTORE=1\nFDNAME=listener'), { fdStore: true, fdName: 'listener' });
  t.strictSame(decode('FDSTOREREMOVE=1\nFDNAME=x'), { fdStoreRemove: true, fdName: 'x' });
  t.strictSame(decode('FDPOLL=0'), { fdPollOff: true });
  t.strictSame(decode('BARRIER=1'), { barrier: true });
});

t.test('WIRE-040 NTF-002 MAINPID, BUSERROR and every other key are passed over', async (t) => {
  t.strictSame(decode('MAINPID=1\nBUSERROR=x\nX_FOO=1\nready=1\n READY=1\nREADY =1'), {});
  t.strictSame(decode('READY=1\nX_FOO=1'), { ready: true });
});

t.test('NTF-002 all lines count, empty lines and a trailing CR are tolerated, and each counts in its place', async (t) => {
  t.strictSame(decode('READY=1\r\n\r\n\nSTATUS=one\nSTATUS=two\r\n'), { ready: true, status: 'two' });
  const lines = 'STATUS=one\r\nREADY=1\nX_FOO=1\nREADY=0\nWATCHDOG_USEC=5\n\nSTATUS=two\nREADY=1';
  t.strictSame(inOrder(lines), [
    ['status', 'one'],
    ['ready', true],
    ['watchdogUsec', 5n],
    ['status', 'two'],
    ['ready', true],
  ]);
  t.equal(inOrder('READY=1\ngarbage'), 'line 2 has no equal sign');
  t.strictSame(decode(''), {});
  t.strictSame(decode('\n\n'), {});
});

t.test('NTF-002 values that a key does not define are passed over', async (t) => {
  const ignored = [
    'READY=0',
    'READY=',
    'READY=11',
    'READY=true',
    'WATCHDOG=trigger',
    'FDPOLL=1',
    'ERRNO=',
    'ERRNO=abc',
    'ERRNO=1.5',
    'ERRNO=0x1',
    'ERRNO=2147483648',
    'ERRNO= 1',
    'WATCHDOG_USEC=-1',
    'WATCHDOG_USEC=18446744073709551616',
    `WATCHDOG_USEC=${'9'.repeat(1000)}`,
    'EXTEND_TIMEOUT_USEC=1s',
  ];
  for (const line of ignored) t.strictSame(decode(`STATUS=x\n${line}`), { status: 'x' }, line);
});

t.test('NTF-021 a line without equal sign or with an empty key voids the datagram, and so do bytes that are not UTF-8', async (t) => {
  t.equal(decode('READY=1\ngarbage'), 'line 2 has no equal sign');
  t.equal(decode('READY=1\n=value'), 'line 2 has an empty key');
  t.equal(decode('=\n'), 'line 1 has an empty key');
  t.same(decodeNotification(Uint8Array.of(0x53, 0x3d, 0xff)), { kind: 'void', reason: 'the datagram is not UTF-8' });
});
