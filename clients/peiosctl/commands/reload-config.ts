import type { Command } from '../command.ts';
import { exitStatus, takeArguments } from '../command.ts';

export const reloadConfig: Command = {
  usage: '',
  text: 'Reads all definitions again, as a whole or not at all.',
  async run(context) {
    takeArguments(context);
    const answer = await (await context.control()).reloadConfig({});
    if (context.options.json) {
      context.print(JSON.stringify(answer));
      return exitStatus.done;
    }
    const changes = Object.entries(answer.summary).filter(([, names]) => names.length > 0);
    if (changes.length === 0) context.print('nothing has changed');
    for (const [what, names] of changes) context.print(`${what.replace('_', ' ')}: ${names.join(', ')}`);
    for (const warning of answer.warnings) context.print(`warning: ${warning}`);
    return exitStatus.done;
  },
};
