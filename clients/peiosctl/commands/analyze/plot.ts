import { chartOf } from '../../analysis/chart/chart.ts';
import { chartLooks } from '../../analysis/chart/looks.ts';
import { svgOf } from '../../analysis/drawing/drawing.ts';
import { themeNames } from '../../analysis/names.ts';
import { readTimeline } from '../../analysis/read-timeline.ts';
import { exitStatus } from '../../exit-statuses.ts';
import { oneOf } from '../../one-of.ts';
import type { OtherVerb } from '../../verb-groups.ts';

export const plot: OtherVerb = {
  text: 'Draws the boot as a chart: phases, services and what each waited for, on one time axis.',
  more: [
    'It is an SVG, which every browser shows; the parts of a bar tell their times where the pointer rests. A line leads from the service ' +
      'that was waited for last to the one that it let go; those that the boot waited for are marked.',
  ],
  peer: 'socket',
  arguments: [],
  options: ['theme'],
  examples: [
    { line: 'analyze plot > boot.svg', text: 'this boot' },
    { line: 'analyze plot --theme dark > boot.svg', text: 'on a dark ground, whoever looks at it' },
    { line: 'analyze plot --json', text: 'what it is drawn from' },
  ],
  async run(context) {
    const theme = oneOf('theme', context.options.values.theme ?? 'auto', themeNames);
    const timeline = await readTimeline(context);
    context.print(context.options.json ? JSON.stringify(timeline) : svgOf(chartOf(timeline), chartLooks, theme).trimEnd());
    return exitStatus.done;
  },
};
