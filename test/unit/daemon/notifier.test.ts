import { mock } from 'node:test';
import type { Test } from 'tap';
import t from 'tap';
import { createNotifier } from '../../../src/hosted/daemon/notifier.ts';

const [EAGAIN, ENOENT] = [11, 2];

/** A notifier whose words are taken while `result` is 0; the clock is the test's. */
function notifier(t: Test, environment: NodeJS.ProcessEnv = { NOTIFY_SOCKET: '/run/n' }) {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.teardown(() => mock.timers.reset());
  const socket = { result: 0, tried: 0, taken: [] as string[] };
  const sendDatagram = (path: string, data: Uint8Array): number => {
    socket.tried += 1;
    if (socket.result === 0) socket.taken.push(`${path}: ${Buffer.from(data).toString()}`);
    return socket.result;
  };
  return { socket, ...createNotifier('noted', { sendDatagram }, environment) };
}

t.test('words are sent at once, each in one line', async (t) => {
  const { socket, status, ready } = notifier(t);
  status('two\nlines');
  ready();
  t.strictSame(socket.taken, ['/run/n: STATUS=two lines\n', '/run/n: READY=1\n']);
});

t.test('READY=1 to a socket that is full is sent when it has room, after the last word of before', async (t) => {
  const { socket, status, ready } = notifier(t);
  socket.result = -EAGAIN;
  status('first');
  status('second');
  ready();
  mock.timers.tick(1000);
  t.strictSame(socket.taken, []);
  socket.result = 0;
  mock.timers.tick(20);
  t.strictSame(socket.taken, ['/run/n: STATUS=second\n', '/run/n: READY=1\n']);
  const { tried } = socket;
  mock.timers.tick(1000);
  t.equal(socket.tried, tried, 'and nothing is tried any more');
});

t.test('a word that cannot be sent is told of, and the next one is sent', async (t) => {
  const { socket, status, ready } = notifier(t);
  const said = t.capture(console, 'error', () => undefined);
  socket.result = -ENOENT;
  status('lost');
  socket.result = 0;
  ready();
  t.strictSame(socket.taken, ['/run/n: READY=1\n']);
  t.strictSame(
    said().map(({ args }) => args),
    [['noted: STATUS=lost could not be sent to /run/n: errno 2']],
  );
});

t.test('where nobody listens nothing is sent', async (t) => {
  for (const environment of [{}, { NOTIFY_SOCKET: '' }]) {
    const { socket, ready } = notifier(t, environment);
    ready();
    t.equal(socket.tried, 0);
    mock.timers.reset();
  }
});
