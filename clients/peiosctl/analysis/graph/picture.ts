/** The graph of services as a picture: what is needed stands left of what needs it. */
import type { Drawing, Shape } from '../drawing/drawing.ts';
import { shortened, widthOf } from '../drawing/drawing.ts';
import type { Place } from './layers.ts';
import { layersOf } from './layers.ts';
import type { Edge, EdgeKind, Node, ServiceGraph } from './service-graph.ts';
import { edgeKinds, edgeTexts, ordering } from './service-graph.ts';

const size = 11;
const margin = 20;
const rowHeight = 30;
const boxHeight = 22;
const columnGap = 70;
const padding = 9;
const longestName = 30;
const aloneWidth = 1000;

export function pictureOf(graph: ServiceGraph): Drawing {
  const layers = layersOf(graph);
  const nodes = new Map(graph.nodes.map((node) => [node.name, node]));
  const widths = layers.columns.map((column) => Math.max(40, ...column.map(({ name }) => (name === null ? 0 : boxWidth(name)))));
  const lefts: number[] = [];
  let x = margin;
  for (const width of widths) {
    lefts.push(x);
    x += width + columnGap;
  }
  const legend = legendOf(graph, 46);
  const top = legend.bottom + 14;
  const y = (place: Place): number => top + place.row * rowHeight + boxHeight / 2;
  const rows = Math.max(-1, ...layers.columns.flatMap((column) => column.map(({ row }) => row)));
  const shapes: Shape[] = [];
  for (const kind of edgeKinds)
    for (const [edge, way] of layers.ways) if (edge.kind === kind) shapes.push(edgeLine(edge, way, { lefts, widths, y }));
  for (const place of layers.columns.flat()) {
    const node = place.name === null ? undefined : nodes.get(place.name);
    if (node !== undefined) shapes.push(...nodeShapes(node, lefts[place.column] ?? 0, y(place)));
  }
  let bottom = top + (rows + 1) * rowHeight;
  let right = Math.max(x - columnGap, legend.right);
  const isFirst = (name: string): boolean => nodes.get(name)?.isFirst === true;
  for (const [text, names] of [
    [firstText, layers.alone.filter(isFirst)],
    [aloneText, layers.alone.filter((name) => !isFirst(name))],
  ] as const) {
    if (names.length === 0) continue;
    const placed = aloneShapes(text, names, nodes, bottom + 10);
    shapes.push(...placed.shapes);
    bottom = placed.bottom;
    right = Math.max(right, placed.right);
  }
  const title = `${graph.nodes.length} service${graph.nodes.length === 1 ? '' : 's'} and what they need`;
  shapes.unshift({ kind: 'text', x: margin, y: 28, text: title, size: 14, anchor: 'start', look: 'title' }, ...legend.shapes);
  return { width: Math.max(right, margin + widthOf(title, 14)) + margin, height: bottom + margin, title, shapes };
}

const shownName = (name: string): string => shortened(name, longestName);
const boxWidth = (name: string): number => widthOf(shownName(name), size) + 2 * padding;
const place = (value: number): string => String(Math.round(value * 10) / 10);

function nodeShapes({ name, isBoot, isCritical, state }: Node, x: number, middle: number): readonly Shape[] {
  const look = isCritical ? 'critical' : isBoot ? 'node' : 'idle';
  return [
    { kind: 'box', x, y: middle - boxHeight / 2, width: boxWidth(name), height: boxHeight, look, radius: 4, title: `${name}: ${state}` },
    { kind: 'text', x: x + padding, y: middle + size * 0.36, text: shownName(name), size, anchor: 'start', look: 'name' },
  ];
}

interface Geometry {
  readonly lefts: readonly number[];
  readonly widths: readonly number[];
  y(place: Place): number;
}

