/** Nodes and edges, closures, whole sets. */
import t from 'tap';
import { checkDefinitions } from '../../../../src/policy/graph/check-set.ts';
import { bootClosure, bootRoots, startClosure } from '../../../../src/policy/graph/closure.ts';
import { buildGraph, findNode } from '../../../../src/policy/graph/graph.ts';
import type { Fleet } from './fleet.ts';
import { graphOf, names, nodeOf, setOf, sorted } from './fleet.ts';

t.test('targets are found in any case, each once, and BindsTo outweighs Requires, Requires outweighs Wants', async (t) => {
  const graph = graphOf({ A: { requires: ['b', 'B', 'c'], bindsTo: ['C'], wants: ['b', 'd', 'nothing'] }, b: {}, c: {}, D: {} });
  const a = nodeOf(graph, 'a');
  t.strictSame(names(a.hard), ['c', 'b']);
  t.strictSame(names(a.requires), ['b']);
  t.strictSame(names(a.bindsTo), ['c']);
  t.strictSame(names(a.wants), ['D']);
  t.strictSame(a.missing, []);
  t.strictSame(names(nodeOf(graph, 'c').boundBy), ['A']);
  t.strictSame(names(nodeOf(graph, 'b').requiredBy), ['A']);
  t.strictSame(names(nodeOf(graph, 'b').hardDependents), ['A']);
  t.strictSame(names(nodeOf(graph, 'd').wantedBy), ['A']);
  t.equal(findNode(graph, 'nothing'), null);
});

t.test('DEP-013 conflicts hold from both sides whichever declares them', async (t) => {
  const graph = graphOf({ a: { conflicts: ['b', 'c', 'nothing'] }, b: { conflicts: ['a'] }, c: {} });
  t.strictSame(names(nodeOf(graph, 'a').conflicts), ['b', 'c']);
  t.strictSame(names(nodeOf(graph, 'b').conflicts), ['a']);
  t.strictSame(names(nodeOf(graph, 'c').conflicts), ['a']);
});

const chain: Fleet = {
  top: { requires: ['middle'], wants: ['extra', 'off', 'nothing'] },
  middle: { bindsTo: ['bottom'], demand: true },
  bottom: { demand: true },
  extra: { demand: true, wants: ['further'] },
  further: { demand: true },
  off: { disabled: true, requires: ['behind'] },
  behind: { demand: true },
  idle: { demand: true, requires: ['bottom'] },
};

t.test('SVC-012 BOOT-029 boot roots have a boot trigger and are not disabled', async (t) => {
  t.strictSame(names(bootRoots(graphOf(chain))), ['top']);
  t.ok(findNode(graphOf(chain), 'off')?.definition, 'a disabled service is known all the same');
});

t.test('BOOT-028 BOOT-029 the boot graph is the roots and all they need, and no disabled service', async (t) => {
  t.strictSame(sorted(bootClosure(graphOf(chain))), ['bottom', 'extra', 'further', 'middle', 'top']);
  const graph = graphOf({ ...chain, top: { requires: ['off'] } });
  t.strictSame(sorted(bootClosure(graph)), ['top'], 'nor what only that would need');
});

t.test('the boot graph can be built from other roots', async (t) => {
  const graph = graphOf(chain);
  t.strictSame(sorted(bootClosure(graph, [nodeOf(graph, 'idle')])), ['bottom', 'idle']);
});

t.test('GRAPH-011 an explicit start gathers hard and wanted targets transitively, itself disabled or not', async (t) => {
  const graph = graphOf(chain);
  t.strictSame(sorted(startClosure(graph, 'TOP')), ['bottom', 'extra', 'further', 'middle', 'top']);
  t.strictSame(sorted(startClosure(graph, 'off')), ['behind', 'off']);
  t.equal(startClosure(graph, 'nothing'), null);
});

t.test('an explicit start looks no further than services that run', async (t) => {
  const graph = graphOf(chain);
  t.strictSame(sorted(startClosure(graph, 'top', (node) => node.name !== 'middle')), ['extra', 'further', 'middle', 'top']);
  t.strictSame(sorted(startClosure(graph, 'middle', () => false)), ['bottom', 'middle'], 'but always past the one that is started');
});

t.test('BOOT-028 a broken target is part of the graph, for its dependents to be told', async (t) => {
  t.strictSame(sorted(bootClosure(graphOf({ a: { requires: ['b'] }, b: { broken: true } }))), ['a', 'b']);
});

const findingsOf = (fleet: Fleet): readonly (readonly [string, string])[] => {
  const set = setOf(fleet);
  return checkDefinitions(set, buildGraph(set)).map(({ kind, service }): [string, string] => [kind, service]);
};

t.test('GEN-023 GRAPH-004 a whole set is found guilty of hard targets that are not defined, boot or not', async (t) => {
  t.strictSame(findingsOf({ a: { demand: true, bindsTo: ['gone'] }, b: { requires: ['a'] } }), [['dependency', 'a']]);
});

t.test('a whole set is judged by its definitions, cycles anywhere, and conflicts at boot', async (t) => {
  const fleet: Fleet = {
    one: { conflicts: ['two'] },
    two: {},
    lazy: { demand: true, conflicts: ['one'] },
    x: { demand: true, requires: ['y'] },
    y: { demand: true, wants: ['x'] },
    bad: { broken: true },
    behind: { requires: ['bad'] },
    off: { disabled: true },
    needy: { requires: ['off'], demand: true },
    fast: { alive: true },
    slow: { requires: ['fast'] },
  };
  t.strictSame(findingsOf(fleet), [
    ['invalid', 'bad'],
    ['cycle', 'x'],
    ['conflict', 'one'],
    ['conflict', 'two'],
    ['warning', 'fast'],
  ]);
});

t.test('O-19 services that need a token of the authority want authd, it and what it needs apart', async (t) => {
  const system = { identity: 'SYSTEM' };
  const fleet: Fleet = {
    authd: { ...system, requires: ['registryd'], wants: ['log'] },
    registryd: {},
    log: { requires: ['disk'] },
    disk: {},
    web: {},
    named: { wants: ['authd'] },
    required: { requires: ['AUTHD'] },
    against: { conflicts: ['authd'] },
    own: { identity: 's-1-5-18' },
    hooked: { ...system, hookIdentity: 'nobody' },
    hookless: { ...system, hookIdentity: 'nobody', hookless: true },
  };
  const graph = graphOf(fleet);
  t.strictSame(
    graph.nodes.filter(({ impliesAuthority }) => impliesAuthority).map(({ name }) => name),
    ['web', 'hooked'],
  );
  t.strictSame(names(nodeOf(graph, 'web').wants), ['authd']);
  t.strictSame(sorted(nodeOf(graph, 'authd').wantedBy), ['hooked', 'named', 'web']);
  const { authd: _authd, ...without } = fleet;
  t.notOk(
    graphOf(without).nodes.some(({ impliesAuthority }) => impliesAuthority),
    'it is not defined',
  );
});
