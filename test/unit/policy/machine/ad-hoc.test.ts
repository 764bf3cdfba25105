import t from 'tap';
import type { Effect, JobRecord } from '../../../../src/policy/effects.ts';
import type { Submission, Submitter } from '../../../../src/policy/events.ts';
import type { Rig } from '../../../support/policy-rig.ts';
import { createRig, define } from '../../../support/policy-rig.ts';
import { systemFacts } from '../../../support/token-facts.ts';

const system: Submitter = { sid: 'S-1-5-18', owner: 'S-1-5-18', isSystem: true, identity: 'SYSTEM', captured: null };
const user = (number: number): Submitter => {
  const sid = `S-1-22-1-${number}`;
  return { sid, owner: sid, isSystem: false, identity: `user${number}`, captured: number };
};

const plain: Submission = {
  argv: ['/bin/work', 'hard'],
  environment: ['A=1'],
  workingDirectory: '/srv',
  timeoutSeconds: 0,
  description: null,
  submitter: system,
};

const facts = systemFacts;
let tickets = 0;

/** Submits; the id of the job, or what was said instead. */
function submit(rig: Rig, change: Partial<Submission> = {}, limits = { total: 64, perUser: 16 }): string {
  rig.send({ kind: 'submit-job', submission: { ...plain, ...change }, limits, ticket: ++tickets });
  for (const effect of rig.last) {
    if (effect.kind === 'job-accepted') return effect.job;
    if (effect.kind === 'job-refused') return `${effect.code}: ${effect.problem}`;
  }
  throw new Error('neither accepted nor refused');
}

const treeOf = (job: string): string => `@job-${job}`;
const recordOf = (rig: Rig): JobRecord => {
  const changed = rig.effects.filter((effect) => effect.kind === 'job-changed').at(-1);
  if (changed === undefined) throw new Error('no job has changed');
  return changed.job;
};
const gone = (rig: Rig): readonly string[] => rig.effects.flatMap((effect) => (effect.kind === 'job-gone' ? [effect.job.id] : []));
const kinds = (effects: readonly Effect[]): readonly string[] => effects.map(({ kind }) => kind);
const originOf = (job: string): string => `jobs/${job}`;
const runs = (rig: Rig, job: string): void => rig.runs(originOf(job));
const exits = (rig: Rig, job: string, code: number | null, signal: number | null = null): void => rig.exits(originOf(job), code, signal);
const signals = (rig: Rig): readonly number[] => rig.effects.flatMap((effect) => (effect.kind === 'signal' ? [effect.signal] : []));

t.test('JFS-003 JFS-004 JFS-006 JFS-009 JFS-012 EXEC-039 a job is told, accepted and only then made, in a cgroup of its own', async (t) => {
  const rig = createRig();
  rig.holdsTokens = true;
  const job = submit(rig);
  t.strictSame(kinds(rig.last), ['job-changed', 'job-accepted', 'request-token']);
  t.strictSame(rig.last[2], {
    kind: 'request-token',
    job,
    service: treeOf(job),
    key: treeOf(job),
    requiredPrivileges: null,
    identity: 'SYSTEM',
  });
  rig.send({ kind: 'token-done', job, outcome: { ok: true, token: 5, facts } });
  t.strictSame(rig.last, [
    {
      kind: 'spawn',
      job,
      service: treeOf(job),
      key: treeOf(job),
      type: 'ad_hoc',
      tree: treeOf(job),
      part: 'tree',
      prepareTree: true,
      argv: ['/bin/work', 'hard'],
      origin: { service: treeOf(job), part: null, index: null },
      process: {
        environment: ['A=1'],
        globalVariables: true,
        workingDirectory: '/srv',
        limits: { nofile: null, core: null },
        critical: false,
        runtimeDirectories: [],
        notifies: false,
        takesStored: false,
        keepsStored: false,
        watchdogUsec: null,
        mainPid: null,
      },
      token: 5,
    },
  ]);
  runs(rig, job);
  const { type, service, operation, identity, imagePath, arguments: words, state } = recordOf(rig);
  t.strictSame(
    { type, service, operation, identity, imagePath, words, state },
    { type: 'ad_hoc', service: null, operation: null, identity: 'SYSTEM', imagePath: '/bin/work', words: ['hard'], state: 'running' },
  );
  t.strictSame(rig.policy.state.operations.size, 0);
});

