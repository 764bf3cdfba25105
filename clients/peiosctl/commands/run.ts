import { basename, dirname, join } from 'node:path';
import type { JobLine, SubmitRequest } from '../../../gen/jobs/types.ts';
import { ControlClient } from '../../typescript/generated/client.ts';
import type { SubmittedJob } from '../../typescript/jobs.ts';
import { jobsSocketPath, SubmitRefused, submitJob } from '../../typescript/jobs.ts';
import { ConnectionError } from '../../typescript/transport.ts';
import type { Command, Context } from '../command.ts';
import { exitStatus } from '../exit-statuses.ts';
import type { Values } from '../options.ts';
import { whenReaderIsGone } from '../output.ts';
import { findProgram } from '../program-path.ts';
import { UsageError } from '../usage-error.ts';

/** Where there was no job, as docker run and timeout have it: a job may end with any of the others itself. */
const noJob = 125;
const cannotRun = 126;
const notFound = 127;
const bySignal = 128;
const sigint = 2;
const sigpipe = 13;

export const run: Command = {
  text: 'Runs a program as an ad-hoc job, as yourself.',
  more: [
    'peinit runs it in a cgroup of its own, with the environment of services, in / unless --cwd says otherwise, and nothing to read. ' +
      'Its output comes here line by line, and it ends with the status of the job. Ctrl-C stops the job; ' +
      'when this command is killed or loses its terminal the job goes on.',
    'It needs SeCreateJobPrivilege, which SYSTEM holds. What the program leaves behind is killed when it ends.',
  ],
  group: 'jobs',
  arguments: [{ name: 'COMMAND', is: { kind: 'file' }, text: 'program, looked for in PATH, and its arguments', count: 'several' }],
  options: ['timeout', 'env', 'cwd', 'description', 'detach'],
  alsoTakes: ['follow'],
  ownExits: [
    ['0', 'the job ended with 0'],
    ['N', 'it ended with N'],
    ['1', 'it ended with 0 after its timeout had stopped it'],
    ['2', 'a wrong call'],
    ['125', 'there was no job: refused, or peinit cannot be reached'],
    ['126', 'the program could not be run'],
    ['127', 'there is no such program'],
    ['128+N', 'signal N has killed it'],
  ],
  examples: [
    { line: 'run -- ls -l /', text: 'runs it and shows what it says' },
    { line: 'run --timeout 60 -e LEVEL=9 --cwd /srv -- backup --all', text: 'with a limit of a minute, a variable, and a directory' },
    { line: "run --detach --description 'nightly backup' -- backup", text: 'prints the id of the job once it runs' },
  ],
  async run(context) {
    const { values } = context.options;
    if (values.follow === true && values.detach === true) throw new UsageError('--follow and --detach contradict each other');
    const [name = '', ...rest] = context.arguments;
    const request = requestOf(values, rest);
    const program = await findProgram(name, process.env['PATH'], process.cwd());
    if (program === null) {
      context.complain(`there is no program ${name}${name.includes('/') ? '' : ' in PATH'}`);
      return notFound;
    }
    try {
      // Beside the control socket.
      const path = values.socket === undefined ? jobsSocketPath : join(dirname(values.socket), basename(jobsSocketPath));
      const onTurnedAway = (): void => context.complain('peinit has no place for one more job at the moment; trying again for 5 s');
      const job = await submitJob({ ...request, image_path: program }, { path, onTurnedAway });
      return await (values.detach === true ? detach(context, job) : follow(context, job));
    } catch (error) {
      if (error instanceof SubmitRefused) context.complain(`${error.code}: ${error.message}`);
      else if (error instanceof ConnectionError) context.complain(error.message);
      else throw error;
      return noJob;
    }
  },
};

function requestOf({ cwd, description, env = [], timeout }: Values, words: readonly string[]): Omit<SubmitRequest, 'image_path'> {
  if (timeout !== undefined && (!/^\d{1,10}$/.test(timeout) || Number(timeout) > 0xffffffff))
    throw new UsageError(`--timeout takes a whole number of seconds, not ${timeout}`);
  const variables = env.map((entry): [string, string] => {
    const at = entry.indexOf('=');
    if (at < 1) throw new UsageError(`--env takes NAME=VALUE, not ${entry}`);
    return [entry.slice(0, at), entry.slice(at + 1)];
  });
  return {
    ...(words.length === 0 ? {} : { arguments: words }),
    ...(variables.length === 0 ? {} : { environment: Object.fromEntries(variables) }),
    ...(timeout === undefined ? {} : { timeout: Number(timeout) }),
    ...(cwd === undefined ? {} : { working_directory: absolute(cwd) }),
    ...(description === undefined ? {} : { description }),
  };
}

const absolute = (path: string): string => (path.startsWith('/') ? path : `${process.cwd()}/${path}`);

/** Waits until it runs: before that, whoever leaves takes it along. */
async function detach(context: Context, job: SubmittedJob): Promise<number> {
  for await (const line of job) {
    if (line.kind === 'ended') return statusOf(context, line);
    if (line.kind !== 'started') continue;
    context.print(context.options.json ? JSON.stringify({ job_id: job.id }) : job.id);
    break;
  }
  job.leave();
  return exitStatus.done;
}

async function follow(context: Context, job: SubmittedJob): Promise<number> {
  let isAsked = false;
  /** Once is a question, twice is an end. */
  const stop = (signal: number, then: () => void): void => {
    if (isAsked) process.exit(bySignal + signal);
    isAsked = true;
    askToEnd(context, job.id)
      .then(then)
      .catch((error: unknown) => {
        context.complain(`the job ${job.id} could not be stopped: ${error instanceof Error ? error.message : String(error)}`);
        process.exit(bySignal + signal);
      });
  };
  const interrupted = (): void => stop(sigint, () => undefined);
  // A program whose reader is gone would end by itself; this one is asked to.
  whenReaderIsGone(() => stop(sigpipe, () => process.exit(bySignal + sigpipe)));
  process.on('SIGINT', interrupted);
  try {
    for await (const line of job) {
      if (context.options.json) context.print(JSON.stringify(line));
      else show(context, line);
      if (line.kind === 'ended') return statusOf(context, line);
    }
    return noJob;
  } finally {
    process.off('SIGINT', interrupted);
  }
}

async function askToEnd(context: Context, id: string): Promise<void> {
  const transport = await context.connect();
  try {
    await new ControlClient(transport).jobStop({ job_id: id, wait: false });
  } finally {
    transport.close();
  }
}

function show(context: Context, { kind, lost, stream, text = '' }: JobLine): void {
  if (kind === 'output') (stream === 'stderr' ? process.stderr : process.stdout).write(`${text}\n`);
  else if (kind === 'lagged')
    context.complain(`${lost === 1 ? '1 line was' : `${lost} lines were`} lost here: they came faster than they were taken`);
}

/** What is not seen in the status is said. */
function statusOf(context: Context, { exit_code: code, exit_signal: signal, failure_cause: cause, final_state: state }: JobLine): number {
  const isPlain = code !== undefined && (code !== 0 || state === 'completed');
  if (!isPlain && cause !== undefined) context.complain(code === undefined && signal === undefined ? cause : `the job ${cause}`);
  if (code !== undefined) return code === 0 && state !== 'completed' ? exitStatus.failed : code;
  if (signal !== undefined) return bySignal + signal;
  return state === 'abandoned' ? bySignal + 9 : cannotRun;
}
