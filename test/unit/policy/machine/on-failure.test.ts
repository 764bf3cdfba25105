/** OnFailure handlers. PSD-007 5.2. */
import t from 'tap';
import type { Rig } from '../../../support/policy-rig.ts';
import { createRig, define, recordedBy } from '../../../support/policy-rig.ts';

const crash = (rig: Rig, name: string): void => {
  rig.exits(name, 1);
  rig.empties(name);
};
const suppressed = (rig: Rig) => recordedBy(rig.effects).filter(({ event }) => event === 'on_failure.loop_suppressed');

t.test('CAUSE-026 RST-015 D-32 the final failure starts the handler, a retry does not', async (t) => {
  const rig = createRig([
    define('web', { onFailure: 'Help', restartPolicy: 'OnFailure', restartMaxRetries: 1, restartDelay: 1 }),
    define('help'),
  ]);
  rig.up('web');
  crash(rig, 'web');
  t.equal(rig.spawns('help'), 0);
  rig.pass(1);
  rig.runs('web');
  crash(rig, 'web');
  t.equal(rig.is('help'), 'starting / explicit_start');
  t.match(rig.view('help').operation, { type: 'start', source: 'on_failure' });
});

t.test(
  'CAUSE-026 D-41 eviction and a bound stop fire, a failed dependency, a failed assert and an invalid definition do not',
  async (t) => {
    const rig = createRig([
      define('web', { onFailure: 'help', conflicts: ['other'] }),
      define('other'),
      define('help'),
      define('asserting', { onFailure: 'help2', asserts: [{ type: 'registry', argument: 'x' }] }),
      define('orphan', { onFailure: 'help2', requires: ['ghost'] }),
      define('help2'),
    ]);
    rig.up('web');
    rig.command('start', 'other');
    rig.exits('web', 0);
    rig.empties('web');
    t.equal(rig.is('web'), 'failed / conflict_eviction');
    t.equal(rig.spawns('help'), 1);
    rig.command('start', 'asserting');
    rig.command('start', 'orphan');
    t.strictSame([rig.is('asserting'), rig.is('orphan')], ['failed / assertion_error', 'failed / dependency_failure']);
    t.equal(rig.spawns('help2'), 0);
  },
);

t.test('CAUSE-026 neither a broken definition nor a cycle starts a handler, at boot or on demand', async (t) => {
  const boot = { triggers: [{ type: 'boot' }] } as const;
  const rig = createRig([
    define('left', { ...boot, onFailure: 'help', conflicts: ['right'] }),
    define('right', { ...boot, onFailure: 'help' }),
    define('one', { ...boot, onFailure: 'help', requires: ['two'] }),
    define('two', { ...boot, onFailure: 'help', requires: ['one'] }),
    define('help'),
  ]);
  t.strictSame(
    ['left', 'right', 'one', 'two'].map((name) => rig.is(name)),
    ['failed / validation_error', 'failed / validation_error', 'failed / cycle_detected', 'failed / cycle_detected'],
  );
  rig.command('reset', 'one');
  rig.command('start', 'one');
  t.equal(rig.is('one'), 'failed / cycle_detected');
  t.equal(rig.view('help').state, 'inactive');
  t.equal(rig.spawns('help'), 0);
});

t.test('CAUSE-026 a service that the shutdown kills while it starts calls for no handler', async (t) => {
  const rig = createRig([define('web', { onFailure: 'help', readiness: 'Notify' }), define('help')]);
  rig.command('start', 'web');
  rig.runs('web');
  rig.send({ kind: 'shutdown', type: 'reboot', forced: false, reason: 'test' });
  t.equal(rig.is('web'), 'failed / shutdown_wave');
  t.equal(rig.view('help').state, 'inactive');
  t.equal(rig.view('help').operation, null, 'nor is a start of it asked for');
});

t.test('CAUSE-033 an exhausted Critical service starts no handler', async (t) => {
  const rig = createRig([
    define('web', { onFailure: 'help', errorControl: 'Critical', restartPolicy: 'OnFailure', restartMaxRetries: 0 }),
    define('help'),
  ]);
  rig.up('web');
  crash(rig, 'web');
  t.ok(rig.effects.some(({ kind }) => kind === 'critical-failure'));
  t.equal(rig.spawns('help'), 0);
});

t.test('CAUSE-034 a handler that is up is left alone, a completed one runs again', async (t) => {
  const rig = createRig([
    define('web', { onFailure: 'up' }),
    define('up'),
    define('app', { onFailure: 'once' }),
    define('once', { type: 'Oneshot', remainAfterExit: true }),
  ]);
  rig.up('up');
  rig.up('web');
  crash(rig, 'web');
  t.equal(rig.spawns('up'), 1);
  rig.up('once');
  rig.exits('once', 0);
  rig.empties('once');
  rig.up('app');
  crash(rig, 'app');
  t.equal(rig.spawns('once'), 2);
});

t.test('CAUSE-035 two services that name each other are started once each, and the loop is recorded', async (t) => {
  const rig = createRig([define('a', { onFailure: 'b' }), define('b', { onFailure: 'a' })]);
  rig.up('a');
  crash(rig, 'a');
  rig.runs('b');
  crash(rig, 'b');
  rig.runs('a');
  crash(rig, 'a');
  t.strictSame([rig.spawns('a'), rig.spawns('b')], [2, 1]);
  const reason = 'the handler was started in this chain already';
  t.strictSame(suppressed(rig), [
    { event: 'on_failure.loop_suppressed', payload: { service: 'a', handler: 'b', chain: ['b', 'a'], reason } },
  ]);
});

t.test('CAUSE-035 a handler that ended has left the chain', async (t) => {
  const rig = createRig([define('a', { onFailure: 'b' }), define('b', { onFailure: 'a' })]);
  rig.up('a');
  crash(rig, 'a');
  rig.runs('b');
  rig.exits('b', 0);
  rig.empties('b');
  t.equal(rig.is('b'), 'inactive / clean_exit');
  rig.up('b');
  crash(rig, 'b');
  rig.runs('a');
  crash(rig, 'a');
  t.equal(rig.spawns('b'), 3, 'its second failure began a chain of its own');
  t.strictSame(suppressed(rig), []);
});

t.test('CAUSE-035 a chain ends after sixteen handlers', async (t) => {
  const rig = createRig(Array.from({ length: 20 }, (_, at) => define(`s${at}`, { onFailure: `s${at + 1}` })));
  rig.up('s0');
  crash(rig, 's0');
  for (let at = 1; at <= 16; at++) {
    rig.runs(`s${at}`);
    crash(rig, `s${at}`);
  }
  t.equal(rig.spawns('s17'), 0);
  const chain = Array.from({ length: 16 }, (_, at) => `s${at + 1}`);
  const payload = { service: 's16', handler: 's17', chain, reason: 'the chain is 16 handlers long' };
  t.strictSame(suppressed(rig), [{ event: 'on_failure.loop_suppressed', payload }]);
});

t.test('CAUSE-035 a handler that held for its RestartWindow has left the chain', async (t) => {
  const rig = createRig([define('a', { onFailure: 'b' }), define('b', { onFailure: 'a', restartWindow: 10 })]);
  rig.up('a');
  crash(rig, 'a');
  rig.runs('b');
  rig.pass(10);
  crash(rig, 'b');
  rig.runs('a');
  crash(rig, 'a');
  t.equal(rig.spawns('b'), 2, 'b fails anew: a chain of its own');
});
