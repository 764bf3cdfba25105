import t from 'tap';
import type { SimulatedProcess } from '../../../../src/linux/simulated/processes.ts';
import { capabilities, createScene, escapes } from './scene.ts';

const noGroups = { mappedIds: 1 };
const modes = [
  ['group', {}],
  ['namespace', noGroups],
  ['environment', { ...noGroups, capabilities: capabilities.none }],
] as const;

/** The process forks one that forks another and goes; that one gives up what it has. */
const doubleFork = (given: readonly (keyof typeof escapes)[], found: (orphan: SimulatedProcess) => void) => (process: SimulatedProcess) => {
  process.fork((child) => {
    const orphan = child.fork(() => undefined);
    for (const each of given) escapes[each](orphan);
    found(orphan);
    child.exit(0);
  });
};

for (const [mark, options] of modes) {
  t.test(`O-66 by ${mark}: a process that forked twice and took a session of its own still belongs to its start`, async (t) => {
    const { containment, loop, bear, members } = createScene(options);
    t.equal(containment.mark, mark);
    let orphan = 0;
    const main = bear(
      'web',
      'main',
      doubleFork(['session'], ({ pid }) => {
        orphan = pid;
      }),
    );
    const other = bear('db', 'main');
    loop.runFor(50);
    t.strictSame(
      [members('web', 'main'), members('db'), members('web', 'hooks'), members('nobody')],
      [[main.pid, orphan], [other.pid], [], []],
    );
    t.strictSame(
      [containment.ownerOf(orphan), containment.ownerOf(other.pid)],
      [
        { tree: 'web', part: 'main' },
        { tree: 'db', part: 'main' },
      ],
    );
    main.exit(0);
    loop.runFor(50);
    t.strictSame(members('web', 'main'), [orphan]);
  });
}

t.test('O-66 one thing that an orphan kept is enough to find it', async (t) => {
  for (const [mark, options] of modes)
    for (const kept of ['groups', 'session', 'environment'] as const) {
      // What no mark is of groups is no loss.
      if (kept === 'groups' && mark !== 'group') continue;
      const { loop, bear, members } = createScene(options);
      let orphan = 0;
      const given = (['groups', 'session', 'environment'] as const).filter((each) => each !== kept);
      const main = bear(
        'web',
        'main',
        doubleFork(given, ({ pid }) => {
          orphan = pid;
        }),
      );
      loop.runFor(50);
      main.exit(0);
      loop.runFor(50);
      t.strictSame(members('web'), [orphan], `${mark}: kept ${kept}`);
    }
});

t.test('O-66 who gives up everything is known by its parent, and stays known when that is gone', async (t) => {
  const { loop, bear, members } = createScene();
  let worker: SimulatedProcess | null = null;
  const main = bear('web', 'main', (process) => {
    worker = process.fork(() => undefined);
    for (const giveUp of Object.values(escapes)) giveUp(worker);
  });
  loop.runFor(10);
  const pid = worker!.pid;
  t.strictSame(members('web'), [main.pid, pid]);
  main.exit(0);
  loop.runFor(10);
  t.strictSame(members('web'), [pid]);
  const grandchild = (worker as unknown as SimulatedProcess).fork(() => undefined);
  loop.runFor(30);
  t.strictSame(members('web'), [pid, grandchild.pid]);
});

t.test('O-66 a number that another process has now says nothing of it', async (t) => {
  const scene = createScene();
  const rows = [
    { pid: 300, parent: 1, session: 300, start: 7, namespace: 0 },
    { pid: 301, parent: 300, session: 300, start: 8, namespace: 0 },
  ];
  scene.kernel.scanProcesses = () => rows;
  const placement = scene.containment.place('web', 'main', null);
  if (typeof placement === 'number') throw new Error('no place');
  placement.born(300);
  t.strictSame(scene.members('web'), [300, 301]);
  scene.containment.reaped([300]);
  rows.splice(0, 2, { pid: 301, parent: 1, session: 301, start: 9, namespace: 0 });
  scene.loop.runFor(1);
  t.strictSame(scene.members('web'), []);
});

t.test('O-66 a tag of the identity is the mark, and each part has its own', async (t) => {
  const { containment, loop, bear, members } = createScene();
  const given = 0x50000777;
  const main = bear('web', 'main', () => undefined, given);
  const hook = bear('web', 'hooks');
  loop.runFor(10);
  t.strictSame(main.request.tag, undefined);
  t.strictSame(hook.request.tag, 0x50000000);
  const placement = containment.place('web', 'hooks', null);
  if (typeof placement === 'number') throw new Error('no place');
  t.strictSame([placement.request, placement.environment], [{ cgroup: -1, tag: 0x50000000 }, ['PEINIT_PART=web/hooks']]);
  t.strictSame([members('web', 'main'), members('web', 'hooks'), members('web')], [[main.pid], [hook.pid], [main.pid, hook.pid]]);
});

t.test('O-65 when nobody lives there the tag is given back, and the next start has another', async (t) => {
  const { containment, loop, bear } = createScene();
  const first = bear('web', 'main', (process) => process.exit(0));
  loop.runFor(10);
  containment.whenEmpty('web', 'main', () => undefined);
  t.strictSame([first.request.tag, bear('web', 'main').request.tag], [0x50000000, 0x50000001]);
});

t.test('namespaces are held open as long as somebody lives there, and then closed', async (t) => {
  const { containment, world, loop, bear } = createScene(noGroups);
  const before = world.openDescriptors();
  const main = bear('web', 'main');
  bear('db', 'main', (process) => process.exit(0));
  loop.runFor(10);
  t.equal(world.openDescriptors().length, before.length + 2);
  containment.whenEmpty('db', 'main', () => undefined);
  t.equal(world.openDescriptors().length, before.length + 1);
  main.exit(0);
  loop.runFor(10);
  t.equal(containment.remove('web'), 0);
  t.strictSame(world.openDescriptors(), before);
});
