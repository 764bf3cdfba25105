/** Verdicts and findings of one graph run. */
import t from 'tap';
import { bootClosure, startClosure } from '../../../../src/policy/graph/closure.ts';
import type { Validation, ValidationOptions } from '../../../../src/policy/graph/validate.ts';
import { validate } from '../../../../src/policy/graph/validate.ts';
import { matchEach } from '../../../support/lists.ts';
import type { Fleet } from './fleet.ts';
import { graphOf, nodeOf } from './fleet.ts';

const atBoot = (fleet: Fleet, options: ValidationOptions = {}): Validation => {
  const graph = graphOf(fleet);
  return validate(graph, bootClosure(graph), options);
};

/** Causes by name, of members that must not start. */
const causes = ({ verdicts }: Validation): Readonly<Record<string, string>> =>
  Object.fromEntries(Array.from(verdicts, ([{ name }, { cause }]) => [name, cause]));

const messages = ({ findings }: Validation): readonly string[] => findings.map(({ message }) => message);

t.test('a graph without fault has no verdicts and no findings', async (t) => {
  const validation = atBoot({
    a: { requires: ['b'], wants: ['c', 'nothing'], conflicts: ['nothing', 'd'] },
    b: { bindsTo: ['c'] },
    c: {},
    d: { demand: true },
  });
  t.strictSame([...validation.verdicts], []);
  t.strictSame(validation.findings, []);
});

t.test('GRAPH-002 GRAPH-003 every cycle over Requires, BindsTo and Wants is found and told in full', async (t) => {
  const validation = atBoot({
    A: { requires: ['B'] },
    B: { bindsTo: ['C'] },
    C: { wants: ['A'] },
    fine: {},
    x: { requires: ['y'] },
    y: { requires: ['x'] },
  });
  t.strictSame(causes(validation), {
    A: 'cycle_detected',
    B: 'cycle_detected',
    C: 'cycle_detected',
    x: 'cycle_detected',
    y: 'cycle_detected',
  });
  t.strictSame(messages(validation), [
    'dependency cycle: A -> B -> C -> A. Remove one of these dependencies to break it.',
    'dependency cycle: x -> y -> x. Remove one of these dependencies to break it.',
  ]);
});

t.test('GRAPH-002 cycles that share a service are told one by one', async (t) => {
  const validation = atBoot({ hub: { requires: ['a', 'b'] }, a: { requires: ['hub'] }, b: { requires: ['hub'] } });
  matchEach(t, messages(validation), [/^dependency cycle: hub -> a -> hub\./, /^dependency cycle: b -> hub -> b\./]);
  t.strictSame(causes(validation), { hub: 'cycle_detected', a: 'cycle_detected', b: 'cycle_detected' });
});

t.test('DEP-015 GRAPH-002 a service that names itself in any dependency field is a cycle of one', async (t) => {
  for (const field of ['requires', 'wants', 'bindsTo', 'conflicts']) {
    const validation = atBoot({ a: { [field]: ['A'] }, b: { wants: ['a'] } });
    t.strictSame(causes(validation), { a: 'cycle_detected' }, field);
    matchEach(t, messages(validation), [/^dependency cycle: a -> a\. Remove a from its own /]);
  }
});

t.test('a very long cycle stands in one finding and not in the state of each of its services', async (t) => {
  const fleet = Object.fromEntries(Array.from({ length: 50 }, (_, at) => [`s${at}`, { requires: [`s${(at + 1) % 50}`] }]));
  const { findings, verdicts } = atBoot(fleet);
  t.equal(findings.length, 1);
  t.equal(findings[0]?.message.split(' -> ').length, 51);
  t.equal(verdicts.size, 50);
  for (const { message } of verdicts.values()) t.ok(message.length < 200 && message.includes('dependency cycle of 50 services'));
});

t.test('GRAPH-002 a knot of very many cycles condemns all of its services and tells a few', async (t) => {
  const spokes = Array.from({ length: 100 }, (_, at) => `s${at}`);
  const fleet = { hub: { requires: spokes }, ...Object.fromEntries(spokes.map((name) => [name, { requires: ['hub'] }])) };
  const { findings, verdicts } = atBoot(fleet);
  t.equal(findings.length, 16);
  t.equal(verdicts.size, 101);
});

t.test('GRAPH-004 DEP-004 a missing Requires or BindsTo target fails the dependent and names both', async (t) => {
  const validation = atBoot({ X: { requires: ['Y'] }, Z: { bindsTo: ['Y'] } });
  t.strictSame(causes(validation), { X: 'dependency_failure', Z: 'dependency_failure' });
  matchEach(t, messages(validation), [
    /^service X requires Y, but Y is not defined\. Define Y, or remove it from Requires of X\.$/,
    /^service Z requires Y, but Y is not defined\. Define Y, or remove it from BindsTo of Z\.$/,
  ]);
});

t.test('GRAPH-005 DEP-005 missing and disabled Wants targets, and missing Conflicts targets, are ignored silently', async (t) => {
  const validation = atBoot({ a: { wants: ['nothing', 'off'], conflicts: ['nothing'] }, off: { disabled: true } });
  t.strictSame([causes(validation), validation.findings], [{}, []]);
});

