import type { State } from '../../../gen/service/types.ts';
import type { Command } from '../command.ts';
import { exitStatus } from '../exit-statuses.ts';
import { limitsOf } from '../granted.ts';
import { painter, paintState, table } from '../paint.ts';
import { matching } from '../service-names.ts';
import { formatSpan } from '../time.ts';

const failedStates: ReadonlySet<State> = new Set(['failed', 'abandoned', 'backoff']);

/** `in 3 h`. */
const formatLeft = (next: string): string => `in ${formatSpan((Date.parse(next) - Date.now()) / 1000, 1)}`;

export const list: Command = {
  text: 'Lists services with state, cause and health, and when a timer runs one next.',
  group: 'services',
  arguments: [{ name: 'SERVICE', is: { kind: 'service' }, text: 'names, or patterns that match names; all when left out', count: 'any' }],
  options: ['failed'],
  examples: [
    { line: 'list', text: 'a table of all services that you may look at' },
    { line: "list 'web-*'", text: 'those whose names begin with web-' },
    { line: 'list --failed', text: 'what has failed' },
    { line: "list --json | jq -r '.services[].service'", text: 'their names only' },
  ],
  async run(context) {
    const all = await (await context.control()).list({});
    const asked = matching(all.services, context.arguments);
    const services = context.options.values.failed === true ? asked.filter(({ state }) => failedStates.has(state)) : asked;
    const answer = { ...all, services };
    if (context.options.json) {
      context.print(JSON.stringify(answer));
      return exitStatus.done;
    }
    if (services.length === 0 && asked.length > 0) {
      context.complain('nothing has failed');
      return exitStatus.done;
    }
    const paint = painter(context.options.color);
    // Who may do everything need not be told.
    const isLimited = services.some(({ granted }) => limitsOf(granted) !== null);
    const hasTimers = services.some(({ next_run: next }) => next !== undefined);
    const rows = services.map(({ service, state, cause, health, granted, next_run: next }) => [
      service,
      state,
      cause ?? '-',
      health ?? '-',
      ...(hasTimers ? [next === undefined ? '-' : formatLeft(next)] : []),
      ...(isLimited ? [(limitsOf(granted)?.may ?? ['all']).join(', ') || '-'] : []),
    ]);
    const head = ['SERVICE', 'STATE', 'CAUSE', 'HEALTH', ...(hasTimers ? ['NEXT RUN'] : []), ...(isLimited ? ['YOU MAY'] : [])];
    const lines = table([head, ...rows], (row, column, padded) => {
      const entry = answer.services[row - 1];
      if (entry === undefined) return paint('bold', padded);
      return column === 1 ? paintState(paint, entry.state, padded) : padded;
    });
    for (const line of lines) context.print(line);
    // registryd is always there.
    if (all.services.length === 0) context.complain('there is no service that you may look at; peiosctl whoami tells who you are');
    return exitStatus.done;
  },
};
