import t from 'tap';
import { parseNofile, parseParameters } from '../../../src/boot/parameters.ts';
import { consoleMode } from '../../../src/output/console-mode.ts';

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

t.test('LOG-019 peinit.console is a path or a word, and without it no service is on the console', async (t) => {
  const of = (...words: readonly string[]) => consoleMode(parseParameters(words).console);
  t.strictSame(of(), { device: '/dev/console', json: false, withOutput: false });
  t.strictSame(of('peinit.console=/dev/ttyS1'), { device: '/dev/ttyS1', json: false, withOutput: false });
  t.strictSame(of('peinit.console=relay'), { device: null, json: false, withOutput: true });
  t.strictSame(of('peinit.console=json'), { device: null, json: true, withOutput: true });
  t.strictSame(of('peinit.console=jsonl'), of(), 'an unknown word is ignored');
  t.strictSame([parseParameters([]).quiet, parseParameters(['peinit.quiet=1']).quiet], [false, true]);
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