t.test('BOOT-085 DEP-017 a disabled Requires or BindsTo target fails the dependent, unless it runs', async (t) => {
  const fleet: Fleet = { a: { requires: ['off'] }, b: { bindsTo: ['off'] }, off: { disabled: true } };
  t.strictSame(causes(atBoot(fleet)), { a: 'dependency_failure', b: 'dependency_failure' });
  matchEach(t, messages(atBoot(fleet)), [
    /^service a requires off, but off is disabled\. /,
    /^service b requires off, but off is disabled\. /,
  ]);
  t.strictSame(causes(atBoot(fleet, { up: ({ name }) => name === 'off' })), {});
});

t.test('DEP-017 a disabled service can be the one that is started', async (t) => {
  const graph = graphOf({ off: { disabled: true, requires: ['b'] }, b: {} });
  const members = startClosure(graph, 'off') ?? new Set();
  t.strictSame(causes(validate(graph, members, { root: nodeOf(graph, 'off') })), {});
});

t.test('BOOT-043 a broken member fails with validation_error, its dependents are blocked, those who want it start', async (t) => {
  const validation = atBoot({ bad: { broken: true }, a: { requires: ['bad'] }, b: { bindsTo: ['a'] }, c: { wants: ['bad', 'a'] } });
  t.strictSame(causes(validation), { bad: 'validation_error', a: 'dependency_failure', b: 'dependency_failure' });
  matchEach(t, messages(validation), [
    /^service a requires bad, but bad is blocked: the definition of bad is invalid\. /,
    /^service b requires a, but a is blocked: the definition of bad is invalid\. /,
  ]);
});

t.test('GRAPH-009 failure spreads over a chain, each told that its target is blocked and where that begins', async (t) => {
  const validation = atBoot({ A: { requires: ['B'] }, B: { requires: ['C'] }, C: { requires: ['D'] } });
  t.strictSame(causes(validation), { A: 'dependency_failure', B: 'dependency_failure', C: 'dependency_failure' });
  matchEach(t, messages(validation), [
    /^service C requires D, but D is not defined\./,
    /^service B requires C, but C is blocked: C requires D, which is not defined\./,
    /^service A requires B, but B is blocked: C requires D, which is not defined\./,
  ]);
});

t.test('GRAPH-009 what runs already is neither blocked nor blocks', async (t) => {
  const fleet: Fleet = { a: { requires: ['b'] }, b: { requires: ['gone'] } };
  t.strictSame(causes(atBoot(fleet, { up: ({ name }) => name === 'b' })), {});
});

t.test('two members in conflict both fail with validation_error, whichever declares it', async (t) => {
  const validation = atBoot({ a: { conflicts: ['b'] }, b: {}, c: { requires: ['b'] }, d: {} });
  t.strictSame(causes(validation), { a: 'validation_error', b: 'validation_error', c: 'dependency_failure' });
  matchEach(t, messages(validation), [
    /^service a conflicts with b, /,
    /^service b conflicts with a, /,
    /^service c requires b, but b is blocked: b conflicts with a/,
  ]);
  t.strictSame(causes(atBoot({ a: { conflicts: ['b'] }, b: { demand: true } })), {}, 'one alone is none');
});

t.test('an explicit start fails when its graph holds a conflict, even of services it only wants', async (t) => {
  const graph = graphOf({ root: { wants: ['a', 'b'] }, a: { conflicts: ['b'] }, b: {} });
  const validation = validate(graph, startClosure(graph, 'root') ?? new Set(), { root: nodeOf(graph, 'root') });
  t.strictSame(causes(validation), { a: 'validation_error', b: 'validation_error', root: 'dependency_failure' });
  t.match(
    validation.verdicts.get(nodeOf(graph, 'root'))?.message,
    /^service root cannot start, for its graph holds a conflict: service a conflicts with b/,
  );
});

t.test('GRAPH-007 Readiness=Alive on a service that others require is a warning and no more', async (t) => {
  const validation = atBoot({
    a: { alive: true },
    b: { requires: ['a'] },
    c: { alive: true },
    d: { wants: ['c'] },
    e: { alive: true, oneshot: true },
    f: { bindsTo: ['e'] },
    g: { alive: true, checked: true },
    h: { requires: ['g'] },
  });
  matchEach(t, validation.findings, [
    { kind: 'warning', service: 'a', field: 'Readiness', message: /^service a has Readiness=Alive, so b, / },
  ]);
  t.equal(validation.findings.length, 1);
  t.strictSame(causes(validation), {});
});

t.test(
  'GRAPH-015 D-52 of several findings on one service all are told and the gravest is its cause: cycle, validation, dependency',
  async (t) => {
    const validation = atBoot({
      a: { requires: ['a', 'gone'], conflicts: ['b'] },
      b: { requires: ['gone', 'c'] },
      c: { requires: ['gone'] },
    });
    t.strictSame(causes(validation), { a: 'cycle_detected', b: 'validation_error', c: 'dependency_failure' });
    t.strictSame(
      validation.findings.map(({ service, kind }) => `${service} ${kind}`),
      ['a cycle', 'a conflict', 'b conflict', 'a dependency', 'b dependency', 'c dependency', 'b dependency'],
    );
  },
);

t.test('BOOT-091 dependencies on services that are no members matter not, those on undefined and Disabled ones do', async (t) => {
  const graph = graphOf({
    a: { requires: ['out'] },
    b: { requires: ['gone'] },
    c: { requires: ['off'] },
    out: {},
    off: { disabled: true },
  });
  const members = new Set(['a', 'b', 'c'].map((name) => nodeOf(graph, name)));
  t.strictSame(causes(validate(graph, members)), { b: 'dependency_failure', c: 'dependency_failure' });
});
