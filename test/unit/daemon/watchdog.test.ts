import { mock } from 'node:test';
import type { Test } from 'tap';
import t from 'tap';
import { feedWatchdog } from '../../../src/hosted/daemon/watchdog.ts';
import type { Shim } from '../../../src/linux/shim.ts';

/** What is sent at once, and then in each third of `seconds`. */
function fed(t: Test, environment: NodeJS.ProcessEnv, seconds: number): readonly (readonly string[])[] {
  mock.timers.enable({ apis: ['setInterval'] });
  const sent: string[] = [];
  const sendDatagram: Shim['sendDatagram'] = (path, data) => {
    sent.push(`${path}: ${Buffer.from(data).toString()}`);
    // Nobody reads: the next one is sent all the same.
    return -11;
  };
  feedWatchdog({ sendDatagram } as Shim, environment);
  const parts = [sent.splice(0)];
  for (let third = 0; third < 3; third++) {
    mock.timers.tick((seconds * 1000) / 3 - 1);
    t.strictSame(sent, []);
    mock.timers.tick(1);
    parts.push(sent.splice(0));
  }
  mock.timers.reset();
  return parts;
}

t.test('without a watchdog of its definition a daemon asks for one of 30 s, and feeds it three times in that', async (t) => {
  const word = ['/run/n: WATCHDOG_USEC=30000000\nWATCHDOG=1\n'];
  t.strictSame(fed(t, { NOTIFY_SOCKET: '/run/n' }, 30), [word, word, word, word]);
});

t.test('that of its definition is fed and nothing is asked', async (t) => {
  const word = ['/run/n: WATCHDOG=1\n'];
  t.strictSame(fed(t, { NOTIFY_SOCKET: '/run/n', WATCHDOG_USEC: '6000000' }, 6), [word, word, word, word]);
});

t.test('an interval that is none counts as none', async (t) => {
  const word = ['/run/n: WATCHDOG_USEC=30000000\nWATCHDOG=1\n'];
  for (const usec of ['0', '-5', 'soon', ''])
    t.strictSame(fed(t, { NOTIFY_SOCKET: '/run/n', WATCHDOG_USEC: usec }, 30), [word, word, word, word], usec);
});

t.test('where nobody listens nothing is sent', async (t) => {
  for (const environment of [{}, { NOTIFY_SOCKET: '' }]) t.strictSame(fed(t, environment, 30), [[], [], [], []]);
});
