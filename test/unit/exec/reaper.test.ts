import t from 'tap';
import type { LiveJob } from '../../../src/exec/live-jobs.ts';
import { createLiveJobs } from '../../../src/exec/live-jobs.ts';
import { createReaper } from '../../../src/exec/reaper.ts';
import type { ExitStatus, Kernel } from '../../../src/kernel/kernel.ts';

/** A reaper of children that the test names; `order` is what it did. */
function createScene() {
  const order: string[] = [];
  let ended: ExitStatus[] = [];
  /** Trees of which nothing lives. */
  const empty = new Set<string>();
  const jobs = createLiveJobs();
  const kernel: Pick<Kernel, 'reap' | 'close'> = {
    reap: () => ended.splice(0),
    close(fd) {
      order.push(`close ${fd}`);
      return 0;
    },
  };
  const reap = createReaper({
    kernel: kernel as Kernel,
    jobs,
    containment: () => ({
      reaped: (pids) => void order.push(`gone ${pids.join(' ')}`),
      isEmpty: (tree, part) => part === 'main' && empty.has(tree),
      members: (tree, part) => (tree === 'web' && part === 'main' ? new Set([11, 12]) : null),
    }),
    drainNotify: () => void order.push('drain'),
    others(status) {
      order.push(`other ${status.pid}`);
      return true;
    },
    tokenEnds: ({ id }, isEmpty) => void order.push(`token of ${id}${isEmpty ? ', the last' : ''}`),
    post({ kind, job, exitCode, signal, coreDumped, left, empty: isEmpty }) {
      const words = [`left ${left}${isEmpty === true ? ', empty' : ''}`, jobs.byId(job) === undefined ? 'forgotten' : 'still there'];
      order.push([kind, job, exitCode, signal, coreDumped, ...words].map(String).join(' '));
    },
  });
  const add = (id: string, pid: number, settleSetup: LiveJob['settleSetup'] = null): LiveJob => {
    const job: LiveJob = {
      id,
      service: 'web',
      key: 'web',
      type: 'service_main',
      tree: 'web',
      part: 'main',
      pid,
      pidfd: 100 + pid,
      running: true,
      settleSetup,
    };
    jobs.add(job);
    return job;
  };
  const end = (...statuses: readonly Partial<ExitStatus>[]): void => {
    ended = statuses.map((each) => ({ pid: 0, exitCode: null, signal: null, coreDumped: false, ...each }));
    reap();
  };
  return { order, jobs, empty, add, end };
}

t.test('NTF-005 SIG-002 the last words are heard once before any end is told, and each child is told as what it is', async (t) => {
  const { order, add, end } = createScene();
  add('a', 10);
  add('b', 11);
  end({ pid: 11, signal: 11, coreDumped: true }, { pid: 12, exitCode: 0 }, { pid: 10, exitCode: 3 });
  t.strictSame(order, [
    'gone 11 12 10',
    'drain',
    'close 111',
    'token of b',
    'job-exited b null 11 true left 2 forgotten',
    'other 12',
    'close 110',
    'token of a',
    'job-exited a 3 null false left 2 forgotten',
  ]);
});

t.test('where no child has ended, nothing is done', async (t) => {
  const { order, end } = createScene();
  end();
  t.strictSame(order, []);
});

t.test('EXEC-018 the error pipe of a child that has ended is read first: one that never ran is no job any more', async (t) => {
  const { order, jobs, add, end } = createScene();
  const failed = add('failed', 10, () => {
    order.push('settle failed');
    jobs.remove(failed);
  });
  add('ran', 11, () => void order.push('settle ran'));
  end({ pid: 10, exitCode: 127 }, { pid: 11, exitCode: 0 });
  t.strictSame(order, [
    'gone 10 11',
    'drain',
    'settle failed',
    'other 10',
    'settle ran',
    'close 111',
    'token of ran',
    'job-exited ran 0 null false left 2 forgotten',
  ]);
});

t.test('that nothing else lives where it was born is told with its end', async (t) => {
  const { order, empty, add, end } = createScene();
  empty.add('web');
  add('last', 10);
  end({ pid: 10, exitCode: 0 });
  t.strictSame(order, ['gone 10', 'drain', 'close 110', 'token of last, the last', 'job-exited last 0 null false left 0, empty forgotten']);
});
