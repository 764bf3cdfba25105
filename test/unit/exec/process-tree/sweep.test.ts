import t from 'tap';
import { errno } from '../../../../src/kernel/errno.ts';
import type { Kernel } from '../../../../src/kernel/kernel.ts';
import type { Program, SimulatedProcess } from '../../../../src/linux/simulated/processes.ts';
import { createScene } from './scene.ts';

/** Signals to processes in order, as `SIGNAL PID`. */
const noting = (sent: string[]) => (kernel: Kernel) => {
  const pids = new Map<number, number>();
  return {
    openProcess(pid: number) {
      const pidfd = kernel.openProcess(pid);
      pids.set(pidfd, pid);
      return pidfd;
    },
    signal(pidfd: number, signal: number) {
      sent.push(`${signal} ${pids.get(pidfd)}`);
      return kernel.signal(pidfd, signal);
    },
  };
};

t.test('O-68 a kill stops all before it kills any, and leaves others alone', async (t) => {
  const sent: string[] = [];
  const { containment, loop, processes, bear } = createScene({}, noting(sent));
  const children: number[] = [];
  const main = bear('web', 'main', (process) => {
    for (let count = 0; count < 2; count++) children.push(process.fork(() => undefined).pid);
  });
  const hook = bear('web', 'hooks');
  const other = bear('db', 'main');
  loop.runFor(10);
  t.equal(containment.kill('web', 'main'), 0);
  const all = [main.pid, ...children];
  t.strictSame(sent, [...all.map((pid) => `19 ${pid}`), ...all.map((pid) => `9 ${pid}`)]);
  loop.runFor(50);
  t.strictSame(
    processes.living().map(({ pid }) => pid),
    [hook.pid, other.pid],
  );
  containment.kill('web', 'tree');
  loop.runFor(50);
  t.strictSame(
    processes.living().map(({ pid }) => pid),
    [other.pid],
  );
});

t.test('O-68 who forks while it is looked for is met in the next round, and none outlives the kill', async (t) => {
  // Each look lets those that are not stopped fork once more: twelve times, then there is no room for more.
  let forks = 12;
  let isKilling = false;
  const every: SimulatedProcess[] = [];
  const forker: Program = () => undefined;
  const scene = createScene({}, (kernel) => ({
    scanProcesses(namespace) {
      const rows = kernel.scanProcesses(namespace);
      for (const process of isKilling && forks-- > 0 ? [...every] : [])
        if (process.alive && !process.stopped) every.push(process.fork(forker));
      return rows;
    },
  }));
  const { containment, loop, processes, bear } = scene;
  every.push(bear('web', 'main', forker));
  const other = bear('db', 'main');
  loop.runFor(10);
  isKilling = true;
  containment.kill('web', 'main');
  let isEmpty = false;
  containment.whenEmpty('web', 'main', () => {
    isEmpty = true;
  });
  loop.runFor(100);
  t.ok(every.length > 4, `${every.length} processes`);
  t.strictSame([processes.living().map(({ pid }) => pid), isEmpty], [[other.pid], true]);
});

t.test('O-68 one that lets others go on before it is stopped itself is met as well', async (t) => {
  const { containment, loop, processes, bear, kernel } = createScene();
  let first: SimulatedProcess | null = null;
  bear('web', 'main', (process) => {
    first = process.fork(() => undefined);
  });
  loop.runFor(10);
  const { signal } = kernel;
  let once = true;
  kernel.signal = (pidfd, number) => {
    const result = signal(pidfd, number);
    if (number === 9 && once) {
      once = false;
      // As a process of root could do, in the moment before it is killed.
      first!.fork((child) => child.onSignal(15, () => undefined));
    }
    return result;
  };
  containment.kill('web', 'main');
  loop.runFor(200);
  t.strictSame(processes.living(), []);
});

t.test('a kill that has no descriptors is tried again until it can be done', async (t) => {
  for (const call of ['scanProcesses', 'openProcess'] as const) {
    const { containment, loop, processes, faults, bear } = createScene();
    bear('web', 'main');
    loop.runFor(10);
    const heal = faults.add({ call, errno: errno.EMFILE });
    containment.kill('web', 'main');
    loop.runFor(500);
    t.equal(processes.living().length, 1, call);
    heal();
    loop.runFor(200);
    t.equal(processes.living().length, 0, call);
  }
});

t.test('many are stopped and killed in portions, and others have their turns between', async (t) => {
  const { containment, loop, processes, bear } = createScene();
  bear('web', 'main', (process) => {
    for (let count = 0; count < 1500; count++) process.fork(() => undefined);
  });
  loop.runFor(10);
  const seen: number[] = [];
  const look = (): void => {
    seen.push(processes.living().length);
    if (seen.length < 10) loop.defer(look);
  };
  containment.kill('web', 'main');
  loop.defer(look);
  loop.runFor(200);
  t.ok(seen.filter((count) => count > 0).length >= 3, `living in each turn: ${seen.join(' ')}`);
  t.equal(processes.living().length, 0);
});

t.test('what is born after a kill is not killed for what lived there before', async (t) => {
  const { containment, loop, processes, bear } = createScene();
  const stuck = bear('web', 'main', (process) => process.hang());
  loop.runFor(10);
  containment.kill('web', 'tree');
  loop.runFor(10);
  const next = bear('web', 'main');
  loop.runFor(10);
  stuck.letGo();
  loop.runFor(1000);
  t.strictSame(
    processes.living().map(({ pid }) => pid),
    [next.pid],
  );
});

t.test('O-20 signals reach all but one, also those that are born meanwhile, each once and in order', async (t) => {
  const sent: string[] = [];
  const { containment, loop, bear } = createScene({}, noting(sent));
  let child = 0;
  const main = bear('web', 'main', (process) => {
    const one = process.fork((self) => self.onSignal(15, () => undefined));
    child = one.pid;
  });
  loop.runFor(10);
  containment.signal('web', 'main', [15, 18], main.pid);
  t.strictSame(sent, [`15 ${child}`, `18 ${child}`]);
});

t.test('a number that is another process by now gets no signal', async (t) => {
  const sent: string[] = [];
  let stat: Uint8Array | null = null;
  const { containment, loop, bear, members } = createScene({}, (kernel) => ({
    ...noting(sent)(kernel),
    readFile: (path, limit) => (stat !== null && path.endsWith('/stat') ? stat : kernel.readFile(path, limit)),
  }));
  const main = bear('web', 'main');
  loop.runFor(10);
  t.strictSame(members('web'), [main.pid]);
  stat = new TextEncoder().encode(`${main.pid} (x) S 1 1 1 ${'0 '.repeat(13)}1 0 999999 0\n`);
  containment.signal('web', 'main', [15], null);
  containment.kill('web', 'main');
  loop.runFor(10);
  t.strictSame([sent, main.alive], [[], true]);
});
