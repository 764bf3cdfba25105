/** Ad-hoc jobs on a real machine: submitted over the socket and by `peiosctl run`, by SYSTEM and by those who may not. */
import { existsSync, readFileSync } from 'node:fs';
import type { Test } from 'tap';
import t from 'tap';
import type { SubmittedJob } from '../../../clients/typescript/jobs.ts';
import { jobsSocketPath, submitJob } from '../../../clients/typescript/jobs.ts';
import type { JobLine, SubmitRequest } from '../../../gen/jobs/types.ts';
import { container } from '../../support/in-container.ts';
import type { Machine } from '../../support/machine.ts';
import { bootSettled, cannotRun, shell, withServices } from '../../support/machine.ts';
import { until } from '../../support/wait.ts';

const skip = cannotRun;

const submit = (machine: Machine, request: SubmitRequest): Promise<SubmittedJob> =>
  submitJob(request, { path: machine.path(jobsSocketPath) });
const script = (text: string, more: Partial<SubmitRequest> = {}): SubmitRequest => ({
  image_path: '/bin/sh',
  arguments: ['-c', text],
  ...more,
});

async function all(job: SubmittedJob): Promise<readonly JobLine[]> {
  const lines: JobLine[] = [];
  for await (const line of job) lines.push(line);
  return lines;
}

const textsOf = (lines: readonly JobLine[]): readonly (string | undefined)[] =>
  lines.filter(({ kind }) => kind === 'output').map(({ text }) => text);

/** No process of any job is left, and no cgroup. */
function expectNothing(test: Test, machine: Machine, ...jobs: readonly SubmittedJob[]): void {
  for (const { id } of jobs) {
    test.strictSame(machine.processes(`@job-${id}`), []);
    if (!container) test.notOk(existsSync(machine.path(`/sys/fs/cgroup/peinit/@job-${id}`)));
  }
}

t.test('JFS-001 JFS-006 JFS-009 JFS-010 JFS-012 EXEC-032 a job is what its request says, and nothing of it stays', { skip }, async (t) => {
  const machine = await bootSettled(t);
  const events = (await machine.client()).subscribe({ events: ['job.*', 'operation.*'] })[Symbol.asyncIterator]();
  const next = events.next();
  const text = 'echo "$A $0 $(pwd)"; readlink /proc/self/fd/0; ls /proc/self/fd | wc -l; cat /proc/self/cgroup >&2; cat; exit 3';
  const job = await submit(machine, { ...script(text, { environment: { A: 'b' }, working_directory: '/usr' }), description: 'a test' });
  const lines = await all(job);
  // What ls itself has open is one more.
  t.strictSame(textsOf(lines.filter(({ stream }) => stream !== 'stderr')), ['b /bin/sh /usr', '/dev/null', '4']);
  const cgroups = textsOf(lines.filter(({ stream }) => stream === 'stderr'));
  if (!container)
    t.ok(
      cgroups.some((line) => line?.endsWith(`/peinit/@job-${job.id}`)),
      cgroups.join(),
    );
  const { at, ...end } = lines.at(-1) as JobLine;
  t.strictSame(end, { kind: 'ended', lost: 0, final_state: 'failed', exit_code: 3, failure_cause: 'exited with code 3' });
  t.match(at, /^20\d\d-/);
  const told = [(await next).value, (await events.next()).value, (await events.next()).value];
  t.strictSame(
    told.map((line) => [line?.event, line?.payload?.job_id, line?.payload?.service]),
    ['job.created', 'job.started', 'job.ended'].map((name) => [name, job.id, null]),
    'and no operation',
  );
  t.match(told[2]?.payload, { type: 'ad_hoc', operation_id: null, identity: 'SYSTEM', final_state: 'failed', exit_code: 3 });
  t.match(told[2]?.payload, { token_summary: { user: 'S-1-5-18', service_sid: null } });
  expectNothing(t, machine, job);
});

t.test(
  'JFS-011 O-92 a job that ignores SIGTERM, and what it has put into the background, is killed ten seconds after its timeout',
  { skip },
  async (t) => {
    const machine = await bootSettled(t);
    const stubborn = 'trap "" TERM; (setsid sh -c "trap \'\' TERM; while :; do sleep 0.1; done" &); echo up; while :; do sleep 0.1; done';
    const before = Date.now();
    const job = await submit(machine, script(stubborn, { timeout: 1 }));
    const lines = await all(job);
    const tookMs = Date.now() - before;
    t.match(lines.at(-1), {
      kind: 'ended',
      final_state: 'failed',
      exit_signal: 9,
      failure_cause: /SIGKILL.*longer than its timeout of 1 s/,
    });
    t.ok(tookMs > 10_900 && tookMs < 14_000, `${tookMs} ms`);
    expectNothing(t, machine, job);
  },
);

