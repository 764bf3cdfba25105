/** The graph work grows with the services in proportion, and is done for tens of thousands of them. */
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

/** Milliseconds that this thread works: a busy machine makes it wait, which says nothing about the graph. */
function spent(body: () => unknown): number {
  const before = process.threadCpuUsage();
  body();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1000;
}

t.test('ten thousand services with a hundred thousand dependencies are built and validated', async (t) => {
  for (const name of ['layers', 'one great knot']) {
    const graph = buildGraph(sizedSet(10_000, shapes[name] ?? (() => [])));
    t.equal(validate(graph, bootClosure(graph)).verdicts.size, 10_000, name);
  }
});

t.test('the work grows in proportion to the services, in whatever shape they depend on each other', async (t) => {
  for (const [name, shape] of Object.entries(shapes)) {
    const [small, large] = [sizedSet(4_000, shape), sizedSet(16_000, shape)];
    let [often, once, ratio] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
    // The quickest of several rounds, by turns: whatever else the machine does slows now the one, now the other.
    for (let round = 0; round < 3 || (ratio >= 1.9 && round < 12); round += 1) {
      often = Math.min(
        often,
        spent(() => [small, small, small, small].map(work)),
      );
      once = Math.min(
        once,
        spent(() => work(large)),
      );
      // Four times the services once, against the services four times; the square would be 4.
      ratio = once / often;
    }
    t.ok(ratio < 1.9, `${name}: ${ratio.toFixed(2)} times`);
  }
});

t.test('a chain of fifty thousand services needs no deep stack', async (t) => {
  t.equal(work(sizedSet(50_000, (at) => (at > 0 ? [at - 1] : []))), 50_000);
});