t.test('ID-017 the token of a job is a duplicate of what its submitter was seen with', async (t) => {
  const rig = createRig();
  rig.holdsTokens = true;
  const job = submit(rig, { submitter: user(1000) });
  t.strictSame(rig.last.at(-1), {
    kind: 'request-token',
    job,
    service: treeOf(job),
    key: treeOf(job),
    requiredPrivileges: null,
    identity: 'user1000',
    captured: 1000,
  });
  rig.send({ kind: 'token-done', job, outcome: { ok: false, message: 'no token for it' } });
  t.match(recordOf(rig), { state: 'failed', failureCause: 'no token for it', exitCode: null, exitSignal: null });
  t.strictSame(gone(rig), [job], 'it is forgotten at once');
  t.strictSame(rig.policy.jobs(), []);
});

t.test('JFS-010 JOB-008 at its end the rest of it is killed, its cgroup goes, and then the job', async (t) => {
  const rig = createRig();
  const job = submit(rig);
  runs(rig, job);
  exits(rig, job, 0);
  const part = { service: treeOf(job), tree: treeOf(job), part: 'tree' } as const;
  t.match(rig.last[0], { kind: 'job-changed', job: { id: job, state: 'completed', exitCode: 0, failureCause: null } });
  t.strictSame(rig.last.slice(1, 3), [
    { kind: 'kill-cgroup', ...part },
    { kind: 'await-empty', ...part },
  ]);
  t.strictSame(gone(rig), []);
  rig.empties(treeOf(job));
  t.strictSame(
    kinds(rig.last),
    ['disarm-deadline', 'remove-tree', 'job-gone'],
    'nothing is run again, and nothing of it is armed any more',
  );
  t.strictSame([...rig.policy.state.adHoc.keys(), ...rig.policy.state.trees.keys(), ...rig.policy.state.jobs.keys()], []);
  t.strictSame(
    [...rig.policy.state.deadlines.values()].flatMap((of) => [...of.keys()]),
    [],
  );
});

t.test('JFS-010 a cgroup that is empty before the process is reaped does not end the job', async (t) => {
  const rig = createRig();
  const job = submit(rig);
  runs(rig, job);
  rig.send({ kind: 'stop-job', job, by: 'somebody' });
  rig.pass(10);
  rig.empties(treeOf(job));
  t.strictSame(gone(rig), []);
  exits(rig, job, null, 9);
  t.strictSame(gone(rig), [job]);
  t.match(recordOf(rig), { state: 'failed', exitSignal: 9, failureCause: 'was killed by SIGKILL (9); it was stopped by somebody' });
});

t.test('JFS-013 exit 0 alone is success', async (t) => {
  for (const [code, signal, state, cause] of [
    [0, null, 'completed', null],
    [3, null, 'failed', 'exited with code 3'],
    [null, 15, 'failed', 'was killed by SIGTERM (15)'],
  ] as const) {
    const rig = createRig();
    const job = submit(rig);
    runs(rig, job);
    exits(rig, job, code, signal);
    t.match(recordOf(rig), { state, exitCode: code, exitSignal: signal, failureCause: cause });
  }
});

