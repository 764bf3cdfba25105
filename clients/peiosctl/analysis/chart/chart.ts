/** The boot chart: a row for each phase and each service, its name on the left, how long it took on the right, one axis for all. */
import type { TimelineResponse, TimelineService } from '../../../../gen/control/types.ts';
import { chainOf, lastService } from '../chain.ts';
import type { Drawing, Shape } from '../drawing/drawing.ts';
import { shortened, widthOf } from '../drawing/drawing.ts';
import { arrivalOf, endOf, formatMicroseconds, freedOf, isUp, ownTime, partsOf, phasesOf, started } from '../timeline.ts';
import { barsOf, restartsOf } from './bars.ts';
import { legendOf } from './legend.ts';
import type { Scale } from './scale.ts';
import { scaleOf } from './scale.ts';

const chartWidth = 880;
const margin = 20;
const longestName = 34;
/** So many rows, and the marks of the axis stand again. */
const rowsBetweenAxes = 50;
const axisHeight = 22;

interface Row {
  readonly name: string;
  readonly look: string;
  /** What stands behind it, and how. */
  readonly note: string;
  readonly noteLook: string;
  readonly title: string;
  readonly bars: readonly { readonly from: number; readonly to: number; readonly look: string; readonly isThin: boolean }[];
  readonly service: TimelineService | null;
}

export function chartOf(timeline: TimelineResponse): Drawing {
  const asked = started(timeline).toSorted(byBegin);
  const end = lastInstant(timeline, asked);
  const services = asked.map((service) => ({ ...service, changes: service.changes.filter(({ at_us }) => at_us <= end) }));
  const last = lastService(timeline) ?? services[0];
  const chain = last === undefined ? [] : chainOf(timeline, last);
  const decisive = new Set(chain.map(({ service }) => service.service));
  const rows = [...phaseRows(timeline), ...services.map((service) => serviceRow(service, end, decisive.has(service.service)))];
  const isMany = services.length > 120;
  const [rowHeight, size] = isMany ? [15, 10] : [20, 11];
  const left = margin + Math.max(...rows.map(({ name }) => widthOf(name, size)), widthOf('service', size)) + 12;
  const right = left + chartWidth;
  const width = right + 12 + Math.max(...rows.map(({ note }) => widthOf(note, size)), widthOf('took', size)) + margin;
  const scale = scaleOf({ from: -(timeline.kernel_us ?? 0), to: end }, left, chartWidth);
  const legend = legendOf(
    margin,
    46,
    width - margin,
    rows.flatMap(({ bars }) => bars.map(({ look }) => look)),
  );
  const top = legend.bottom + 8;
  const shapes: Shape[] = [];
  const above: Shape[] = [];
  const places = new Map<string, number>();
  let y = top;
  const axis = (): void => {
    for (const { us, text } of scale.ticks) {
      const x = scale.x(us);
      const half = widthOf(text, size) / 2;
      // Beside it the columns have their heads.
      if (x - half < left || x + half > right) continue;
      above.push({ kind: 'text', x, y: y + axisHeight - 8, text, size, anchor: 'middle', look: 'dim' });
    }
    above.push({ kind: 'text', x: left - 12, y: y + axisHeight - 8, text: 'service', size, anchor: 'end', look: 'dim' });
    above.push({ kind: 'text', x: right + 12, y: y + axisHeight - 8, text: 'took', size, anchor: 'start', look: 'dim' });
    y += axisHeight;
  };
  axis();
  for (const [index, row] of rows.entries()) {
    if (index > 0 && index % rowsBetweenAxes === 0 && rows.length - index > rowsBetweenAxes / 5) axis();
    if (row.service !== null) places.set(row.service.service, y + rowHeight / 2);
    if (index % 2 === 0) shapes.push({ kind: 'box', x: margin / 2, y, width: width - margin, height: rowHeight, look: 'band' });
    drawRow(above, row, { y, rowHeight, size, left, right, scale });
    y += rowHeight;
  }
  const bottom = y;
  axis();
  for (const { us } of scale.ticks)
    shapes.push({ kind: 'line', path: `M${place(scale.x(us))},${top + axisHeight}V${place(bottom)}`, look: 'grid' });
  if (timeline.settled_us !== null) {
    const x = scale.x(timeline.settled_us);
    shapes.push({ kind: 'line', path: `M${place(x)},${top + axisHeight}V${place(bottom)}`, look: 'mark' });
  }
  shapes.push(...needLines(services, places, decisive, scale));
  const title = titleOf(timeline, services);
  return {
    width,
    height: y + margin / 2,
    title,
    shapes: [
      { kind: 'text', x: margin, y: 28, text: title, size: 14, anchor: 'start', look: 'title' },
      ...legend.shapes,
      ...shapes,
      ...above,
    ],
  };
}

const place = (value: number): string => String(Math.round(value * 10) / 10);

