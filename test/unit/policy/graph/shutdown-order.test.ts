import t from 'tap';
import { shutdownOrder } from '../../../../src/policy/graph/shutdown-order.ts';
import type { Fleet } from './fleet.ts';
import { graphOf, names } from './fleet.ts';

const order = (fleet: Fleet, running: (name: string) => boolean = () => true) => {
  const graph = graphOf(fleet);
  return shutdownOrder(graph, new Set(graph.nodes.filter(({ name }) => running(name)))).map(names);
};

t.test('GRAPH-014 dependents stop before what they require or are bound to, all that can together', async (t) => {
  const fleet: Fleet = {
    db: {},
    cache: { requires: ['db'] },
    web: { bindsTo: ['cache'], requires: ['db'] },
    alone: {},
    api: { requires: ['db'] },
  };
  t.strictSame(order(fleet), [['web', 'alone', 'api'], ['cache'], ['db']]);
});

t.test('GRAPH-014 Wants and Conflicts order nothing', async (t) => {
  t.strictSame(order({ a: { wants: ['b'], conflicts: ['c'] }, b: {}, c: {} }), [['a', 'b', 'c']]);
});

t.test('GRAPH-014 eventd, authd, lpsd and registryd stop last in this sequence, whatever the definitions say', async (t) => {
  const fleet: Fleet = {
    registryd: { requires: ['app'] },
    Authd: { requires: ['app'] },
    lpsd: { requires: ['eventd'] },
    eventd: {},
    app: { requires: ['db'] },
    db: {},
  };
  t.strictSame(order(fleet), [['app'], ['db'], ['eventd'], ['Authd'], ['lpsd'], ['registryd']]);
  t.strictSame(
    order(fleet, (name) => name !== 'lpsd' && name !== 'db'),
    [['app'], ['eventd'], ['Authd'], ['registryd']],
  );
});

t.test('GRAPH-014 the order holds across services that do not run, without waves for them', async (t) => {
  const fleet: Fleet = { a: { requires: ['b'] }, b: { requires: ['c'] }, c: {} };
  t.strictSame(
    order(fleet, (name) => name !== 'b'),
    [['a'], ['c']],
  );
  t.strictSame(
    order(fleet, () => false),
    [],
  );
});

t.test('services that came to depend on each other while they ran stop together', async (t) => {
  t.strictSame(order({ a: { requires: ['b'] }, b: { requires: ['a', 'c'] }, c: {}, d: { requires: ['a'] } }), [['d'], ['a', 'b'], ['c']]);
});
