/** What a start would do, told without doing it; each claim is held against the start itself. */
import t from 'tap';
import { matchEach } from '../../../support/lists.ts';
import type { Rig } from '../../../support/policy-rig.ts';
import { createRig, define } from '../../../support/policy-rig.ts';

const explain = (rig: Rig, service: string) => {
  const explanation = rig.policy.explain(service);
  if (explanation === null) throw new Error(`no service ${service}`);
  return explanation;
};
const told = (rig: Rig, service: string): readonly string[] =>
  explain(rig, service).steps.map(({ verdict, text }) => `${verdict}: ${text}`);

/** Stopped, and nothing of it could be killed. */
function abandon(rig: Rig, service: string): void {
  rig.up(service);
  rig.command('stop', service);
  rig.pass(200);
  if (rig.view(service).state !== 'abandoned') throw new Error(`${service} is ${rig.view(service).state}`);
}

t.test('a start is told with what it starts first, waits for and stops', async (t) => {
  const rig = createRig([
    define('web', { requires: ['db'], wants: ['log'], bindsTo: ['net'], conflicts: ['old'] }),
    define('db', { requires: ['disk'], conflicts: ['backup'] }),
    define('disk'),
    define('log'),
    define('net', { readiness: 'Notify' }),
    define('old'),
    define('backup'),
  ]);
  for (const service of ['log', 'old', 'backup']) rig.up(service);
  rig.command('start', 'net');
  const before = JSON.stringify(rig.policy.services().map(({ name, state }) => [name, state]));
  t.equal(explain(rig, 'web').outcome, 'starts');
  t.same(told(rig, 'web'), [
    'holds: web is inactive: it can be started',
    'waits: BindsTo: net is starting; the start waits for it',
    'starts: Requires: db is inactive and is started first',
    'holds: Wants: log is active',
    'stops: Conflicts: old is active and is stopped first',
    'stops: Conflicts of db: backup is active and is stopped first',
  ]);
  t.equal(JSON.stringify(rig.policy.services().map(({ name, state }) => [name, state])), before, 'nothing was done');
  rig.command('start', 'web');
  rig.runs('disk');
  t.same([rig.view('old').state, rig.view('backup').state], ['active', 'stopping'], 'as it was told');
});

t.test(
  'an abandoned service that is required, directly or by a required one, blocks the start; a wanted one does not matter',
  async (t) => {
    const rig = createRig([
      define('direct', { requires: ['dead'] }),
      define('far', { requires: ['between'] }),
      define('between', { bindsTo: ['dead'] }),
      define('easy', { wants: ['between', 'dead'] }),
      define('dead'),
    ]);
    abandon(rig, 'dead');
    for (const service of ['direct', 'far']) {
      t.equal(explain(rig, service).outcome, 'fails', service);
      t.match(told(rig, service).at(-1), /^blocks: .*dead.* abandoned; it has to be reset first$/);
      t.match(rig.policy.operation(rig.accepted('start', service)), { state: 'failed' }, 'the start itself');
    }
    t.equal(explain(rig, 'easy').outcome, 'starts');
    t.match(
      told(rig, 'easy').at(-1),
      /^ignored: between requires dead, which is abandoned; it has to be reset first, which does not matter$/,
    );
    rig.command('start', 'easy');
    rig.runs('easy');
    t.equal(rig.view('easy').state, 'active');
  },
);

t.test('states in which a start does nothing, waits, joins or is refused are told as that', async (t) => {
  const rig = createRig([
    define('web'),
    define('slow', { readiness: 'Notify' }),
    define('dead'),
    define('broken', { requires: ['ghost'] }),
  ]);
  rig.up('web');
  t.equal(explain(rig, 'web')?.outcome, 'nothing');
  matchEach(t, explain(rig, 'web')?.steps, [{ text: /web is active: there is nothing to do/ }]);
  rig.command('stop', 'web');
  t.equal(explain(rig, 'web')?.outcome, 'waits');
  matchEach(t, explain(rig, 'web')?.steps, [{ text: /a stop is running: the start waits for it/ }]);
  rig.command('start', 'slow');
  t.match(explain(rig, 'slow'), { outcome: 'joins' });
  abandon(rig, 'dead');
  t.equal(explain(rig, 'dead')?.outcome, 'refused');
  matchEach(t, explain(rig, 'dead')?.steps, [{ text: /dead is abandoned: it has to be reset first/ }]);
  t.match(explain(rig, 'broken'), { outcome: 'fails' });
  t.match(told(rig, 'broken')[1], /^blocks: service broken requires ghost, but ghost is not defined\./);
});
