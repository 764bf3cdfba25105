import type { Command } from '../command.ts';
import { exitStatus, takeArguments } from '../command.ts';
import { formatExplanation } from '../format-explanation.ts';
import { painter } from '../paint.ts';

export const explain: Command = {
  usage: 'SERVICE',
  text: 'Tells why a service is as it is and what a start would do, without doing it.',
  async run(context) {
    const [service = ''] = takeArguments(context, 'SERVICE');
    const answer = await (await context.control()).explain({ service });
    if (context.options.json) context.print(JSON.stringify(answer));
    else for (const line of formatExplanation(answer, painter(context.options.color), context.options.width)) context.print(line);
    return exitStatus.done;
  },
};
