import { svgOf } from '../../analysis/drawing/drawing.ts';
import { dotOf } from '../../analysis/graph/dot.ts';
import { graphLooks } from '../../analysis/graph/looks.ts';
import { pictureOf } from '../../analysis/graph/picture.ts';
import { closureOf, graphOf } from '../../analysis/graph/service-graph.ts';
import { graphFormats, themeNames } from '../../analysis/names.ts';
import { readTimeline, serviceNamed } from '../../analysis/read-timeline.ts';
import { exitStatus } from '../../exit-statuses.ts';
import { oneOf } from '../../one-of.ts';
import type { OtherVerb } from '../../verb-groups.ts';

export const graph: OtherVerb = {
  text: 'Draws the services and what they need, as SVG or for Graphviz.',
  more: [
    'What is needed stands left of what needs it. It is what is in force now; `registry export` has what the next reload would bring.',
  ],
  peer: 'socket',
  arguments: [
    { name: 'SERVICE', is: { kind: 'service' }, text: 'these, and all that they need; all services when left out', count: 'any' },
  ],
  options: ['format', 'theme'],
  examples: [
    { line: 'analyze graph > services.svg', text: 'all services' },
    { line: 'analyze graph web mail > web.svg', text: 'two of them with all that they need' },
    { line: 'analyze graph --format dot | dot -Tpdf > services.pdf', text: 'laid out by Graphviz' },
  ],
  async run(context, words) {
    const { json, values } = context.options;
    const theme = oneOf('theme', values.theme ?? 'auto', themeNames);
    const format = oneOf('format', values.format ?? 'svg', graphFormats);
    const timeline = await readTimeline(context);
    const names = words.map((word) => serviceNamed(timeline, word).service);
    const shown = closureOf(graphOf(timeline), names);
    if (json) context.print(JSON.stringify(shown));
    else context.print(format === 'dot' ? dotOf(shown) : svgOf(pictureOf(shown), graphLooks, theme).trimEnd());
    return exitStatus.done;
  },
};
