/** The graph against a slow and plain oracle, on random fleets. */
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import type { Test } from 'tap';
import t from 'tap';
import { bootClosure, startClosure } from '../../../../src/policy/graph/closure.ts';
import { shutdownOrder } from '../../../../src/policy/graph/shutdown-order.ts';
import { validate } from '../../../../src/policy/graph/validate.ts';
import type { Fleet, Member } from './fleet.ts';
import { graphOf, nodeOf, sorted } from './fleet.ts';
import { Oracle } from './oracle.ts';

const services = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'eventd', 'registryd'];
const rarely = fc.nat(9).map((roll) => roll === 0);
const targets = (much: number) =>
  fc
    .array(fc.tuple(fc.nat(9), fc.constantFrom(...services, 'gone')), { maxLength: 4 })
    .map((all) => all.filter(([roll]) => roll < much).map(([, name]) => name));
const member: fc.Arbitrary<Member> = fc.record({
  requires: targets(4),
  wants: targets(3),
  bindsTo: targets(2),
  conflicts: targets(1),
  demand: fc.boolean(),
  disabled: rarely,
  broken: rarely,
});
const fleets: fc.Arbitrary<Fleet> = fc
  .tuple(fc.array(member, { minLength: services.length, maxLength: services.length }), fc.subarray(services))
  .map(([members, defined]) => Object.fromEntries(defined.map((name, at) => [name, members[at] ?? {}])));
const subsets = fc.subarray(services);

const check = (t: Test, runs: number, holds: (fleet: Fleet, some: readonly string[]) => boolean): unknown =>
  t.doesNotThrow(() => fc.assert(fc.property(fleets, subsets, holds), { numRuns: runs }), `${runs} fleets`);

t.test('BOOT-028 GRAPH-011 closures agree with the oracle', async (t) => {
  check(t, 500, (fleet) => {
    const oracle = new Oracle(fleet);
    const graph = graphOf(fleet);
    return (
      isDeepStrictEqual(sorted(bootClosure(graph)), [...oracle.closure(oracle.roots())].sort()) &&
      Object.keys(fleet).every((name) => isDeepStrictEqual(sorted(startClosure(graph, name)), [...oracle.closure([name])].sort()))
    );
  });
});

t.test('GRAPH-002 GRAPH-009 GRAPH-015 verdicts agree with the oracle, whatever runs already', async (t) => {
  check(t, 2000, (fleet, some) => {
    const oracle = new Oracle(fleet);
    const graph = graphOf(fleet);
    const up = new Set(some);
    const { verdicts } = validate(graph, bootClosure(graph), { up: ({ name }) => up.has(name) });
    const causes = Object.fromEntries(Array.from(verdicts, ([{ name }, { cause }]) => [name, cause]));
    const expected = oracle.verdicts(oracle.closure(oracle.roots()), up);
    return isDeepStrictEqual(Object.entries(causes).sort(), Object.entries(expected).sort());
  });
});

t.test('GRAPH-003 every loop that is told exists, and every service on a cycle is told in one', async (t) => {
  check(t, 1000, (fleet) => {
    const oracle = new Oracle(fleet);
    const graph = graphOf(fleet);
    const { findings, verdicts } = validate(graph, bootClosure(graph));
    const loops = findings
      .filter(({ kind }) => kind === 'cycle')
      .map(({ message }) => (/^dependency cycle: ([^.]+)\./.exec(message)?.[1] ?? '').split(' -> '));
    const real = loops.every((loop) => {
      const closed = loop.length > 1 && loop[0] === loop.at(-1) && new Set(loop).size === loop.length - 1;
      const self = loop.length === 2 && (fleet[loop[0] ?? '']?.conflicts ?? []).includes(loop[0] ?? '');
      return closed && (self || loop.slice(1).every((name, at) => oracle.edge(loop[at] ?? '', name)));
    });
    const told = new Set(loops.flat());
    const onCycle = Array.from(verdicts).filter(([, { kind }]) => kind === 'cycle');
    return real && onCycle.every(([{ name }]) => told.has(name)) && [...told].every((name) => onCycle.some(([node]) => node.name === name));
  });
});

t.test(
  'GRAPH-009 every verdict but that of a broken definition has a finding on its service, and every dependency finding a verdict',
  async (t) => {
    check(t, 500, (fleet) => {
      const graph = graphOf(fleet);
      const { findings, verdicts } = validate(graph, bootClosure(graph));
      const guilty = new Set(findings.filter(({ kind }) => kind !== 'warning').map(({ service }) => service));
      return (
        Array.from(verdicts).every(([{ name }, { kind }]) => kind === 'cycle' || kind === 'definition' || guilty.has(name)) &&
        [...guilty].every((name) => verdicts.has(nodeOf(graph, name)))
      );
    });
  },
);

t.test('GRAPH-014 the shutdown order holds each running service once, after all that depend on it', async (t) => {
  const pinned = ['eventd', 'registryd'];
  check(t, 1000, (fleet, some) => {
    const oracle = new Oracle(fleet);
    const graph = graphOf(fleet);
    const running = some.filter((name) => name in fleet);
    const waves = shutdownOrder(graph, new Set(running.map((name) => nodeOf(graph, name)))).map(sorted);
    const at = new Map(waves.flatMap((wave, position) => wave.map((name): [string, number] => [name, position])));
    const wave = (name: string): number => at.get(name) ?? -1;
    const free = running.filter((name) => !pinned.includes(name));
    const last = pinned.filter((name) => running.includes(name)).map((name) => [name]);
    return (
      isDeepStrictEqual(waves.flat().sort(), running.toSorted()) &&
      isDeepStrictEqual(waves.slice(waves.length - last.length), last) &&
      waves.every(({ length }) => length > 0) &&
      free.every((one) => free.every((other) => !oracle.stopsBefore(one, other) || wave(one) < wave(other)))
    );
  });
});
