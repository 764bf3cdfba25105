import type { Command } from '../command.ts';
import { exitStatus } from '../command.ts';

export const events: Command = {
  usage: '[GLOB...]',
  text: 'Shows events as they happen, one JSON object a line.',
  async run(context) {
    const client = await context.control();
    const request = context.arguments.length > 0 ? { events: [...context.arguments] } : {};
    for await (const line of client.subscribe(request)) context.print(JSON.stringify(line));
    context.complain('the stream has ended');
    return exitStatus.unreachable;
  },
};
