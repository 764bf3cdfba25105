import t from 'tap';
import { errno } from '../../../../src/kernel/errno.ts';
import type { SimulatedProcess } from '../../../../src/linux/simulated/processes.ts';
import { createScene } from './scene.ts';

t.test('O-67 a part without processes is empty at once, and one answer is given for each question', async (t) => {
  const { containment, loop, bear, world } = createScene();
  const answers: string[] = [];
  containment.whenEmpty('web', 'main', () => answers.push('never there'));
  t.strictSame(answers, ['never there']);
  const open = world.openDescriptors();
  const main = bear('web', 'main');
  for (const name of ['one', 'two']) containment.whenEmpty('web', 'main', () => answers.push(name));
  containment.whenEmpty('web', 'hooks', () => answers.push('hooks'));
  containment.whenEmpty('web', 'tree', () => answers.push('tree'));
  loop.runFor(100);
  t.strictSame(answers.splice(0), ['never there', 'hooks']);
  main.exit(0);
  loop.runFor(100);
  t.strictSame(answers, ['one', 'two', 'tree']);
  t.strictSame(world.openDescriptors(), open);
});

t.test('O-67 it is told only when the last of those that it left is gone, and nothing is looked at while nothing ends', async (t) => {
  const scene = createScene();
  const { containment, loop, bear } = scene;
  let daemon: SimulatedProcess | null = null;
  const main = bear('web', 'main', (process) => {
    process.fork((child) => {
      child.setsid();
      daemon = child.fork((self) => self.setsid());
      child.exit(0);
    });
  });
  loop.runFor(20);
  let isEmpty = false;
  containment.whenEmpty('web', 'main', () => {
    isEmpty = true;
  });
  main.exit(0);
  loop.runFor(50);
  const before = scene.scans;
  loop.runFor(60_000);
  t.strictSame([isEmpty, scene.scans], [false, before]);
  daemon!.exit(0);
  loop.runFor(20);
  t.equal(isEmpty, true);
});

t.test('O-67 a process below a parent that lives and is nobody of that part is watched itself', async (t) => {
  const scene = createScene();
  const { containment, kernel, loop, bear, world, processes } = scene;
  // A parent that is somebody else: it has the mark of another part.
  const stranger = bear('db', 'main');
  const placement = containment.place('web', 'main', null);
  if (typeof placement === 'number') throw new Error('no place');
  const tag = placement.request.tag!;
  const child = stranger.fork(() => undefined);
  const { readFile } = kernel;
  kernel.readFile = (path, limit) =>
    path === `/proc/${child.pid}/status` ? new TextEncoder().encode(`Groups:\t${tag} \n`) : readFile(path, limit);
  const open = world.openDescriptors();
  let isEmpty = false;
  containment.whenEmpty('web', 'main', () => {
    isEmpty = true;
  });
  t.equal(world.openDescriptors().length, open.length + 1);
  const before = scene.scans;
  loop.runFor(60_000);
  t.strictSame([isEmpty, scene.scans], [false, before]);
  child.exit(0);
  loop.runFor(10);
  t.equal(isEmpty, true);
  t.strictSame(world.openDescriptors(), open);
  t.strictSame(
    processes.living().map(({ pid }) => pid),
    [stranger.pid],
  );
});

t.test('without a descriptor to look with it is looked again until there is one', async (t) => {
  const { containment, loop, faults, bear } = createScene();
  const main = bear('web', 'main');
  loop.runFor(10);
  const heal = faults.add({ call: 'scanProcesses', errno: errno.EMFILE });
  let isEmpty = false;
  containment.whenEmpty('web', 'main', () => {
    isEmpty = true;
  });
  main.exit(0);
  loop.runFor(1000);
  t.strictSame([isEmpty, containment.members('web', 'main')], [false, null]);
  heal();
  loop.runFor(200);
  t.equal(isEmpty, true);
});

t.test('a tree that still holds somebody stays', async (t) => {
  const { containment, loop, bear, members } = createScene();
  const main = bear('web', 'main');
  loop.runFor(10);
  t.strictSame(members('web'), [main.pid]);
  t.equal(containment.remove('web'), -errno.EBUSY);
  t.strictSame(containment.ownerOf(main.pid), { tree: 'web', part: 'main' });
});
