import type { AdHocJob, JobStatusResponse } from '../../../gen/control/types.ts';
import type { Command, Context } from '../command.ts';
import { exitStatus } from '../exit-statuses.ts';
import { formatOutput } from '../format-output.ts';
import { commandLine, formatEnd, formatTime, jobMeant, stateOf } from '../jobs.ts';
import { linesAsked } from '../options.ts';
import { painter } from '../paint.ts';
import { formatInstant } from '../time.ts';
import { UsageError } from '../usage-error.ts';

export const job: Command = {
  text: 'Shows an ad-hoc job that is under way, or stops it.',
  more: [
    '`job stop ID` sends SIGTERM, kills what is left ten seconds later, and answers when nothing of it lives. ' +
      'Of an id a part is enough, where that is in the id of one job only.',
  ],
  group: 'jobs',
  arguments: [{ name: '[stop] ID', is: { kind: 'job' }, text: 'which job; behind stop: to be stopped', count: 'several' }],
  options: ['lines', 'no-wait'],
  exits: { failed: 'refused, or no such job is under way' },
  examples: [
    { line: 'job 0199c6a3-0c1e-7a54-9a3f-5c0d6b0e1f22', text: 'state, process, who submitted it, its last lines' },
    { line: 'job -n 50 5c0d', text: 'with its last 50 lines, by a part of its id' },
    { line: 'job stop 5c0d', text: 'stops it and waits for its end' },
  ],
  async run(context) {
    const [first = '', second, third] = context.arguments;
    const stops = first === 'stop';
    if (stops && second === undefined) throw new UsageError('ID is missing');
    const extra = stops ? third : second;
    if (extra !== undefined) throw new UsageError(`there is one argument too many: ${extra}`);
    return stops ? stop(context, second ?? '') : show(context, first);
  },
};

async function show(context: Context, word: string): Promise<number> {
  if (context.options.wait !== null) throw new UsageError('--no-wait is for job stop');
  const client = await context.control();
  const lines = linesAsked(context.options.values);
  const answer = await client.jobStatus({ job_id: await jobMeant(client, word), ...(lines === null ? {} : { lines }) });
  if (context.options.json) context.print(JSON.stringify(answer));
  else for (const line of format(answer, context)) context.print(line);
  return exitStatus.done;
}

async function stop(context: Context, word: string): Promise<number> {
  if (context.options.values.lines !== undefined) throw new UsageError('job stop takes no option --lines');
  const client = await context.control(true);
  const answer = await client.jobStop({ job_id: await jobMeant(client, word), wait: context.options.wait !== false });
  if (context.options.json) context.print(JSON.stringify(answer));
  else context.print(`${answer.job.job_id}: ${ended(answer.job)}`);
  return exitStatus.done;
}

const ended = (stopped: AdHocJob): string => {
  const end = formatEnd(stopped);
  return end === null ? stateOf(stopped) : `${stopped.state}: ${end}`;
};

const row = (name: string, text: string): string => `  ${name.padEnd(10)} ${text}`;

function format({ job: shown, output }: JobStatusResponse, { options }: Context): readonly string[] {
  const lines = [painter(options.color)('bold', commandLine(shown)), row('job', shown.job_id)];
  if (shown.description !== null) lines.push(row('is for', shown.description));
  lines.push(row('state', stateOf(shown)));
  const process = shown.pid === null ? 'is being made' : `${shown.pid}`;
  lines.push(row('process', `${process}, as ${shown.identity}, up ${formatTime(shown)}`));
  lines.push(row('submitted', formatInstant(shown.created_at)));
  if (shown.working_directory !== '/') lines.push(row('works in', shown.working_directory));
  for (const [index, line] of formatOutput(output, shown.job_id).entries()) lines.push(row(index === 0 ? 'output' : '', line));
  return lines;
}
