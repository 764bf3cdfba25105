import t from 'tap';
import type { LiveJob } from '../../../src/exec/live-jobs.ts';
import { createLiveJobs } from '../../../src/exec/live-jobs.ts';

const job = (id: string, pid: number, change: Partial<LiveJob> = {}): LiveJob => ({
  id,
  service: 'web',
  key: 'web',
  type: 'service_main',
  tree: 'web',
  part: 'main',
  pid,
  pidfd: 3,
  running: true,
  settleSetup: null,
  ...change,
});

t.test('a job is found by its id and its pid until it is removed', async (t) => {
  const jobs = createLiveJobs();
  const [one, other] = [job('a', 10), job('b', 11)];
  jobs.add(one);
  jobs.add(other);
  t.strictSame([jobs.byId('a'), jobs.byPid(10)], [one, one]);
  jobs.remove(one);
  t.strictSame([jobs.byId('a'), jobs.byPid(10), jobs.mainOfPid(10)], [undefined, undefined, null]);
  t.strictSame([jobs.byId('b'), jobs.byPid(11)], [other, other]);
});

t.test('NTF-004 only a main process that runs may notify', async (t) => {
  const jobs = createLiveJobs();
  jobs.add(job('main', 10));
  jobs.add(job('unborn', 11, { running: false }));
  jobs.add(job('hook', 12, { type: 'pre_exec_hook' }));
  t.strictSame(
    [10, 11, 12, 13].map((pid) => jobs.mainOfPid(pid)),
    ['main', null, null, null],
  );
});

t.test('jobs are found by where they were born, and by their service', async (t) => {
  const jobs = createLiveJobs();
  const main = job('main', 10);
  const hook = job('hook', 11, { part: 'hooks' });
  const other = job('other', 12, { tree: 'db', service: 'Db', key: 'db' });
  for (const each of [main, hook, other]) jobs.add(each);
  t.strictSame(
    [jobs.bornIn('web', 'tree'), jobs.bornIn('web', 'main'), jobs.bornIn('web', 'hooks'), jobs.bornIn('nobody', 'tree')],
    [[main, hook], [main], [hook], []],
  );
  t.strictSame([jobs.ofService('web'), jobs.ofService('db')], [[main, hook], [other]]);
  jobs.remove(main);
  t.strictSame([jobs.bornIn('web', 'tree'), jobs.ofService('web')], [[hook], [hook]]);
});
