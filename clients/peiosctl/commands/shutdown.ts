import { shutdownTypeNames } from '../../../gen/control/types.ts';
import type { Command } from '../command.ts';
import { exitStatus, takeArguments } from '../command.ts';
import { UsageError } from '../usage-error.ts';

export const shutdown: Command = {
  usage: `${shutdownTypeNames.join('|')}`,
  text: 'Stops all services in order and ends the machine.',
  async run(context) {
    const [word = ''] = takeArguments(context, shutdownTypeNames.join('|'));
    const type = shutdownTypeNames.find((name) => name === word);
    if (type === undefined) throw new UsageError(`${word} is none of ${shutdownTypeNames.join(', ')}`);
    const answer = await (await context.control()).shutdown({ type });
    context.print(context.options.json ? JSON.stringify(answer) : `the machine is going down (${type})`);
    return exitStatus.done;
  },
};