t.test('O-92 what a job leaves behind, forked twice and with a session of its own, is killed when it ends', { skip }, async (t) => {
  const machine = await bootSettled(t);
  const job = await submit(
    machine,
    script('setsid sh -c "sleep 1000 & echo \\$! > /run/left; exec sleep 1000" & until [ -s /run/left ]; do :; done'),
  );
  t.match((await all(job)).at(-1), { kind: 'ended', final_state: 'completed', exit_code: 0 });
  const left = Number(readFileSync(machine.path('/run/left'), 'utf8'));
  t.not((await machine.run('kill', '-0', String(left))).status, 0, 'it is gone');
  expectNothing(t, machine, job);
});

t.test('JFS-002 SEC-023 whoever has no SeCreateJobPrivilege gets no job, which is told', { skip }, async (t) => {
  const machine = await bootSettled(t);
  const client = await machine.client();
  const events = client.subscribe({ events: ['access.denied', 'job.*'] })[Symbol.asyncIterator]();
  const next = events.next();
  const user = ['setpriv', '--reuid', '1000', '--regid', '1000', '--clear-groups'];
  const refused = await machine.run(...user, 'peiosctl', 'run', '--', 'touch', '/run/here');
  t.equal(refused.status, 125);
  t.match(refused.stderr, /^peiosctl: ACCESS_DENIED: S-1-22-1-1000 is not known to hold SeCreateJobPrivilege/);
  t.match((await next).value, {
    event: 'access.denied',
    payload: { sid: 'S-1-22-1-1000', target: null, privilege: 'SeCreateJobPrivilege' },
  });
  t.notOk(existsSync(machine.path('/run/here')));
  const job = await submit(machine, script('exec sleep 1000'));
  const seen = await machine.run(...user, 'peiosctl', 'jobs', '--json');
  t.strictSame(JSON.parse(seen.stdout), { status: 'ok', jobs: [] });
  const stopped = await machine.run(...user, 'peiosctl', 'job', 'stop', job.id);
  t.match([stopped.status, stopped.stderr].join(' '), /^1 peiosctl: ACCESS_DENIED: job-stop needs SYSTEM_STOP_JOBS on the machine/);
  t.equal((await (await machine.client()).jobs({})).jobs.length, 1);
});

t.test('JFS-004 peiosctl run shows what a job says, ends as it does, and passes Ctrl-C on', { skip }, async (t) => {
  const machine = await bootSettled(t);
  const one = await machine.run('peiosctl', 'run', 'sh', '-c', 'echo out; echo err >&2; exit 7');
  t.strictSame([one.status, one.stdout, one.stderr], [7, 'out\n', 'err\n']);
  const two = await machine.run('peiosctl', 'run', '--', 'sh', '-c', 'kill -KILL $$');
  t.strictSame([two.status, two.stderr], [137, 'peiosctl: the job was killed by SIGKILL (9)\n']);
  const none = await machine.run('peiosctl', 'run', '/none');
  t.strictSame([none.status, none.stderr], [127, 'peiosctl: there is no program /none\n']);
  const interrupted = await machine.run(
    'sh',
    '-c',
    'peiosctl run -- sh -c "trap \'echo asked; exit 4\' TERM; echo up; while :; do sleep 0.05; done" > /run/said & ' +
      'until grep -q up /run/said; do sleep 0.05; done; kill -INT $!; wait $!; echo $?; cat /run/said',
  );
  t.equal(interrupted.stdout, '4\nup\nasked\n');
  const unread = await machine.run('sh', '-c', 'peiosctl run yes | head -n 1');
  t.equal(unread.stdout, 'y\n');
  const client = await machine.client();
  await until('the job whose reader is gone ends', async () => (await client.jobs({})).jobs.length === 0);
  const detached = await machine.run('peiosctl', 'run', '-d', '--', 'sh', '-c', 'echo begun; exec sleep 1000');
  const id = detached.stdout.trim();
  t.match(id, /^[0-9a-f-]{36}$/);
  await until('its line is there', async () => /begun/.test((await machine.run('peiosctl', 'job', id)).stdout));
  const stopped = await machine.run('peiosctl', 'job', 'stop', id);
  t.match(stopped.stdout, new RegExp(`^${id}: failed: was killed by SIGTERM \\(15\\); it was stopped by S-1-5-18`));
  t.strictSame((await client.jobs({})).jobs, []);
});

