import type { Command } from '../command.ts';
import { exitStatus } from '../exit-statuses.ts';
import { commandLine, formatTime, stateOf } from '../jobs.ts';
import { painter, table } from '../paint.ts';
import { shortened } from '../text-width.ts';

/** What is left of a line for the command. */
const shownCommand = 60;

export const jobs: Command = {
  text: 'Lists ad-hoc jobs that are under way.',
  more: ['Your own, and with the right SYSTEM_QUERY_JOBS those of others. Nothing is kept of one that has ended.'],
  group: 'jobs',
  arguments: [],
  examples: [
    { line: 'jobs', text: 'a table: id, state, who it runs as, how long, what' },
    { line: "jobs --json | jq -r '.jobs[].job_id'", text: 'their ids only' },
  ],
  async run(context) {
    const answer = await (await context.control()).jobs({});
    if (context.options.json) {
      context.print(JSON.stringify(answer));
      return exitStatus.done;
    }
    if (answer.jobs.length === 0) {
      context.complain('there is no job under way that you may look at');
      return exitStatus.done;
    }
    const paint = painter(context.options.color);
    const rows = answer.jobs.map((job) => [
      job.job_id,
      stateOf(job),
      job.identity,
      formatTime(job),
      shortened(job.description ?? commandLine(job), shownCommand),
    ]);
    const lines = table([['JOB', 'STATE', 'AS', 'UP', 'WHAT'], ...rows], (row, _column, padded) =>
      row === 0 ? paint('bold', padded) : padded,
    );
    for (const line of lines) context.print(line);
    return exitStatus.done;
  },
};
