/** The service web of a policy of its own, brought into each state. */
import type { State } from '../../gen/service/types.ts';
import type { Rig } from './policy-rig.ts';
import { createRig, define } from './policy-rig.ts';

export const reach: { readonly [S in State]: () => Rig } = {
  inactive: () => createRig([define('web')]),
  starting() {
    const rig = createRig([define('web')]);
    rig.command('start', 'web');
    return rig;
  },
  active() {
    const rig = createRig([define('web')]);
    rig.up('web');
    return rig;
  },
  reloading() {
    const rig = reach.active();
    rig.command('reload', 'web');
    return rig;
  },
  stopping() {
    const rig = reach.active();
    rig.command('stop', 'web');
    return rig;
  },
  completed() {
    const rig = createRig([define('web', { type: 'Oneshot', remainAfterExit: true })]);
    rig.up('web');
    rig.exits('web', 0);
    rig.empties('web');
    return rig;
  },
  backoff() {
    const rig = createRig([define('web', { restartPolicy: 'OnFailure', restartDelay: 20 })]);
    rig.up('web');
    rig.exits('web', 1);
    rig.empties('web');
    return rig;
  },
  failed() {
    const rig = createRig([define('web')]);
    rig.up('web');
    rig.exits('web', 1);
    rig.empties('web');
    return rig;
  },
  abandoned() {
    const rig = reach.stopping();
    rig.pass(10 + 5);
    return rig;
  },
  skipped() {
    const rig = createRig([define('web', { conditions: [{ type: 'registry', argument: 'Machine\\System\\Init\\Nothing' }] })]);
    rig.command('start', 'web');
    return rig;
  },
};
