import type { TimelineResponse } from '../../../../gen/control/types.ts';
import type { Link } from '../../analysis/chain.ts';
import { chainOf, lastService } from '../../analysis/chain.ts';
import { readTimeline, serviceNamed } from '../../analysis/read-timeline.ts';
import type { Phase } from '../../analysis/timeline.ts';
import { formatMicroseconds, partsOf, phasesOf } from '../../analysis/timeline.ts';
import { exitStatus } from '../../exit-statuses.ts';
import { painter, paintState } from '../../paint.ts';
import type { OtherVerb } from '../../verb-groups.ts';

export const criticalChain: OtherVerb = {
  text: 'Shows the chain of services that decided when a service was up, down to the phases of the boot.',
  more: [
    'Behind @ stands when each was up, after the first line of peinit, and behind + how long it took once nothing was waited for. ' +
      'Below each service stands the one that it waited for last: had that been faster, this one would have been up earlier.',
    'Phases of the boot stand in brackets.',
  ],
  peer: 'socket',
  arguments: [
    { name: 'SERVICE', is: { kind: 'service' }, text: 'the one that the machine waited for last when left out', count: 'optional' },
  ],
  exits: { failed: 'refused, or the service was not started in this boot' },
  examples: [
    { line: 'analyze critical-chain', text: 'what the boot waited for' },
    { line: 'analyze critical-chain web', text: 'why web was not up earlier' },
  ],
  async run(context, [name]) {
    const timeline = context.shown(await readTimeline(context));
    const service = name === undefined ? lastService(timeline) : serviceNamed(timeline, name);
    const chain = service === null ? [] : chainOf(timeline, service);
    const first = chain.at(-1);
    if (service === null || first === undefined) {
      context.complain(name === undefined ? 'no service was started in this boot' : `${service?.service} was not started in this boot`);
      return exitStatus.failed;
    }
    const begin = first.service.asked_us ?? 0;
    const phases = phasesOf(timeline).filter((phase) => phase.name !== 'services' && phase.to <= begin);
    if (context.options.json) {
      context.print(JSON.stringify({ service: service.service, chain: chain.map(linkInJson), phases: phases.map(phaseInJson) }));
      return exitStatus.done;
    }
    const paint = painter(context.options.color);
    const rows = [
      ...chain.map((link) => [
        link.at !== null && link.service.up_us === null ? `${link.service.service} (${link.service.state})` : link.service.service,
        `${link.at === null ? 'not up yet' : `@${formatMicroseconds(link.at)}`} ${paint('yellow', `+${formatMicroseconds(link.took)}`)}`,
        whereOf(timeline, link),
      ]),
      ...phases
        .toReversed()
        .map(({ name: phase, from, to }) => [`[${phase}]`, `@${formatMicroseconds(to)} +${formatMicroseconds(to - from)}`, '']),
    ];
    for (const [depth, [label = '', times = '', where = '']] of rows.entries()) {
      const link = chain[depth];
      const isGivenUp = link?.service.up_us === null && link.at !== null;
      const usual = link === undefined ? paint('dim', label) : depth === 0 ? paint('bold', label) : label;
      const shown = isGivenUp ? paintState(paint, link.service.state, label) : usual;
      const branch = depth === 0 ? '' : `${'  '.repeat(depth - 1)}└─`;
      context.print(`${branch}${shown} ${times}${where}`);
    }
    const late = begin - (phases.at(-1)?.to ?? 0);
    if (late > 10_000)
      context.print(`${first.service.service} was asked for ${formatMicroseconds(late)} after the services had begun to start.`);
    return exitStatus.done;
  },
};

/** What of its own time was more than half of it. */
function whereOf(timeline: TimelineResponse, { service, took }: Link): string {
  const main = partsOf(service, timeline.now_us).find(
    ({ name, from, to }) => name !== 'others' && name !== 'checks' && to - from > took / 2,
  );
  return main === undefined || took < 1_000 ? '' : ` (${main.name})`;
}

const linkInJson = ({ service, at, took }: Link) => ({ service: service.service, state: service.state, at_us: at, took_us: took });
const phaseInJson = ({ name, from, to }: Phase) => ({ name, from_us: from, us: to - from });