const byBegin = (one: TimelineService, other: TimelineService): number =>
  (freedOf(one) ?? Number.POSITIVE_INFINITY) - (freedOf(other) ?? Number.POSITIVE_INFINITY) ||
  (arrivalOf(one) ?? Number.POSITIVE_INFINITY) - (arrivalOf(other) ?? Number.POSITIVE_INFINITY) ||
  (one.service < other.service ? -1 : 1);

/** What belongs to the boot may go on after the machine has settled: a restart that waits for its delay. */
function lastInstant(timeline: TimelineResponse, services: readonly TimelineService[]): number {
  const settled = endOf(timeline);
  const late = services.flatMap((service) => (service.boot ? [service.released_us ?? arrivalOf(service) ?? settled] : []));
  const last = Math.max(settled, timeline.steps.at(-1)?.ended_us ?? 0, ...late);
  return Math.min(timeline.now_us, Math.ceil(last + last * 0.03));
}

function titleOf(timeline: TimelineResponse, services: readonly TimelineService[]): string {
  const when = timeline.started_at.slice(0, 19).replace('T', ' ');
  const spent = formatMicroseconds(endOf(timeline) + (timeline.kernel_us ?? 0));
  const up = services.filter(isUp).length;
  return `Boot of ${when} UTC: ${spent}${timeline.settled_us === null ? ' so far' : ''}, ${up} of ${services.length} services up`;
}

const phaseRows = (timeline: TimelineResponse): readonly Row[] =>
  phasesOf(timeline).map(({ name, from, to, steps }) => ({
    name,
    look: 'title',
    note: formatMicroseconds(to - from),
    noteLook: 'dim',
    title: [name, ...steps.map((step) => `${step.name} ${formatMicroseconds(step.to - step.from)}`)].join('\n'),
    bars: [{ from, to, look: 'phase', isThin: false }],
    service: null,
  }));

function serviceRow(service: TimelineService, end: number, isDecisive: boolean): Row {
  const restarts = restartsOf(service);
  const isGood = isUp(service) || service.state === 'skipped' || service.state === 'inactive';
  const words = [
    formatMicroseconds(ownTime(service, end) ?? 0),
    ...(isUp(service) ? [] : [service.state]),
    ...(restarts === 0 ? [] : [`${restarts} restart${restarts === 1 ? '' : 's'}`]),
  ];
  const parts = partsOf(service, end).map(({ name, from, to }) => `${name} ${formatMicroseconds(to - from)}`);
  return {
    name: shortened(service.service, longestName),
    look: isDecisive ? 'late' : 'name',
    note: words.join(', '),
    noteLook: isGood && restarts === 0 ? 'dim' : 'bad',
    title: [service.service, ...(service.freed_by === null ? [] : [`waited for ${service.freed_by}`]), ...parts].join('\n'),
    bars: barsOf(service, end),
    service,
  };
}

interface RowPlace {
  readonly y: number;
  readonly rowHeight: number;
  readonly size: number;
  readonly left: number;
  readonly right: number;
  readonly scale: Scale;
}

function drawRow(shapes: Shape[], row: Row, { y, rowHeight, size, left, right, scale }: RowPlace): void {
  const base = y + rowHeight / 2 + size * 0.36;
  shapes.push({ kind: 'text', x: left - 12, y: base, text: row.name, size, anchor: 'end', look: row.look });
  shapes.push({ kind: 'text', x: right + 12, y: base, text: row.note, size, anchor: 'start', look: row.noteLook });
  const height = rowHeight - 6;
  for (const { from, to, look, isThin } of row.bars) {
    if (to < scale.from || from > scale.to) continue;
    const x = scale.x(from);
    const thickness = isThin ? 3 : height;
    shapes.push({
      kind: 'box',
      x,
      y: y + (rowHeight - thickness) / 2,
      // What was there is seen, however short it was.
      width: Math.max(1.2, scale.x(to) - x),
      height: thickness,
      look,
      title: row.title,
    });
  }
}

/** From whom a service waited for last, at the moment when that let it go. */
function needLines(
  services: readonly TimelineService[],
  places: ReadonlyMap<string, number>,
  decisive: ReadonlySet<string>,
  scale: Scale,
): readonly Shape[] {
  const lines = services.flatMap(({ service, freed_by, freed_us }) => {
    const from = freed_by === null ? undefined : places.get(freed_by);
    const to = places.get(service);
    if (freed_by === null || freed_us === null || from === undefined || to === undefined) return [];
    const look = decisive.has(service) && decisive.has(freed_by) ? 'chain' : 'needs';
    return [{ kind: 'line', path: `M${place(scale.x(freed_us))},${place(from)}V${place(to)}`, look } as const];
  });
  return lines.toSorted((one, other) => (one.look === other.look ? 0 : one.look === 'needs' ? -1 : 1));
}
