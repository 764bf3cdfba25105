import type { Command } from '../command.ts';
import { exitStatus } from '../exit-statuses.ts';

export const events: Command = {
  text: 'Shows events as they happen, one JSON object a line.',
  group: 'machine',
  arguments: [
    { name: 'GLOB', is: { kind: 'text' }, text: 'names of events, * for any run of characters; all when left out', count: 'any' },
  ],
  exits: { unreachable: 'the stream has ended, or peinit cannot be reached' },
  examples: [
    { line: "events 'service.*'", text: 'each step of each service' },
    { line: "events 'operation.*' 'log'", text: 'what is asked for, and what peinit has to say' },
  ],
  async run(context) {
    const client = await context.control(true);
    const request = context.arguments.length > 0 ? { events: [...context.arguments] } : {};
    for await (const line of client.subscribe(request)) context.print(JSON.stringify(line));
    context.complain('the stream has ended');
    return exitStatus.unreachable;
  },
};