t.test(
  'JFS-011 JOB-002 a job over its timeout gets SIGTERM and SIGCONT, ten seconds later SIGKILL for all of it, and has failed',
  async (t) => {
    const rig = createRig();
    const job = submit(rig, { timeoutSeconds: 5 });
    rig.pass(100);
    t.strictSame(signals(rig), [], 'its time begins with its program');
    runs(rig, job);
    rig.pass(4.999);
    t.strictSame(signals(rig), []);
    rig.pass(0.001);
    t.strictSame(signals(rig), [15, 18]);
    rig.pass(9.999);
    t.notOk(rig.effects.some(({ kind }) => kind === 'kill-cgroup'));
    rig.pass(0.001);
    t.ok(rig.effects.some(({ kind }) => kind === 'kill-cgroup'));
    exits(rig, job, null, 9);
    t.match(recordOf(rig), { state: 'failed', failureCause: 'was killed by SIGKILL (9); it had run longer than its timeout of 5 s' });
    const other = submit(rig, { timeoutSeconds: 1 });
    runs(rig, other);
    rig.pass(1);
    exits(rig, other, 0);
    t.match(recordOf(rig), { state: 'failed', exitCode: 0 }, 'also when it ends with 0 then');
  },
);

t.test('JFS-006 a timeout of 0 is none', async (t) => {
  const rig = createRig();
  const job = submit(rig);
  runs(rig, job);
  rig.pass(100_000);
  t.strictSame(signals(rig), []);
  t.match(rig.policy.job(job), { timeoutSeconds: 0, stopping: false });
});

t.test('O-92 what outlives SIGKILL is given up after five seconds: the job is gone, its cgroup goes when it is empty', async (t) => {
  const rig = createRig();
  const job = submit(rig);
  runs(rig, job);
  exits(rig, job, 0);
  rig.pass(5);
  t.strictSame(gone(rig), [job]);
  t.match(recordOf(rig), { state: 'completed' }, 'its main process did end');
  t.match(
    rig.effects.findLast(({ kind }) => kind === 'report'),
    { level: 'warning', service: null, text: /processes of job .* outlived SIGKILL in cgroup peinit\/@job-/ },
  );
  t.notOk(rig.effects.some(({ kind }) => kind === 'remove-tree'));
  rig.empties(treeOf(job));
  t.ok(rig.effects.some((effect) => effect.kind === 'remove-tree' && effect.tree === treeOf(job)));
  t.strictSame(rig.policy.state.trees.size, 0);
});

t.test('JOB-002 a main process that outlives SIGKILL leaves the job abandoned, and its late end changes nothing', async (t) => {
  const rig = createRig();
  const job = submit(rig);
  runs(rig, job);
  rig.send({ kind: 'stop-job', job, by: 'somebody' });
  rig.pass(15);
  t.match(recordOf(rig), { state: 'abandoned', failureCause: 'outlived SIGKILL', exitCode: null, exitSignal: null });
  t.strictSame(gone(rig), [job]);
  exits(rig, job, null, 9);
  rig.empties(treeOf(job));
  t.strictSame(gone(rig), [job]);
});

t.test('a second request to stop changes nothing', async (t) => {
  const rig = createRig();
  const job = submit(rig, { timeoutSeconds: 3 });
  runs(rig, job);
  rig.send({ kind: 'stop-job', job, by: 'one' });
  rig.pass(5);
  rig.send({ kind: 'stop-job', job, by: 'another' });
  t.strictSame(rig.last, []);
  t.match(rig.policy.job(job), { stopping: true });
  rig.pass(5);
  t.ok(
    rig.effects.some(({ kind }) => kind === 'kill-cgroup'),
    'ten seconds after the first',
  );
  rig.send({ kind: 'stop-job', job: 'nobody', by: 'one' });
  t.strictSame(rig.last, []);
});

t.test('O-92 a job whose submitter leaves before its process is made is taken back; later it goes on', async (t) => {
  const rig = createRig();
  rig.holdsTokens = true;
  const job = submit(rig);
  rig.send({ kind: 'submitter-gone', job });
  t.strictSame(kinds(rig.last), ['cancel-token', 'job-changed', 'job-gone']);
  t.match(recordOf(rig), { state: 'failed', failureCause: 'its program was never run; its submitter has left', pid: null });
  rig.send({ kind: 'token-done', job, outcome: { ok: true, token: 9, facts } });
  t.strictSame(rig.last, [{ kind: 'drop-token', token: 9 }]);
  const other = submit(rig);
  rig.send({ kind: 'token-done', job: other, outcome: { ok: true, token: 10, facts } });
  rig.send({ kind: 'submitter-gone', job: other });
  t.strictSame(rig.last, []);
});

