import type { TimelineResponse, TimelineService } from '../../../../gen/control/types.ts';
import { readTimeline } from '../../analysis/read-timeline.ts';
import type { PartName } from '../../analysis/timeline.ts';
import { arrivalOf, formatMicroseconds, isUp, ownTime, partNames, partsOf, partTexts, started } from '../../analysis/timeline.ts';
import { exitStatus } from '../../exit-statuses.ts';
import { painter, paintState, table } from '../../paint.ts';
import type { OtherVerb } from '../../verb-groups.ts';

export const blame: OtherVerb = {
  text: 'Lists the services of this boot by the time that each took, with what of it went where.',
  more: [
    'TOOK is the time from when nothing else was waited for until the service was up, or was given up: what would be won if it took ' +
      'none. ' +
      'WAITED stands before it, for the service that is named.',
    `WHERE tells the parts: ${partNames.map((name) => `${name}: ${partTexts[name]}`).join('; ')}.`,
  ],
  peer: 'socket',
  arguments: [],
  examples: [
    { line: 'analyze blame', text: 'the slowest first' },
    { line: "analyze blame --json | jq -r 'select(.parts.token > 100000).service'", text: 'those that waited 0.1 s for their token' },
  ],
  async run(context) {
    const timeline = context.shown(await readTimeline(context));
    const services = started(timeline).toSorted((one, other) => took(timeline, other) - took(timeline, one));
    if (context.options.json) {
      for (const service of services) context.print(JSON.stringify(inJson(timeline, service)));
      return exitStatus.done;
    }
    if (services.length === 0) context.complain('no service was started in this boot that you may look at');
    const paint = painter(context.options.color);
    const rows = services.map((service) => {
      const waited = durations(timeline, service).get('others') ?? 0;
      return [
        formatMicroseconds(took(timeline, service)).padStart(widest),
        service.service,
        isUp(service) ? '' : service.state,
        waited === 0 ? '' : `${formatMicroseconds(waited)}${service.freed_by === null ? '' : ` for ${service.freed_by}`}`,
        where(timeline, service),
      ];
    });
    const head = ['TOOK'.padStart(widest), 'SERVICE', 'STATE', 'WAITED', 'WHERE'];
    const isTroubled = services.some((service) => !isUp(service));
    const shown = [head, ...rows].map((row) => row.filter((_cell, column) => column !== 2 || isTroubled));
    for (const line of table(shown, (row, column, padded) => {
      const service = services[row - 1];
      if (service === undefined) return paint('bold', padded);
      return isTroubled && column === 2 && !isUp(service) ? paintState(paint, service.state, padded) : padded;
    }))
      context.print(line.trimEnd());
    return exitStatus.done;
  },
};

const widest = 9;

const took = (timeline: TimelineResponse, service: TimelineService): number => ownTime(service, timeline.now_us) ?? 0;

function durations(timeline: TimelineResponse, service: TimelineService): ReadonlyMap<PartName, number> {
  const found = new Map<PartName, number>();
  for (const { name, from, to } of partsOf(service, timeline.now_us)) found.set(name, (found.get(name) ?? 0) + to - from);
  return found;
}

/** Longest first, without what is next to nothing of it. */
function where(timeline: TimelineResponse, service: TimelineService): string {
  const own = took(timeline, service);
  const parts = Array.from(durations(timeline, service)).filter(
    ([name]) => name !== 'others' && name !== 'checks' && name !== 'post-hooks',
  );
  return parts
    .filter(([, us]) => us >= own / 50)
    .toSorted((one, other) => other[1] - one[1])
    .map(([name, us]) => `${name} ${formatMicroseconds(us)}`)
    .join(', ');
}

const inJson = (timeline: TimelineResponse, service: TimelineService) => ({
  service: service.service,
  state: service.state,
  took_us: took(timeline, service),
  asked_us: service.asked_us,
  up_us: service.up_us,
  ended_us: service.ended_us,
  arrived: arrivalOf(service) !== null,
  waited_for: service.freed_by,
  parts: Object.fromEntries(durations(timeline, service)),
});
