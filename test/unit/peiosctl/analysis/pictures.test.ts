/** Boot charts and graphs: nothing lies on anything else, and what comes out is XML. */
import t from 'tap';
import { chartOf } from '../../../../clients/peiosctl/analysis/chart/chart.ts';
import { chartLooks } from '../../../../clients/peiosctl/analysis/chart/looks.ts';
import type { Box, Drawing, Text } from '../../../../clients/peiosctl/analysis/drawing/drawing.ts';
import { escaped, svgOf, widthOf } from '../../../../clients/peiosctl/analysis/drawing/drawing.ts';
import { dotOf } from '../../../../clients/peiosctl/analysis/graph/dot.ts';
import { graphLooks } from '../../../../clients/peiosctl/analysis/graph/looks.ts';
import { pictureOf } from '../../../../clients/peiosctl/analysis/graph/picture.ts';
import { closureOf, graphOf } from '../../../../clients/peiosctl/analysis/graph/service-graph.ts';
import { createRandom } from '../../../support/random.ts';
import { serviceOf } from '../../../support/timeline-service.ts';
import { bootOf, randomBoot } from './boots.ts';

interface Area {
  readonly what: string;
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

function areaOf({ x, y, text, size, anchor }: Text): Area {
  const width = widthOf(text, size);
  const left = anchor === 'start' ? x : anchor === 'middle' ? x - width / 2 : x - width;
  return { what: text, left, top: y - size * 0.76, right: left + width, bottom: y + size * 0.2 };
}

const overlaps = (one: Area, other: Area): boolean =>
  one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;

/** The first two that lie on each other. */
function collision(areas: readonly Area[]): string | null {
  const sorted = areas.toSorted((one, other) => one.top - other.top);
  for (const [index, one] of sorted.entries())
    for (let next = index + 1; next < sorted.length; next++) {
      const other = sorted[next];
      if (other === undefined || other.top >= one.bottom) break;
      if (overlaps(one, other)) return `${one.what} lies on ${other.what}`;
    }
  return null;
}

const texts = ({ shapes }: Drawing): readonly Area[] => shapes.flatMap((shape) => (shape.kind === 'text' ? [areaOf(shape)] : []));

function outside({ width, height, shapes }: Drawing): string | null {
  for (const shape of shapes) {
    if (shape.kind === 'line') continue;
    const area =
      shape.kind === 'text'
        ? areaOf(shape)
        : { what: shape.look, left: shape.x, top: shape.y, right: shape.x + shape.width, bottom: shape.y + shape.height };
    if (area.left < -0.01 || area.top < 0 || area.right > width + 0.01 || area.bottom > height) return `${area.what} lies outside`;
    if (![area.left, area.top, area.right, area.bottom].every(Number.isFinite)) return `${area.what} lies nowhere`;
  }
  return null;
}

/** Tags are closed in their order, and nothing else has an angle bracket. */
function isWellFormed(svg: string): boolean {
  const open: string[] = [];
  const rest = svg.replaceAll(
    /<(\/?)([a-zA-Z]+)((?: [a-zA-Z:-]+="[^"<]*")*)(\/?)>/g,
    (_whole, closes: string, name: string, _attributes, empty: string) => {
      if (closes === '/') return open.pop() === name ? '' : '<';
      if (empty !== '/') open.push(name);
      return '';
    },
  );
  return open.length === 0 && !/[<>]/.test(rest) && !/&(?!#\d+;)/.test(rest);
}

const sizes = [0, 1, 2, 10, 60, 300];

t.test('O-148 no label of a boot chart lies on another one or outside, however many services there are', async (t) => {
  for (const [seed, count] of sizes.entries()) {
    const chart = chartOf(randomBoot(createRandom(seed + 1), count));
    t.equal(collision(texts(chart)), null, `${count} services`);
    t.equal(outside(chart), null, `${count} services`);
    t.ok(isWellFormed(svgOf(chart, chartLooks, 'auto')), `${count} services`);
  }
});

t.test('O-148 a boot that took a moment, hours, or has only begun is drawn as well', async (t) => {
  const one = (us: number) =>
    serviceOf('web', { state: 'active', asked_us: us, freed_us: us, launched_us: us, up_us: us, released_us: us });
  const boots = [
    bootOf([one(300_000)]),
    bootOf([one(9e9)]),
    bootOf([], { steps: [], settled_us: null, now_us: 0, kernel_us: null, phase: 'booting' }),
  ];
  for (const boot of boots) {
    const chart = chartOf(boot);
    t.equal(collision(texts(chart)) ?? outside(chart), null);
  }
});

t.test('O-148 a restart is seen: the tries before it, its delay, and how many there were', async (t) => {
  const changes = (['starting', 'backoff', 'starting', 'active'] as const).map((state, at) => ({ state, at_us: 400_000 + at * 100_000 }));
  const way = { asked_us: 400_000, freed_us: 400_000, retried_us: 600_000, launched_us: 600_000, up_us: 700_000, released_us: 700_000 };
  const { shapes } = chartOf(bootOf([serviceOf('web', { state: 'active', ...way, changes })]));
  const bars = shapes.filter((shape): shape is Box => shape.kind === 'box' && (shape.title?.startsWith('web') ?? false));
  t.strictSame(
    bars.map(({ look }) => look),
    ['again', 'backoff', 'up', 'readiness'],
  );
  t.ok(shapes.some((shape) => shape.kind === 'text' && shape.text === '300 ms, 1 restart'));
});

t.test('O-148 no box of a graph lies on another one, no label outside, and cycles end', async (t) => {
  for (const [seed, count] of sizes.entries()) {
    const boot = randomBoot(createRandom(seed + 7), count);
    const services = boot.services.map((one, at) => (at === 0 && count > 1 ? { ...one, wants: [`s${count - 1}`] } : one));
    const picture = pictureOf(graphOf({ ...boot, services }));
    const boxes = picture.shapes.flatMap((shape): readonly Area[] =>
      shape.kind !== 'box'
        ? []
        : [{ what: shape.title ?? shape.look, left: shape.x, top: shape.y, right: shape.x + shape.width, bottom: shape.y + shape.height }],
    );
    t.equal(collision(boxes) ?? collision(texts(picture)) ?? outside(picture), null, `${count} services`);
    t.ok(isWellFormed(svgOf(picture, graphLooks, 'dark')), `${count} services`);
  }
});

t.test('O-148 names are escaped, in SVG and for Graphviz', async (t) => {
  const name = `<a href="x">&'\u0001`;
  t.equal(escaped(name), '&#60;a href=&#34;x&#34;&#62;&#38;&#39;\ufffd');
  const boot = bootOf([serviceOf(name, { asked_us: 300_000, freed_us: 300_000, up_us: 300_001, requires: ['b"\\'] }), serviceOf('b"\\')]);
  t.ok(isWellFormed(svgOf(chartOf(boot), chartLooks, 'light')));
  t.ok(isWellFormed(svgOf(pictureOf(graphOf(boot)), graphLooks, 'light')));
  t.match(dotOf(graphOf(boot)), '-> "b\\"\\\\";');
});

t.test('O-148 a graph of some services has all that they need and nothing else', async (t) => {
  const boot = bootOf([
    serviceOf('web', { requires: ['db'], wants: ['cache'], conflicts: ['old'] }),
    serviceOf('db', { binds_to: ['disk'], on_failure: ['alarm'] }),
    ...['cache', 'disk', 'old', 'alarm'].map((name) => serviceOf(name)),
  ]);
  const { nodes, edges } = closureOf(graphOf(boot), ['web']);
  t.strictSame(
    nodes.map(({ name }) => name),
    ['web', 'db', 'cache', 'disk'],
  );
  t.strictSame(
    edges.map(({ kind, from, to }) => `${from} ${kind} ${to}`),
    ['web wants cache', 'web requires db', 'db binds_to disk'],
  );
});

t.test('O-148 what the others are read from does not stand among what nothing needs', async (t) => {
  const first = serviceOf('store', { asked_us: 60_000, up_us: 240_000 });
  const picture = pictureOf(graphOf(bootOf([first, serviceOf('web', { requires: ['db'] }), serviceOf('db'), serviceOf('lone')])));
  const below = texts(picture).toSorted((one, other) => one.top - other.top);
  t.strictSame(
    below.slice(-4).map(({ what }) => what),
    ['all others are read from it, and need it without naming it', 'store', 'needs nothing, and nothing needs it', 'lone'],
  );
  t.equal(collision(texts(picture)) ?? outside(picture), null);
  t.match(dotOf(graphOf(bootOf([first]))), /"store" \[xlabel="all others need it"\]/);
});
