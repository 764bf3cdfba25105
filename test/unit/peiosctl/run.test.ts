import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { commandLine, formatEnd, formatTime, jobMeant, stateOf } from '../../../clients/peiosctl/jobs.ts';
import { parseWords } from '../../../clients/peiosctl/options.ts';
import { findProgram } from '../../../clients/peiosctl/program-path.ts';
import type { AdHocJob } from '../../../gen/control/types.ts';

const job: AdHocJob = {
  job_id: '01a22f7b-fc6b-7000-a507-842700000000',
  state: 'running',
  stopping: false,
  identity: 'SYSTEM',
  submitter: 'S-1-5-18',
  description: null,
  image_path: '/bin/sh',
  arguments: ['-c', "echo 'x'", 'a b', ''],
  working_directory: '/',
  pid: 1,
  created_at: 't',
  started_at: 't',
  uptime_seconds: 63,
  timeout: 0,
  exit_code: null,
  exit_signal: null,
  failure_cause: null,
};

t.test('what stands behind the program of run belongs to it', async (t) => {
  const commands = ['run', 'stop'];
  for (const [line, words, options] of [
    ['run ls -l -la /', ['run', 'ls', '-l', '-la', '/'], {}],
    ['run --timeout 5 -e A=b --env=C=d ls --json', ['run', 'ls', '--json'], { timeout: '5', env: ['A=b', 'C=d'] }],
    ['--json run -d ls -d', ['run', 'ls', '-d'], { json: true, detach: true }],
    ['run -- -x', ['run', '-x'], {}],
    ['run --cwd run run --help', ['run', 'run', '--help'], { cwd: 'run' }],
    ['stop web --strict', ['stop', 'web'], { strict: true }],
    ['run --help', ['run'], { help: true }],
  ] as const) {
    const { positionals, values } = parseWords(line.split(' '), commands);
    t.strictSame([positionals, { ...values }], [words, options], line);
  }
});

t.test('a program is looked for as a shell does, and one with a slash where it says', async (t) => {
  const directory = t.testdir({});
  for (const name of ['one', 'two']) mkdirSync(join(directory, name));
  mkdirSync(join(directory, 'one/tool'));
  writeFileSync(join(directory, 'one/plain'), '');
  for (const name of ['two/tool', 'two/plain']) {
    writeFileSync(join(directory, name), '');
    chmodSync(join(directory, name), 0o755);
  }
  const path = `${join(directory, 'one')}:two`;
  t.equal(await findProgram('tool', path, directory), join(directory, 'two/tool'), 'no directory');
  t.equal(await findProgram('plain', path, directory), join(directory, 'two/plain'), 'nothing that may not be run');
  t.equal(await findProgram('none', path, directory), null);
  t.equal(await findProgram('', path, directory), null);
  t.equal(await findProgram('./one/plain', path, directory), join(directory, 'one/plain'), 'whether it may be run peinit says');
  t.equal(await findProgram('one/none', path, directory), null);
});

t.test('jobs in words', async (t) => {
  t.equal(commandLine(job), "/bin/sh -c 'echo '\\''x'\\''' 'a b' ''");
  t.strictSame(
    [stateOf(job), stateOf({ ...job, stopping: true }), stateOf({ ...job, stopping: true, state: 'failed' })],
    ['running', 'stopping', 'failed'],
  );
  t.strictSame(
    [formatTime(job), formatTime({ ...job, timeout: 120 }), formatTime({ ...job, uptime_seconds: null })],
    ['1 min 3 s', '1 min 3 s of 2 min', '-'],
  );
  t.equal(formatEnd(job), null);
  t.equal(formatEnd({ ...job, state: 'completed', exit_code: 0 }), 'exited with code 0');
  t.equal(formatEnd({ ...job, state: 'failed', exit_signal: 9, failure_cause: 'was killed' }), 'was killed');
});

t.test('a part of an id is enough where it is in one only', async (t) => {
  const other = { ...job, job_id: '01a22f7b-fc6b-7000-a508-842800000000' };
  const client = { jobs: async () => ({ jobs: [job, other] }) } as never;
  t.equal(await jobMeant(client, '8427'), job.job_id);
  t.equal(await jobMeant(client, 'A507'), job.job_id);
  t.equal(await jobMeant(client, job.job_id.toUpperCase()), job.job_id.toUpperCase(), 'whole ones are not looked for');
  await t.rejects(jobMeant(client, '01a2'), { message: `01a2 may be ${job.job_id} or ${other.job_id}` });
  await t.rejects(jobMeant(client, 'ffff'), { message: /^no job that is under way has ffff in its id/ });
  await t.rejects(jobMeant(client, 'a50'), { message: /^a50 is no id of a job/ });
  await t.rejects(jobMeant(client, 'web1'), { message: /^web1 is no id of a job/ });
});
