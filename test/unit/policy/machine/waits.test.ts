/** Whom the boot and the shutdown wait for. */
import t from 'tap';
import type { Rig } from '../../../support/policy-rig.ts';
import { createRig, define } from '../../../support/policy-rig.ts';

const second = 1_000_000_000n;
/** Instants in seconds since the beginning. */
const waits = (rig: Rig, begin: bigint) =>
  rig.policy.waits().map(({ since, until, ...rest }) => ({
    ...rest,
    since: since === null ? null : Number((since - begin) / second),
    until: until === null ? null : Number((until - begin) / second),
  }));

t.test('the boot waits for those that are starting, each until its StartTimeout, and for nobody once it has settled', async (t) => {
  const rig = createRig([
    define('web', { triggers: [{ type: 'boot' }], readiness: 'Notify', startTimeout: 90 }),
    define('db', { triggers: [{ type: 'boot' }] }),
  ]);
  const begin = rig.now;
  rig.boot();
  rig.runs('web');
  rig.runs('db');
  rig.pass(3);
  t.strictSame(waits(rig, begin), [{ name: 'web', for: 'start', since: 0, until: 90 }]);
  rig.notify('web', { ready: true });
  t.strictSame(waits(rig, begin), []);
  rig.command('restart', 'web');
  t.strictSame(waits(rig, begin), []);
});

t.test(
  'SHUT-013 the shutdown waits for the present wave until StopTimeout, its own end at most, and then for what was killed',
  async (t) => {
    const rig = createRig([define('web', { requires: ['db'], stopTimeout: 10 }), define('slow', { stopTimeout: 300 }), define('db')], {
      shutdownTimeoutSeconds: 60,
    });
    for (const name of ['db', 'web', 'slow']) if (rig.view(name).state === 'inactive') rig.up(name);
    const begin = rig.now;
    t.strictSame(waits(rig, begin), []);
    rig.send({ kind: 'shutdown', type: 'reboot', forced: false, reason: 'test' });
    rig.pass(9);
    t.strictSame(
      [...waits(rig, begin)].sort((a, b) => (a.name < b.name ? -1 : 1)),
      [
        { name: 'slow', for: 'stop', since: 0, until: 60 },
        { name: 'web', for: 'stop', since: 0, until: 10 },
      ],
    );
    rig.pass(2);
    t.strictSame(
      waits(rig, begin).filter(({ name }) => name === 'web'),
      [{ name: 'web', for: 'kill', since: 0, until: 15 }],
    );
  },
);

t.test('the shutdown waits for what was killed while it was starting', async (t) => {
  const rig = createRig([define('web', { readiness: 'Notify' })]);
  rig.command('start', 'web');
  rig.runs('web');
  const begin = rig.now;
  rig.send({ kind: 'shutdown', type: 'reboot', forced: false, reason: 'test' });
  t.strictSame(waits(rig, begin), [{ name: 'web', for: 'kill', since: 0, until: 5 }]);
  rig.exits('web', null, 9);
  rig.empties('web');
  t.strictSame(waits(rig, begin), []);
});
