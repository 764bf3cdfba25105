/** Marked lines in the files of users. */
import t from 'tap';
import { keptLines, withKeptLines } from '../../../src/authority/kept-lines.ts';
import { createRandom } from '../../support/random.ts';
import { World } from './support.ts';

const linesOf = (world: World): ReturnType<typeof keptLines> => keptLines(world.directory());

t.test('O-31 O-80 whoever has a number has a name: accounts, groups, and what is given for services', async (t) => {
  const long = 'a-service-with-a-name-that-is-too-long';
  const keys = {
    'Accounts\\app': { Groups: ['ops'], FullName: 'the: app\n', Home: '/srv', Shell: '/bin/sh' },
    'Accounts\\fixed': { Uid: 700 },
    'Accounts\\unused': {},
    'Groups\\ops': {},
  };
  const world = new World(keys, 'ls-db:x:900:900::/:/bin/sh\n', 'svc-db:x:900:\n');
  for (const service of ['Web', 'db', long]) world.ask('LocalService', service);
  world.ask('app', 'web');
  world.ask('fixed', 'web');
  t.strictSame(linesOf(world), {
    passwd: [
      'fixed:!peinit:700:700::/:/usr/sbin/nologin',
      'ls-web:!peinit:40000:40001:LocalService of web:/:/usr/sbin/nologin',
      'ls-db-40002:!peinit:40002:40003:LocalService of db:/:/usr/sbin/nologin',
      `ls-a-service-with-a-name--40004:!peinit:40004:40005:LocalService of ${long}:/:/usr/sbin/nologin`,
      'app:!peinit:40006:40006:the  app :/srv:/bin/sh',
    ],
    group: [
      'fixed:!peinit:700:',
      'svc-web:!peinit:40001:',
      'svc-db-40003:!peinit:40003:',
      'svc-a-service-with-a-name-40005:!peinit:40005:',
      'app:!peinit:40006:',
      'ops:!peinit:40007:app',
    ],
  });
});

t.test('O-80 a user of /etc/passwd that an account is keeps its own line', async (t) => {
  const world = new World({ 'Accounts\\www': { Uid: 33 } }, 'www:x:33:33::/:/bin/sh\n', 'www:x:33:\n');
  world.ask('www', 'web');
  t.strictSame(linesOf(world), { passwd: [], group: ['svc-web:!peinit:40000:'] });
});

t.test('O-80 lines of others stay byte for byte, in their order, and writing twice changes nothing', async (t) => {
  const random = createRandom(7);
  const others = ['root:x:0:0::/root:/bin/sh', '', '# a remark', '+::::::', 'broken', 'ü:x:1:1::/:/bin/sh', 'a:!:2:2::/:', ':::'];
  for (let round = 0; round < 200; round++) {
    const foreign = Array.from({ length: random.below(6) }, () => random.pick(others));
    const mixed = foreign.flatMap((line) => (random.chance(0.4) ? [line, 'old:!peinit:40000:40000::/:/bin/sh'] : [line]));
    const ours = random.chance(0.5) ? ['new:!peinit:40001:40001::/:/bin/sh'] : [];
    const ended = mixed.length === 0 ? '' : `${mixed.join('\n')}${random.chance(0.8) ? '\n' : ''}`;
    const written = withKeptLines(ended, ours);
    t.strictSame(withKeptLines(written, ours), written);
    const kept = written.split('\n').filter((line) => !line.includes(':!peinit:'));
    const had = ended.split('\n').filter((line) => !line.includes(':!peinit:'));
    while (kept.at(-1) === '') kept.pop();
    while (had.at(-1) === '') had.pop();
    t.strictSame(kept, had);
  }
});