/** From the left side of who needs to the right side of what is needed; through the columns between in a straight line. */
function edgeLine({ kind }: Edge, way: readonly Place[], { lefts, widths, y }: Geometry): Shape {
  const look = `edge-${kind}`;
  const arrow = kind !== 'conflicts';
  const [from, to] = [way[0], way.at(-1)];
  if (from === undefined || to === undefined) return { kind: 'line', path: '', look };
  const end = (at: Place): number => (lefts[at.column] ?? 0) + (at.name === null ? (widths[at.column] ?? 0) : boxWidth(at.name));
  if (from.column === to.column) {
    // Beside each other in one column: an arc on their right.
    const [start, stop] = [end(from), end(to)];
    const out = Math.max(start, stop) + 26;
    return {
      kind: 'line',
      path: `M${place(start)},${place(y(from))}C${[out, y(from), out, y(to), stop, y(to)].map(place).join(' ')}`,
      look,
      arrow,
    };
  }
  const isLeftward = to.column < from.column;
  const begin = isLeftward ? (lefts[from.column] ?? 0) : end(from);
  let path = `M${place(begin)},${place(y(from))}`;
  let last = begin;
  for (const [index, at] of way.entries()) {
    const before = way[index - 1];
    if (before === undefined) continue;
    const [near, far] = isLeftward
      ? [(lefts[at.column] ?? 0) + (widths[at.column] ?? 0), lefts[at.column] ?? 0]
      : [lefts[at.column] ?? 0, end(at)];
    const target = at === to ? (isLeftward ? end(at) : near) : near;
    const half = (last + target) / 2;
    path += `C${place(half)},${place(y(before))} ${place(half)},${place(y(at))} ${place(target)},${place(y(at))}`;
    last = target;
    if (at === to) continue;
    path += `H${place(far)}`;
    last = far;
  }
  return { kind: 'line', path, look, arrow };
}

const firstText = 'all others are read from it, and need it without naming it';
const aloneText = 'needs nothing, and nothing needs it';

/** Services that no edge leads to or from, below what is true of them. */
function aloneShapes(
  heading: string,
  names: readonly string[],
  nodes: ReadonlyMap<string, Node>,
  top: number,
): { readonly shapes: readonly Shape[]; readonly bottom: number; readonly right: number } {
  const shapes: Shape[] = [{ kind: 'text', x: margin, y: top + 12, text: heading, size, anchor: 'start', look: 'dim' }];
  let right = margin + widthOf(heading, size);
  let [x, y] = [margin, top + 36];
  for (const name of names) {
    const node = nodes.get(name);
    if (node === undefined) continue;
    const width = boxWidth(name);
    if (x + width > margin + aloneWidth && x > margin) [x, y] = [margin, y + rowHeight];
    shapes.push(...nodeShapes(node, x, y));
    x += width + 12;
    right = Math.max(right, x);
  }
  return { shapes, bottom: y + boxHeight / 2, right };
}

function legendOf({ edges, nodes }: ServiceGraph, top: number) {
  const used = new Set<EdgeKind>(edges.map(({ kind }) => kind));
  const shapes: Shape[] = [];
  const middle = top + 9;
  let x = margin;
  const text = (words: string, width: number): void => {
    shapes.push({ kind: 'text', x: x + width + 6, y: middle + 4, text: words, size, anchor: 'start', look: 'dim' });
    x += width + 6 + widthOf(words, size) + 18;
  };
  for (const kind of edgeKinds.toReversed()) {
    if (!used.has(kind)) continue;
    shapes.push({ kind: 'line', path: `M${place(x)},${middle}h34`, look: `edge-${kind}`, arrow: kind !== 'conflicts' });
    text(edgeTexts[kind], 34);
  }
  const kinds = [
    ['critical', 'critical', nodes.some(({ isCritical }) => isCritical)],
    ['idle', 'not of the boot', nodes.some(({ isBoot, isCritical }) => !isBoot && !isCritical)],
  ] as const;
  for (const [look, words, isThere] of kinds) {
    if (!isThere) continue;
    shapes.push({ kind: 'box', x, y: middle - 6, width: 20, height: 12, look, radius: 3 });
    text(words, 20);
  }
  if (edges.some(({ kind }) => ordering.has(kind))) text('an arrow leads to what is needed', 0);
  return { shapes, bottom: top + 18, right: x };
}