t.test('O-92 a submitter that is killed leaves its job running', { skip }, async (t) => {
  const machine = await bootSettled(t);
  const killed = await machine.run(
    'sh',
    '-c',
    'peiosctl run -- sh -c "echo up > /run/up; until [ -e /run/go ]; do sleep 0.05; done; echo done > /run/done" & ' +
      'until [ -s /run/up ]; do sleep 0.05; done; kill -KILL $!; wait $!; touch /run/go',
  );
  t.equal(killed.status, 0);
  await until('the job has done its work', () => existsSync(machine.path('/run/done')));
  const client = await machine.client();
  await until('it is gone', async () => (await client.jobs({})).jobs.length === 0);
});

t.test('O-93 JFS-013 sixty-four jobs and no more; a shutdown ends them before the services', { skip }, async (t) => {
  const machine = await bootSettled(t, {
    registry: withServices({ web: { ...shell('exec sleep 1000'), Readiness: 'Alive', Triggers: ['boot'] } }),
  });
  const jobs = await Promise.all(Array.from({ length: 64 }, () => submit(machine, script('echo up; exec sleep 1000'))));
  await t.rejects(submit(machine, script('true')), {
    code: 'LIMIT_REACHED',
    message: /^64 jobs are under way, as many as may be \(MaxJobs\)/,
  });
  const client = await machine.client();
  t.equal((await client.jobs({})).jobs.length, 64);
  const [first, ...others] = jobs;
  t.match(await client.jobStop({ job_id: first?.id ?? '' }), { job: { state: 'failed', exit_signal: 15 } });
  others.push(await submit(machine, script('echo up; exec sleep 1000')));
  const ends = others.map(all);
  const { status } = await machine.powerOff();
  t.equal(status, 0);
  for (const lines of await Promise.all(ends))
    t.match(lines.at(-1), { kind: 'ended', final_state: 'failed', exit_signal: 15, failure_cause: /the machine is shutting down$/ });
});

t.test(
  'ID-017 JFS-005 JFS-008 who is granted the privilege has jobs as itself, with the groups that the kernel saw it in',
  { skip },
  async (t) => {
    const machine = await bootSettled(t, { authority: true });
    const granted = await machine.run('peiosctl', 'principal', 'grant', 'S-1-22-1-1000', 'SeCreateJobPrivilege');
    t.equal(granted.status, 0, granted.stderr);
    const user = ['setpriv', '--reuid', '1000', '--regid', '1000', '--groups', '27'];
    const seen = await machine.run(...user, 'peiosctl', 'run', 'sh', '-c', 'id -u; id -g; id -G; grep NoNewPrivs /proc/self/status');
    const [uid, gid, groups = '', noNewPrivileges] = seen.stdout.split('\n');
    t.strictSame([seen.status, uid, gid, noNewPrivileges], [0, '1000', '1000', 'NoNewPrivs:\t1'], seen.stderr);
    const [own, other, mark, ...more] = groups.split(' ').map(Number);
    t.strictSame([own, other, more], [1000, 27, []]);
    t.ok((mark ?? 0) > 1000, 'and the mark of its token');
    // What a job submits is its submitter's as well: the token is that of the job.
    const nested = await machine.run(...user, 'peiosctl', 'run', 'peiosctl', 'run', 'id', '-u');
    t.strictSame([nested.status, nested.stdout], [0, '1000\n'], nested.stderr);
    const job = (await machine.run(...user, 'peiosctl', 'run', '-d', 'sleep', '1000')).stdout.trim();
    const stranger = ['setpriv', '--reuid', '1001', '--regid', '1001', '--clear-groups', 'peiosctl'];
    t.match((await machine.run(...stranger, 'job', 'stop', job)).stderr, /ACCESS_DENIED/);
    t.equal((await machine.run(...user, 'peiosctl', 'job', 'stop', job)).status, 0, 'its own');
  },
);
