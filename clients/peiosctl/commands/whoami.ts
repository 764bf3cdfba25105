import type { Command } from '../command.ts';
import { exitStatus } from '../exit-statuses.ts';
import { formatWhoami } from '../format-whoami.ts';
import { painter } from '../paint.ts';

export const whoami: Command = {
  text: 'Shows who you are to peinit: user, groups, privileges, and what you may do with the machine.',
  more: ['What you may do with a service is told by `status` and, for all of them, `list --json` (granted).'],
  group: 'machine',
  arguments: [],
  examples: [{ line: 'whoami', text: 'whose rights count for the other commands' }],
  async run(context) {
    const answer = await (await context.control()).whoami({});
    if (context.options.json) context.print(JSON.stringify(answer));
    else for (const line of formatWhoami(answer, painter(context.options.color), context.options.width)) context.print(line);
    return exitStatus.done;
  },
};
