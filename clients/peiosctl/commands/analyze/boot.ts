import type { TimelineResponse } from '../../../../gen/control/types.ts';
import { readTimeline } from '../../analysis/read-timeline.ts';
import type { Phase } from '../../analysis/timeline.ts';
import { arrivalOf, endOf, formatMicroseconds, isUp, ownTime, phasesOf, started } from '../../analysis/timeline.ts';
import { exitStatus } from '../../exit-statuses.ts';
import { painter, table } from '../../paint.ts';
import type { OtherVerb } from '../../verb-groups.ts';

const mostSlow = 5;
const barWidth = 24;

export const boot: OtherVerb = {
  text: 'Tells where the time of this boot went, phase by phase, and what was slowest.',
  more: [
    'Phases: kernel (not in a container, whose kernel ran before), phase 1 up to the start of registryd, registryd until it answers, ' +
      'provision for paths and the control socket, definitions until they are in force, services until the machine has settled.',
  ],
  peer: 'socket',
  arguments: [],
  examples: [
    { line: 'analyze boot', text: 'this boot' },
    { line: "analyze boot --json | jq '.phases[] | {name, us}'", text: 'for programs' },
  ],
  async run(context) {
    const timeline = context.shown(await readTimeline(context));
    const phases = phasesOf(timeline);
    const slow = slowest(timeline);
    if (context.options.json) {
      context.print(
        JSON.stringify({
          boot_id: timeline.boot_id,
          mode: timeline.mode,
          phase: timeline.phase,
          total_us: total(timeline),
          settled_us: timeline.settled_us,
          phases: phases.map(({ name, from, to, steps }) => ({ name, from_us: from, us: to - from, steps: steps.map(stepInJson) })),
          slowest: slow.map(([service, us]) => ({ service, us })),
        }),
      );
      return exitStatus.done;
    }
    const paint = painter(context.options.color);
    context.print(paint('bold', headline(timeline)));
    context.print('');
    const longest = Math.max(1, ...phases.map(({ from, to }) => to - from));
    const rows = phases.flatMap((phase) => [
      [phase.name, formatMicroseconds(phase.to - phase.from), bar((phase.to - phase.from) / longest)],
      ...shownSteps(phase).map(({ name, from, to }) => [`  ${name}`, formatMicroseconds(to - from), '']),
    ]);
    for (const line of table(rows, (row, column, padded) =>
      column === 0 && !rows[row]?.[0]?.startsWith(' ') ? paint('bold', padded) : padded,
    ))
      context.print(line.trimEnd());
    if (slow.length > 0) {
      context.print('');
      context.print('slowest, without the time that others were waited for:');
      for (const line of table(
        slow.map(([service, us]) => [`  ${formatMicroseconds(us)}`, service]),
        (_row, _column, padded) => padded,
      ))
        context.print(line);
    }
    return exitStatus.done;
  },
};

const stepInJson = ({ name, from, to }: { readonly name: string; readonly from: number; readonly to: number }) => ({ name, us: to - from });

/** With what the kernel took. */
const total = (timeline: TimelineResponse): number => endOf(timeline) + (timeline.kernel_us ?? 0);

function headline(timeline: TimelineResponse): string {
  const all = started(timeline);
  const up = all.filter(isUp).length;
  const services = `${up} of ${all.length} service${all.length === 1 ? '' : 's'} up`;
  const spent = formatMicroseconds(total(timeline));
  if (timeline.phase === 'recovery') return `The boot ended in Recovery after ${formatMicroseconds(timeline.steps.at(-1)?.ended_us ?? 0)}.`;
  const mode = timeline.mode === 'safe' ? ' in Safe mode' : '';
  return timeline.settled_us === null
    ? `The machine has not settled yet${mode}: ${spent} so far, ${services}.`
    : `The machine booted${mode} in ${spent}, ${services}.`;
}

/** A step that takes next to nothing is left to --json. */
function shownSteps({ from, to, steps }: Phase): Phase['steps'] {
  return steps.length < 2 ? [] : steps.filter((step) => step.to - step.from >= Math.max(1_000, (to - from) / 50));
}

const bar = (share: number): string => '#'.repeat(Math.max(share > 0 ? 1 : 0, Math.round(share * barWidth)));

function slowest(timeline: TimelineResponse): readonly (readonly [service: string, us: number])[] {
  return started(timeline)
    .flatMap((service) => {
      const own = arrivalOf(service) === null ? null : ownTime(service, timeline.now_us);
      return own === null || own === 0 ? [] : [[service.service, own] as const];
    })
    .toSorted((one, other) => other[1] - one[1])
    .slice(0, mostSlow);
}
