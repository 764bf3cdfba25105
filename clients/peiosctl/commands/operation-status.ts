import type { Command } from '../command.ts';
import { exitStatus } from '../exit-statuses.ts';
import { formatOperation } from '../format-status.ts';

export const operationStatus: Command = {
  text: 'Shows an operation, up to 60 seconds after its end.',
  group: 'services',
  arguments: [{ name: 'ID', is: { kind: 'text' }, text: 'id of the operation, as `start --json` and `status` show it' }],
  examples: [{ line: 'operation-status 01a20d28-1c94-7000-8123-154800000000', text: 'who asked for what, and what became of it' }],
  async run(context) {
    const [id = ''] = context.arguments;
    const answer = await (await context.control()).operationStatus({ operation_id: id });
    if (context.options.json) context.print(JSON.stringify(answer));
    else for (const line of formatOperation(answer, context.options.width)) context.print(line);
    return exitStatus.done;
  },
};
