import t from 'tap';
import { parseNofile, parseParameters } from '../../../src/boot/parameters.ts';

t.test('BOOT-087 peios.notifysocket moves the notify socket; unknown words and other values are ignored', async (t) => {
  const given = parseParameters([
    'quiet',
    'ro',
    'foo=bar',
    'peios.recovery=yes',
    'peios.notifysocket=/run/x.sock',
    'peios.bootattempts=many',
  ]);
  t.equal(given.notifySocket, '/run/x.sock');
  t.equal(given.recovery, false);
  t.equal(given.bootAttempts, 3);
  t.equal(parseParameters(['peios.notifysocket=relative']).notifySocket, '/run/peinit/notify.sock');
});

t.test('the last of several words wins', async (t) => {
  t.equal(parseParameters(['peios.recovery=1', 'peios.recovery=0']).recovery, false);
  t.equal(parseParameters(['peios.bootattempts=5']).bootAttempts, 5);
});

t.test('EXEC-040 the inherited NOFILE pair is read from the wrapper', async (t) => {
  t.strictSame(parseNofile(['x', '--nofile=1024:4096']), { soft: 1024n, hard: 4096n });
  t.strictSame(parseNofile(['--nofile=1024:unlimited']), { soft: 1024n, hard: (1n << 64n) - 1n });
  t.equal(parseNofile([]), null);
});
