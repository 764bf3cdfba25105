/**
 * Where the services of a graph stand: in columns, each to the right of all that it needs. An edge over several columns takes a place in
 * each of those between, so that it passes beside their services. Within the columns the order is chosen so that few edges cross: each
 * goes to the middle of its neighbours in the column beside it, a few times to and fro.
 */
import type { Edge, ServiceGraph } from './service-graph.ts';
import { ordering } from './service-graph.ts';

export interface Place {
  /** Null: an edge passes. */
  readonly name: string | null;
  readonly column: number;
  /** In rows from the top. */
  row: number;
}

export interface Layers {
  readonly columns: readonly (readonly Place[])[];
  readonly byName: ReadonlyMap<string, Place>;
  /** The places that an edge passes, from who needs to what is needed, both ends included. */
  readonly ways: ReadonlyMap<Edge, readonly Place[]>;
  /** Services that have nothing to do with any other. */
  readonly alone: readonly string[];
}

const sweeps = 6;

interface Draft extends Place {
  readonly left: Draft[];
  readonly right: Draft[];
}

export function layersOf(graph: ServiceGraph): Layers {
  const connected = new Set(graph.edges.flatMap(({ from, to }) => [from, to]));
  const depths = depthsOf(graph, connected);
  const columns: Draft[][] = [];
  const byName = new Map<string, Draft>();
  const add = (name: string | null, column: number): Draft => {
    const made: Draft = { name, column, row: 0, left: [], right: [] };
    while (columns.length <= column) columns.push([]);
    columns[column]?.push(made);
    return made;
  };
  for (const { name } of graph.nodes) if (connected.has(name)) byName.set(name, add(name, depths.get(name) ?? 0));
  const ways = new Map<Edge, readonly Place[]>();
  for (const edge of graph.edges) {
    const from = byName.get(edge.from);
    const to = byName.get(edge.to);
    if (from === undefined || to === undefined) continue;
    const way = [from];
    const step = Math.sign(to.column - from.column);
    for (let column = from.column + step; step !== 0 && column !== to.column; column += step) way.push(add(null, column));
    way.push(to);
    for (const [index, place] of way.entries()) {
      const next = way[index + 1];
      if (next === undefined || next.column === place.column) continue;
      const [left, right] = next.column < place.column ? [next, place] : [place, next];
      left.right.push(right);
      right.left.push(left);
    }
    ways.set(edge, way);
  }
  arrange(columns);
  return { columns, byName, ways, alone: graph.nodes.flatMap(({ name }) => (connected.has(name) ? [] : [name])) };
}

/** The longest way to something that needs nothing; an edge that closes a cycle does not count. */
function depthsOf({ edges }: ServiceGraph, names: ReadonlySet<string>): ReadonlyMap<string, number> {
  const needs = new Map<string, string[]>();
  for (const { kind, from, to } of edges) if (ordering.has(kind)) needs.set(from, [...(needs.get(from) ?? []), to]);
  const depths = new Map<string, number>();
  for (const root of names) {
    // Without recursion: chains may be long.
    const stack = [{ name: root, next: 0, depth: 0 }];
    const open = new Set([root]);
    while (stack.length > 0) {
      const top = stack[stack.length - 1];
      if (top === undefined) break;
      const target = depths.has(top.name) ? undefined : needs.get(top.name)?.[top.next];
      if (target !== undefined) {
        const known = depths.get(target);
        if (known !== undefined) top.depth = Math.max(top.depth, known + 1);
        if (known !== undefined || open.has(target)) top.next += 1;
        else {
          open.add(target);
          stack.push({ name: target, next: 0, depth: 0 });
        }
        continue;
      }
      if (!depths.has(top.name)) depths.set(top.name, top.depth);
      open.delete(top.name);
      stack.pop();
    }
  }
  return depths;
}

function arrange(columns: readonly Draft[][]): void {
  for (const column of columns) for (const [row, place] of column.entries()) place.row = row;
  for (let sweep = 0; sweep < sweeps; sweep++) {
    const isForward = sweep % 2 === 0;
    for (const column of isForward ? columns : columns.toReversed()) {
      const wished = new Map(column.map((place) => [place, middle(isForward ? place.left : place.right) ?? place.row]));
      column.sort((one, other) => (wished.get(one) ?? 0) - (wished.get(other) ?? 0));
      settle(column, wished);
    }
  }
  const top = Math.min(0, ...columns.flatMap((column) => column.map(({ row }) => row)));
  for (const column of columns) for (const place of column) place.row -= top;
}

/** A row apart at least, and as a whole about where they wish to be. */
function settle(column: readonly Draft[], wished: ReadonlyMap<Draft, number>): void {
  let last = Number.NEGATIVE_INFINITY;
  let shift = 0;
  for (const place of column) {
    const wish = wished.get(place) ?? 0;
    last = Math.max(wish, last + 1);
    place.row = last;
    shift += last - wish;
  }
  const mean = column.length === 0 ? 0 : shift / column.length;
  for (const place of column) place.row -= mean;
}

function middle(places: readonly Draft[]): number | null {
  const rows = places.map(({ row }) => row).sort((one, other) => one - other);
  const [low, high] = [rows[(rows.length - 1) >> 1], rows[rows.length >> 1]];
  return low === undefined || high === undefined ? null : (low + high) / 2;
}
