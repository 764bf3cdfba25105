import { shutdownTypeNames } from '../../../gen/control/types.ts';
import type { Command } from '../command.ts';
import { exitStatus } from '../exit-statuses.ts';
import { UsageError } from '../usage-error.ts';

export const shutdown: Command = {
  text: 'Stops all services in order and ends the machine.',
  group: 'machine',
  arguments: [{ name: shutdownTypeNames.join('|'), is: { kind: 'words', words: shutdownTypeNames }, text: 'what comes after the end' }],
  examples: [
    { line: 'shutdown poweroff', text: 'ends the machine and its power; a machine in a sandbox just ends' },
    {
      line: 'shutdown reboot',
      text: 'ends the machine and boots it again; a machine in a sandbox just ends, unless it was made with --reboot',
    },
  ],
  async run(context) {
    const [word = ''] = context.arguments;
    const type = shutdownTypeNames.find((name) => name === word);
    if (type === undefined) throw new UsageError(`${word} is none of ${shutdownTypeNames.join(', ')}`);
    const answer = await (await context.control()).shutdown({ type });
    context.print(context.options.json ? JSON.stringify(answer) : `the machine is going down (${type})`);
    return exitStatus.done;
  },
};
