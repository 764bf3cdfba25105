/** What is remembered of how services came up first. O-147. */
import t from 'tap';
import { mostChanges } from '../../../../src/policy/first-start.ts';
import type { Fields, Rig } from '../../../support/policy-rig.ts';
import { createRig, define } from '../../../support/policy-rig.ts';

const boot: Fields = { triggers: [{ type: 'boot' }] };
const notify: Fields = { readiness: 'Notify' };
const startOfRig = 1_000_000_000_000n;
const secondsOf = (instant: bigint): number => Number(instant - startOfRig) / 1e9;

/** Instants in seconds after the begin of the rig, without those that there are not. */
function remembered(rig: Rig, name: string) {
  const first = rig.policy.firstStarts().find(({ key }) => key === name)?.first ?? null;
  if (first === null) return null;
  const { changes, ...instants } = first;
  const known = Object.entries(instants).filter(([, instant]) => instant !== null);
  return {
    ...Object.fromEntries(known.map(([member, instant]) => [member, typeof instant === 'bigint' ? secondsOf(instant) : instant])),
    changes: changes.map(({ to, at }) => `${to} ${secondsOf(at)}`),
  };
}

t.test('O-147 each part of the way up has its instant, and who was waited for last', async (t) => {
  const hooks: Fields = { execStartPre: [['/pre']], execStartPost: [['/post']] };
  const rig = createRig([
    define('web', { ...boot, ...notify, ...hooks, requires: ['db'], wants: ['cache'] }),
    define('db', notify),
    define('cache', notify),
    define('idle'),
  ]);
  rig.pass(1);
  rig.runs('db');
  rig.runs('cache');
  rig.pass(1);
  rig.notify('db', { ready: true });
  rig.pass(1);
  rig.notify('cache', { ready: true });
  rig.pass(1);
  rig.ends('web/ExecStartPre[0]', 0);
  rig.empties('web');
  rig.pass(1);
  rig.runs('web');
  rig.pass(1);
  rig.notify('web', { ready: true });
  rig.pass(1);
  rig.ends('web/ExecStartPost[0]', 0);
  rig.pass(1);
  rig.exits('web', 1);
  const db = { asked: 0, checked: 0, freed: 0, launched: 0, prepared: 0, granted: 0, running: 1, up: 2, released: 2 };
  t.strictSame(remembered(rig, 'db'), { ...db, changes: ['starting 0', 'active 2'] });
  t.strictSame(remembered(rig, 'web'), {
    asked: 0,
    checked: 0,
    freed: 3,
    freedBy: 'cache',
    launched: 3,
    prepared: 4,
    granted: 4,
    running: 5,
    up: 6,
    released: 7,
    changes: ['starting 3', 'active 6', 'failed 8'],
  });
  t.equal(remembered(rig, 'idle'), null);
});

t.test('O-147 a Oneshot that is started again before its post-hooks are over was up, and nothing is added', async (t) => {
  const rig = createRig([define('web', { ...boot, type: 'Oneshot', remainAfterExit: true, execStartPost: [['/post']] })]);
  rig.runs('web');
  rig.pass(1);
  rig.exits('web', 0);
  rig.empties('web');
  rig.pass(1);
  rig.command('restart', 'web');
  rig.empties('web');
  rig.runs('web');
  rig.pass(1);
  rig.exits('web', 0);
  t.strictSame(remembered(rig, 'web'), {
    asked: 0,
    checked: 0,
    freed: 0,
    launched: 0,
    prepared: 0,
    granted: 0,
    running: 0,
    up: 1,
    ended: 2,
    changes: ['starting 0', 'completed 1', 'starting 2', 'completed 3'],
  });
});

t.test('O-147 what was tried again has the instants of its last try, and is not remembered any longer once it was given up', async (t) => {
  const rig = createRig([define('web', { ...boot, ...notify, restartPolicy: 'OnFailure', restartMaxRetries: 1, restartDelay: 2 })]);
  rig.runs('web');
  rig.exits('web', 1);
  rig.empties('web');
  rig.pass(2);
  t.strictSame(remembered(rig, 'web'), {
    asked: 0,
    checked: 0,
    freed: 0,
    retried: 2,
    launched: 2,
    prepared: 2,
    granted: 2,
    changes: ['starting 0', 'backoff 0', 'starting 2'],
  });
  rig.pass(1);
  rig.runs('web');
  rig.exits('web', 1);
  const givenUp = { asked: 0, checked: 0, freed: 0, retried: 2, launched: 2, prepared: 2, granted: 2, running: 3, ended: 3 };
  const changes = ['starting 0', 'backoff 0', 'starting 2', 'failed 3'];
  t.strictSame(remembered(rig, 'web'), { ...givenUp, changes });
  rig.pass(1);
  rig.empties('web');
  rig.up('web');
  t.strictSame(remembered(rig, 'web'), { ...givenUp, changes: [...changes, 'starting 4', 'active 4'] });
});

t.test('O-147 of many steps the first ones are kept', async (t) => {
  const rig = createRig([define('web')]);
  for (let round = 0; round < mostChanges; round++) {
    rig.up('web');
    rig.command('stop', 'web');
    rig.exits('web', 0);
    rig.empties('web');
  }
  t.equal(rig.policy.firstStarts()[0]?.first?.changes.length, mostChanges);
});

t.test('O-147 who was waited for in vain was waited for as well', async (t) => {
  const rig = createRig([define('web', { ...boot, requires: ['db'] }), define('db', notify)]);
  rig.runs('db');
  rig.pass(2);
  rig.exits('db', 1);
  rig.empties('db');
  const given = remembered(rig, 'web');
  t.strictSame(given, { asked: 0, checked: 0, freed: 2, freedBy: 'db', ended: 2, changes: ['failed 2'] });
  t.match(rig.view('web').detail, /^service web requires db, but db failed \(its main process .*ready\. .*[^.]\)\. Repair db/);
});