t.test('a job whose program is being set up is killed when it is stopped', async (t) => {
  const rig = createRig();
  const job = submit(rig);
  rig.send({ kind: 'stop-job', job, by: 'somebody' });
  t.strictSame(signals(rig), []);
  t.ok(rig.effects.some(({ kind }) => kind === 'kill-cgroup'));
  rig.setupFails(originOf(job), 'child');
  rig.empties(treeOf(job));
  t.strictSame(gone(rig), [job]);
});

t.test('O-93 no more jobs than the limits say: of all, and of each submitter that is not SYSTEM', async (t) => {
  const rig = createRig();
  const limits = { total: 4, perUser: 2 };
  const first = submit(rig, { submitter: user(1) }, limits);
  submit(rig, { submitter: user(1) }, limits);
  t.equal(
    submit(rig, { submitter: user(1) }, limits),
    'LIMIT_REACHED: 2 jobs of S-1-22-1-1 are under way, as many as one submitter may have (MaxJobsPerUser)',
  );
  t.notMatch(submit(rig, { submitter: { ...user(1), owner: 'S-1-5-80-1' } }, limits), /^LIMIT_REACHED/, 'its user is not what counts');
  submit(rig, {}, limits);
  t.equal(submit(rig, {}, limits), 'LIMIT_REACHED: 4 jobs are under way, as many as may be (MaxJobs)');
  runs(rig, first);
  exits(rig, first, 0);
  t.match(submit(rig, { submitter: user(1) }, limits), /^LIMIT_REACHED/, 'one whose cgroup is not empty still counts');
  rig.empties(treeOf(first));
  t.notMatch(submit(rig, { submitter: user(1) }, limits), /^LIMIT_REACHED/);
  t.equal(rig.policy.jobs().length, 4);
});

t.test('JFS-013 a shutdown refuses new jobs and stops those that run with the first wave; the next one waits for them', async (t) => {
  const rig = createRig([
    define('base', { triggers: [{ type: 'boot' }] }),
    define('web', { triggers: [{ type: 'boot' }], requires: ['base'] }),
  ]);
  rig.runs('base');
  rig.runs('web');
  const job = submit(rig);
  runs(rig, job);
  rig.send({ kind: 'shutdown', type: 'poweroff', forced: false, reason: 'test' });
  t.strictSame(signals(rig), [15, 18, 15, 18], 'the job and web');
  t.equal(submit(rig), 'INVALID_STATE: the machine is shutting down, and takes no more jobs');
  rig.exits('web', null, 15);
  rig.empties('web');
  t.match(rig.is('web'), /^inactive/);
  t.match(rig.is('base'), /^active/);
  exits(rig, job, 0);
  t.match(recordOf(rig), { id: job, state: 'completed' });
  rig.empties(treeOf(job));
  t.match(rig.is('base'), /^stopping/);
});

t.test('JFS-013 a shutdown without services waits for the jobs, one that is forced kills them', async (t) => {
  for (const forced of [false, true]) {
    const rig = createRig();
    const job = submit(rig);
    runs(rig, job);
    rig.send({ kind: 'shutdown', type: 'halt', forced, reason: 'test' });
    t.equal(
      rig.effects.some(({ kind }) => kind === 'kill-cgroup'),
      forced,
    );
    t.notOk(rig.effects.some(({ kind }) => kind === 'services-stopped'));
    exits(rig, job, null, forced ? 9 : 15);
    rig.empties(treeOf(job));
    t.ok(rig.effects.some(({ kind }) => kind === 'services-stopped'));
  }
});

t.test('a job survives a copy of the state', async (t) => {
  const rig = createRig();
  const job = submit(rig, { description: 'backup', submitter: user(7) });
  runs(rig, job);
  const copy = createRig([], { state: structuredClone(rig.policy.state) });
  t.strictSame(copy.policy.jobs(), rig.policy.jobs());
});
