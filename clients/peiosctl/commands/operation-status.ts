import type { Command } from '../command.ts';
import { exitStatus, takeArguments } from '../command.ts';
import { formatOperation } from '../format-status.ts';

export const operationStatus: Command = {
  usage: 'ID',
  text: 'Shows an operation, up to 60 seconds after its end.',
  async run(context) {
    const [id = ''] = takeArguments(context, 'ID');
    const answer = await (await context.control()).operationStatus({ operation_id: id });
    if (context.options.json) context.print(JSON.stringify(answer));
    else for (const line of formatOperation(answer, Date.now(), context.options.width)) context.print(line);
    return exitStatus.done;
  },
};
