import t from 'tap';
import { parseNofile, parseParameters, readParameters } from '../../../src/boot/parameters.ts';
import { consoleMode } from '../../../src/output/console-mode.ts';
import { createScene } from '../../support/simulated-peinit.ts';

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

t.test(
  'O-146 parameters of ours that are not known, or cannot be read, are told with what may be meant; others are left alone',
  async (t) => {
    const ignored = (...words: readonly string[]) =>
      readParameters({ readFile: () => -2 }, [...words, 'quiet', 'root=/dev/vda', 'peios.recovery=1', '--nofile=1:2'], true).ignored;
    t.strictSame(ignored(), []);
    t.strictSame(ignored('peinit.mian=app', 'peinit.mian=app'), [
      'peinit.mian=app is ignored: peinit has no such parameter; is peinit.main meant?',
    ]);
    t.strictSame(ignored('PEINIT.quiet=1', 'peinit.nonsense'), [
      'PEINIT.quiet=1 is ignored: peinit has no such parameter; is peinit.quiet meant?',
      'peinit.nonsense is ignored: peinit has no such parameter; peinit --help lists them',
    ]);
    for (const [word, wanted] of [
      ['peios.safemode=yes', '0 or 1'],
      ['peinit.quiet=', '0 or 1'],
      ['peios.bootattempts=-1', 'a number'],
      ['peios.notifysocket=run/x', 'an absolute path'],
      ['peinit.console=jsonl', 'PATH or relay or json'],
      ['peinit.containment=none', 'cgroup or process-tree'],
      ['peinit.main', 'given with a value, peinit.main=NAME'],
    ] as const)
      t.strictSame(ignored(word), [`${word} is ignored: it must be ${wanted}`]);
    const line = new TextEncoder().encode('ro peios.recovry=1\n');
    t.strictSame(readParameters({ readFile: () => line }, ['peinit.of-init=1'], false).ignored, [
      'peios.recovry=1 is ignored: peinit has no such parameter; is peios.recovery meant?',
    ]);
  },
);

t.test('O-146 what is ignored is told once on the console, after the first steps, and in machine-status', async (t) => {
  const scene = createScene({ cmdline: 'quiet peinit.quite=1 peios.bootattempts=many' });
  scene.boot();
  const texts = [
    'peinit.quite=1 is ignored: peinit has no such parameter; is peinit.quiet meant?',
    'peios.bootattempts=many is ignored: it must be a number',
  ];
  t.strictSame(
    [...scene.console.matchAll(/warning: (.*)/g)].map(([, text]) => text),
    texts,
  );
  t.match(scene.ask({ command: 'machine-status' }), { warnings: texts });
});

t.test('EXEC-040 the inherited NOFILE pair is read from the wrapper', async (t) => {
  t.strictSame(parseNofile(['x', '--nofile=1024:4096']), { soft: 1024n, hard: 4096n });
  t.strictSame(parseNofile(['--nofile=1024:unlimited']), { soft: 1024n, hard: (1n << 64n) - 1n });
  t.equal(parseNofile([]), null);
});
