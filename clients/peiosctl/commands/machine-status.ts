import type { Command } from '../command.ts';
import { exitStatus, takeArguments } from '../command.ts';
import { formatMachine } from '../format-status.ts';

export const machineStatus: Command = {
  usage: '[--wait]',
  text: 'Shows how far the machine is; with --wait once it has settled, stops or is in recovery.',
  options: ['wait'],
  async run(context) {
    takeArguments(context);
    const answer = await (await context.control()).machineStatus(context.options.wait === true ? { wait: true } : {});
    if (context.options.json) context.print(JSON.stringify(answer));
    else for (const line of formatMachine(answer, Date.now(), context.options.width)) context.print(line);
    return answer.phase === 'recovery' ? exitStatus.failed : exitStatus.done;
  },
};
