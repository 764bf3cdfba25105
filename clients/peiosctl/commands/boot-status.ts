import type { Command } from '../command.ts';
import { exitStatus } from '../exit-statuses.ts';
import { formatBootStatus } from '../format-boot-status.ts';

export const bootStatus: Command = {
  text: 'Shows whether this boot counts as a success, what it waits for, and how boots before it ended.',
  more: [
    'A boot succeeds when all critical services have held for BootSuccessGrace seconds.',
    'After three that did not (peios.bootattempts) the next boot is Recovery, a shell on the console.',
  ],
  group: 'machine',
  arguments: [],
  options: ['clear'],
  examples: [
    { line: 'boot-status', text: 'which attempt this is, and what is still to come' },
    { line: 'boot-status --clear', text: 'count boots from 0 again, for example before leaving Recovery' },
  ],
  async run(context) {
    const control = await context.control();
    if (context.options.values.clear === true) {
      const answer = await control.clearBootAttempts({});
      const was = answer.attempt === null ? '' : `; this one was attempt ${answer.attempt}`;
      context.print(context.options.json ? JSON.stringify(answer) : `boots count from 0 again${was}`);
      return exitStatus.done;
    }
    const answer = context.shown(await control.bootStatus({}));
    if (context.options.json) context.print(JSON.stringify(answer));
    else for (const line of formatBootStatus(answer, context.options.width)) context.print(line);
    return exitStatus.done;
  },
};
