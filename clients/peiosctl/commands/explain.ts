import type { Command } from '../command.ts';
import { exitStatus } from '../exit-statuses.ts';
import { formatExplanation } from '../format-explanation.ts';
import { painter } from '../paint.ts';

export const explain: Command = {
  text: 'Tells why a service is as it is and what a start would do, without doing it.',
  more: ['+ holds, > is started first, x is stopped first, ~ is waited for, . does not matter, ! stands in the way.'],
  group: 'services',
  arguments: [{ name: 'SERVICE', is: { kind: 'service' }, text: 'name of the service' }],
  examples: [{ line: 'explain web', text: 'conditions, dependencies and conflicts as a start would judge them' }],
  async run(context) {
    const [service = ''] = context.arguments;
    const answer = await (await context.control()).explain({ service });
    if (context.options.json) context.print(JSON.stringify(answer));
    else for (const line of formatExplanation(answer, painter(context.options.color), context.options.width)) context.print(line);
    return exitStatus.done;
  },
};
