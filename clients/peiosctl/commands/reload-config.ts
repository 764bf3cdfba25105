import type { Command } from '../command.ts';
import { exitStatus } from '../exit-statuses.ts';
import { hanging } from '../paint.ts';

export const reloadConfig: Command = {
  text: 'Reads all definitions again, as a whole or not at all.',
  more: ['peinit watches the registry, so this mostly says that nothing has changed; where a definition is wrong it says what is.'],
  group: 'machine',
  arguments: [],
  exits: { failed: 'refused: a definition is wrong, and the ones before stay in force' },
  examples: [{ line: 'reload-config', text: 'makes sure that what the registry says is in force' }],
  async run(context) {
    const answer = await (await context.control()).reloadConfig({});
    if (context.options.json) {
      context.print(JSON.stringify(answer));
      return exitStatus.done;
    }
    const changes = Object.entries(answer.summary).filter(([, names]) => names.length > 0);
    if (changes.length === 0) context.print('nothing has changed');
    for (const [what, names] of changes) context.print(`${what.replace('_', ' ')}: ${names.join(', ')}`);
    for (const warning of answer.warnings)
      for (const line of hanging('', `warning: ${warning}`, context.options.width)) context.print(line);
    return exitStatus.done;
  },
};
