import { zoneName } from '../../../src/policy/calendar/zone.ts';
import type { Command } from '../command.ts';
import { exitStatus } from '../exit-statuses.ts';
import { byNext, timerLines } from '../format-timers.ts';
import { painter } from '../paint.ts';
import { matching } from '../service-names.ts';

/** `Etc/UTC` is UTC. */
const isSameZone = (one: string, other: string): boolean =>
  zoneName(one) !== null && new Temporal.ZonedDateTime(0n, one).equals(new Temporal.ZonedDateTime(0n, other));

export const timers: Command = {
  text: 'Lists timers: when each fires, when it fired last, and what that came to.',
  more: [
    'The first to fire comes first. Below a line stands why nothing was started, why it failed, or that one more run follows. ' +
      '`analyze calendar` tells of an expression without a machine.',
  ],
  group: 'services',
  arguments: [{ name: 'SERVICE', is: { kind: 'service' }, text: 'names, or patterns that match names; all when left out', count: 'any' }],
  examples: [
    { line: 'timers', text: 'all timers of services that you may look at' },
    { line: "timers backup 'web-*'", text: 'those of some services' },
    { line: "timers --json | jq -r '.timers[] | [.next, .service] | @tsv'", text: 'next times, for programs' },
  ],
  async run(context) {
    const client = await context.control();
    const [answer, known] = await Promise.all([client.timers({}), context.arguments.length === 0 ? null : client.list({})]);
    const meant = known === null ? null : new Set(matching(known.services, context.arguments).map(({ service }) => service));
    const shown = answer.timers.filter(({ service }) => meant === null || meant.has(service));
    if (context.options.json) {
      context.print(JSON.stringify({ ...answer, timers: shown }));
      return exitStatus.done;
    }
    if (shown.length === 0) {
      context.complain(
        meant === null
          ? 'no service that you may look at has a timer; one is made with the trigger timer:EXPRESSION'
          : `${[...meant].join(', ')}: no timer`,
      );
      return exitStatus.done;
    }
    for (const line of timerLines(byNext(shown), painter(context.options.color), context.options.width)) context.print(line);
    const here = Temporal.Now.timeZoneId();
    if (!isSameZone(answer.zone, here)) context.print(`times are those of ${here}; an expression without a zone is of ${answer.zone}`);
    return exitStatus.done;
  },
};
