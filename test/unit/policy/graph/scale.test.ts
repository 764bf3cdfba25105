/** The graph work of ten thousand services takes no time to speak of, and grows with them in proportion. */
import t from 'tap';
import type { Decoded, DefinitionSet } from '../../../../src/policy/definition/set.ts';
import { checkDefinitions } from '../../../../src/policy/graph/check-set.ts';
import { bootClosure } from '../../../../src/policy/graph/closure.ts';
import { buildGraph } from '../../../../src/policy/graph/graph.ts';
import { shutdownOrder } from '../../../../src/policy/graph/shutdown-order.ts';
import { validate } from '../../../../src/policy/graph/validate.ts';
import { webWith } from '../definition/raw.ts';

type Shape = (at: number, size: number) => readonly number[];

const shapes: Readonly<Record<string, Shape>> = {
  layers: (at) => Array.from({ length: 10 }, (_, k) => at - 1 - k * 7).filter((target) => target >= 0),
  'one great knot': (at, size) => Array.from({ length: 10 }, (_, k) => (at * 7 + k * 13 + 1) % size),
  chain: (at) => (at > 0 ? [at - 1] : []),
  ring: (at, size) => [(at + 1) % size],
  star: (at) => (at > 0 ? [0] : []),
  hub: (at, size) => (at === 0 ? Array.from({ length: size - 1 }, (_, k) => k + 1) : []),
};

const template = webWith({ Triggers: ['boot'] });

function sizedSet(size: number, shape: Shape): DefinitionSet {
  const services = Array.from({ length: size }, (_, at): Decoded => {
    const name = `service-${at}`;
    const targets = Array.from(new Set(shape(at, size)), (target) => `service-${target}`);
    // The first one misses a target, so that failure spreads as far as it can.
    return { name, definition: { ...template, name, bindsTo: at === 0 ? [...targets, 'gone'] : targets }, findings: [] };
  });
  return { services, keys: new Set() };
}

function work(set: DefinitionSet): number {
  const graph = buildGraph(set);
  const members = bootClosure(graph);
  const { verdicts } = validate(graph, members);
  checkDefinitions(set, graph);
  shutdownOrder(graph, members);
  return verdicts.size;
}

/** Milliseconds of the quickest of several runs. */
function quickest(set: DefinitionSet, runs: number): number {
  let best = Number.POSITIVE_INFINITY;
  for (let run = 0; run < runs; run += 1) {
    const before = process.threadCpuUsage();
    work(set);
    const { user, system } = process.threadCpuUsage(before);
    best = Math.min(best, (user + system) / 1000);
  }
  return best;
}

t.test('ten thousand services with a hundred thousand dependencies are built and validated within 1.5 s', async (t) => {
  for (const name of ['layers', 'one great knot']) {
    const set = sizedSet(10_000, shapes[name] ?? (() => []));
    const before = process.threadCpuUsage();
    const graph = buildGraph(set);
    const { verdicts } = validate(graph, bootClosure(graph));
    // What this thread worked: a busy machine makes it wait, which says nothing about the graph.
    const { user, system } = process.threadCpuUsage(before);
    const took = (user + system) / 1000;
    t.equal(verdicts.size, 10_000, name);
    t.ok(took < 1500, `${name}: ${took.toFixed(0)} ms`);
  }
});

t.test('the work grows in proportion to the services, in whatever shape they depend on each other', async (t) => {
  for (const [name, shape] of Object.entries(shapes)) {
    // The kernel counts CPU time in ticks of milliseconds: the smaller one must take many of them.
    const small = sizedSet(8_000, shape);
    const large = sizedSet(32_000, shape);
    work(large);
    const ratio = quickest(large, 2) / Math.max(quickest(small, 3), 1);
    // Four times the services; the square would be 16.
    t.ok(ratio < 12, `${name}: ${ratio.toFixed(1)} times`);
  }
});

t.test('a chain of fifty thousand services needs no deep stack', async (t) => {
  t.equal(work(sizedSet(50_000, (at) => (at > 0 ? [at - 1] : []))), 50_000);
});
