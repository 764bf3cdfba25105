import type { Command } from '../command.ts';
import { exitStatus } from '../exit-statuses.ts';
import { formatEvent, uselessGlob } from '../format-event.ts';

export const events: Command = {
  text: 'Shows events as they happen, one a line.',
  more: ['With --json each line is one JSON object, with all that is known. Output of services is no event: `status -n 50 NAME` shows it.'],
  group: 'machine',
  arguments: [
    { name: 'GLOB', is: { kind: 'event' }, text: 'names of events, * for any run of characters; all when left out', count: 'any' },
  ],
  exits: { unreachable: 'the stream has ended, or peinit cannot be reached' },
  examples: [
    { line: "events 'service.*'", text: 'each step of each service' },
    { line: "events 'operation.*' 'log'", text: 'what is asked for, and what peinit has to say' },
    { line: "events 'service.*' --json | grep '\"web\"'", text: 'each step of web, for programs' },
  ],
  async run(context) {
    const client = await context.control(true);
    const request = context.arguments.length > 0 ? { events: [...context.arguments] } : {};
    for (const glob of context.arguments) {
      const useless = uselessGlob(glob);
      if (useless !== null) context.complain(useless);
    }
    for await (const line of client.subscribe(request))
      context.print(context.options.json ? JSON.stringify(line) : formatEvent(context.shown(line)));
    context.complain('the stream has ended');
    return exitStatus.unreachable;
  },
};
