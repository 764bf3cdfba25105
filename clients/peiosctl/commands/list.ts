import type { Command } from '../command.ts';
import { exitStatus } from '../exit-statuses.ts';
import { painter, paintState, table } from '../paint.ts';

export const list: Command = {
  text: 'Lists all services with state, cause and health.',
  group: 'services',
  arguments: [],
  examples: [
    { line: 'list', text: 'a table of all services that you may look at' },
    { line: "list --json | jq -r '.services[].service'", text: 'their names only' },
  ],
  async run(context) {
    const answer = await (await context.control()).list({});
    if (context.options.json) {
      context.print(JSON.stringify(answer));
      return exitStatus.done;
    }
    const paint = painter(context.options.color);
    const rows = answer.services.map(({ service, state, cause, health }) => [service, state, cause ?? '-', health ?? '-']);
    const lines = table([['SERVICE', 'STATE', 'CAUSE', 'HEALTH'], ...rows], (row, column, padded) => {
      const entry = answer.services[row - 1];
      if (entry === undefined) return paint('bold', padded);
      return column === 1 ? paintState(paint, entry.state, padded) : padded;
    });
    for (const line of lines) context.print(line);
    // registryd is always there.
    if (answer.services.length === 0) context.complain('there is no service that you may look at; as uid 0 you see all');
    return exitStatus.done;
  },
};
