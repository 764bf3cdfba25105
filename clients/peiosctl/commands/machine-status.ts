import type { Command } from '../command.ts';
import { exitStatus } from '../exit-statuses.ts';
import { formatMachine } from '../format-status.ts';

export const machineStatus: Command = {
  text: 'Shows how far the machine is.',
  group: 'machine',
  arguments: [],
  options: ['wait'],
  exits: { failed: 'refused, or the machine is in Recovery' },
  examples: [
    { line: 'machine-status', text: 'phase, mode, warnings, what failed' },
    { line: 'machine-status --wait', text: 'answers once the machine has settled, stops or is in Recovery' },
  ],
  async run(context) {
    const wait = context.options.wait === true;
    const answer = await (await context.control(wait)).machineStatus(wait ? { wait } : {});
    if (context.options.json) context.print(JSON.stringify(answer));
    else for (const line of formatMachine(answer, context.options.width)) context.print(line);
    return answer.phase === 'recovery' ? exitStatus.failed : exitStatus.done;
  },
};
