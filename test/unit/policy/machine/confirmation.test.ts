/** When a boot counts as a success. */
import t from 'tap';
import type { Rig } from '../../../support/policy-rig.ts';
import { createRig, decoded, define, setOf } from '../../../support/policy-rig.ts';

const boot = { triggers: [{ type: 'boot' }] } as const;
const critical = { ...boot, errorControl: 'Critical' } as const;
const again = { restartPolicy: 'Always', restartDelay: 1, restartMaxRetries: 9 } as const;

const confirmed = (rig: Rig): number => rig.effects.filter(({ kind }) => kind === 'boot-confirmed').length;
const view = (rig: Rig) => rig.policy.machine().confirmation;

/** A machine with registryd as Phase 1 leaves it, and these. */
function machine(...services: Parameters<typeof createRig>[0] & object): Rig {
  const rig = createRig();
  const registryd = define('registryd', { errorControl: 'Critical', ...again });
  rig.load([registryd]);
  rig.up('registryd');
  rig.load([registryd, ...services]);
  return rig;
}

t.test('BOOT-047 BOOT-048 a boot counts when all critical services of it have held for the grace, once', async (t) => {
  const rig = machine(define('web', { ...critical, requires: ['db'] }), define('db', { errorControl: 'Critical' }), define('app', boot));
  rig.boot();
  t.strictSame(view(rig), { confirmedAt: null, waitingFor: ['db', 'web'], endsAt: null, graceSeconds: 30 });
  rig.pass(20);
  rig.runs('db');
  rig.pass(20);
  t.strictSame(view(rig).waitingFor, ['web']);
  rig.runs('web');
  const since = rig.now;
  t.strictSame(view(rig), { confirmedAt: null, waitingFor: [], endsAt: since + 30_000_000_000n, graceSeconds: 30 });
  rig.pass(29.9);
  t.equal(confirmed(rig), 0);
  rig.pass(0.1);
  t.equal(confirmed(rig), 1);
  t.strictSame(view(rig), {
    confirmedAt: { monotonic: rig.now, realtime: 1_700_000_000_000_000_000n + rig.now },
    waitingFor: [],
    endsAt: null,
    graceSeconds: 30,
  });
  rig.exits('web', 1);
  rig.pass(1000);
  t.equal(confirmed(rig), 1, 'once and for all');
});

t.test('BOOT-048 every break begins the time anew: a crash, a stop by hand, and registryd', async (t) => {
  for (const breaks of [
    (rig: Rig) => {
      rig.exits('web', 1);
      rig.empties('web');
      rig.pass(1);
      rig.runs('web');
    },
    (rig: Rig) => {
      rig.command('stop', 'web');
      rig.exits('web', 0);
      rig.empties('web');
      t.strictSame(view(rig).waitingFor, ['web']);
      rig.pass(50);
      rig.up('web');
    },
    (rig: Rig) => {
      rig.exits('registryd', 1);
      rig.empties('registryd');
      rig.pass(1);
      t.strictSame(view(rig).waitingFor, ['registryd']);
      rig.runs('registryd');
    },
  ]) {
    const rig = machine(define('web', { ...critical, ...again }));
    rig.boot();
    rig.runs('web');
    rig.pass(29);
    breaks(rig);
    t.equal(view(rig).endsAt, rig.now + 30_000_000_000n);
    rig.pass(29.9);
    t.equal(confirmed(rig), 0);
    rig.pass(0.1);
    t.equal(confirmed(rig), 1);
  }
});

t.test('BOOT-048 D-09 completed, skipped and reloading hold; what is not critical, or not of the boot, matters not', async (t) => {
  const rig = machine(
    define('once', { ...critical, type: 'Oneshot', remainAfterExit: true }),
    define('maybe', { ...critical, conditions: [{ type: 'path', argument: '/none' }] }),
    define('web', critical),
    define('plain', boot),
    define('later', { errorControl: 'Critical' }),
  );
  rig.boot();
  rig.ends('once', 0);
  const checks = rig.effects.find(({ kind }) => kind === 'run-checks');
  if (checks?.kind !== 'run-checks') throw new Error('nothing is checked');
  rig.send({ kind: 'checks-done', check: checks.check, verdicts: [false] });
  rig.runs('web');
  rig.runs('plain');
  t.strictSame([rig.view('once').state, rig.view('maybe').state], ['completed', 'skipped']);
  rig.pass(15);
  rig.exits('plain', 1);
  rig.up('later');
  rig.exits('later', 1);
  t.strictSame(view(rig).waitingFor, []);
  rig.command('reload', 'web');
  t.equal(rig.view('web').state, 'reloading');
  rig.pass(15);
  t.equal(confirmed(rig), 1);
});

t.test('BOOT-048 a break that is over within one event is one all the same', async (t) => {
  const rig = machine(define('maybe', { ...critical, conditions: [{ type: 'registry', argument: 'Machine\\Nothing' }] }));
  rig.boot();
  rig.pass(29);
  rig.command('start', 'maybe');
  t.strictSame([rig.view('maybe').state, view(rig).endsAt], ['skipped', rig.now + 30_000_000_000n]);
  t.equal(rig.steps('maybe').length, 3);
});

t.test('BOOT-048 D-09 a Oneshot that did its work and passed on holds; one that failed does not', async (t) => {
  const rig = machine(define('once', { ...critical, type: 'Oneshot' }), define('other', { ...critical, type: 'Oneshot' }));
  rig.boot();
  rig.ends('once', 0);
  rig.ends('other', 1);
  t.strictSame([rig.is('once'), view(rig).waitingFor], ['inactive / clean_exit', ['other']]);
  rig.empties('other');
  rig.command('reset', 'other');
  rig.command('start', 'other');
  rig.ends('other', 0);
  t.strictSame(view(rig).waitingFor, []);
  rig.pass(30);
  t.equal(confirmed(rig), 1);
});

t.test('BOOT-048 without a critical service beside registryd the time runs from Phase 2 on', async (t) => {
  const rig = machine(define('app', { ...boot, readiness: 'Notify' }));
  rig.pass(500);
  rig.boot();
  t.equal(view(rig).endsAt, rig.now + 30_000_000_000n);
  rig.pass(30);
  t.equal(confirmed(rig), 1);
});

t.test('BOOT-048 registryd that has crashed before Phase 2 begins is waited for', async (t) => {
  const rig = createRig();
  const registryd = define('registryd', { errorControl: 'Critical', ...again });
  rig.load([registryd]);
  rig.up('registryd');
  rig.exits('registryd', 1);
  rig.empties('registryd');
  rig.boot();
  t.strictSame(view(rig).waitingFor, ['registryd']);
  rig.pass(1);
  rig.runs('registryd');
  t.strictSame([view(rig).waitingFor, view(rig).endsAt], [[], rig.now + 30_000_000_000n]);
});

t.test('KEY-007 BootSuccessGrace counts as it is when it is changed, and 0 is no wait', async (t) => {
  const settings = (seconds: number) => ({ maxParallelStarts: 10, shutdownTimeoutSeconds: 90, bootSuccessGraceSeconds: seconds }) as const;
  const load = (rig: Rig, seconds: number) =>
    rig.send({
      kind: 'load-definitions',
      strict: false,
      settings: settings(seconds),
      definitions: setOf([decoded(define('registryd', { errorControl: 'Critical' })), decoded(define('web', critical))]),
    });
  const rig = machine();
  load(rig, 0);
  rig.boot();
  t.equal(confirmed(rig), 0);
  rig.runs('web');
  t.equal(confirmed(rig), 1, 'at once');

  const other = machine();
  load(other, 600);
  other.boot();
  other.runs('web');
  other.pass(60);
  load(other, 61);
  t.equal(view(other).endsAt, other.now + 1_000_000_000n);
  load(other, 60);
  t.equal(confirmed(other), 1, 'it has held for as long already');
});

t.test('BOOT-048 a change of the definition counts: one that is critical now is waited for, one that is not any more is not', async (t) => {
  const rig = machine(define('web', { ...boot, readiness: 'Notify' }));
  rig.boot();
  rig.pass(10);
  const registryd = define('registryd', { errorControl: 'Critical' });
  rig.load([registryd, define('web', { ...critical, readiness: 'Notify' })]);
  t.strictSame(view(rig).waitingFor, ['web']);
  rig.load([registryd, define('web', { ...boot, readiness: 'Notify' })]);
  t.strictSame(view(rig), { confirmedAt: null, waitingFor: [], endsAt: rig.now + 30_000_000_000n, graceSeconds: 30 });
});

t.test('a machine that ends is not confirmed any more', async (t) => {
  const rig = machine(define('web', { ...critical, stopTimeout: 60 }));
  rig.boot();
  rig.runs('web');
  rig.pass(10);
  rig.send({ kind: 'shutdown', type: 'poweroff', forced: false, reason: 'test' });
  t.equal(view(rig).endsAt, null);
  rig.pass(40);
  t.equal(confirmed(rig), 0);
});

t.test('BOOT-048 a service that is gone is waited for no more', async (t) => {
  const rig = machine(define('web', { ...critical, requires: ['ghost'] }));
  rig.boot();
  t.strictSame([rig.is('web'), view(rig).waitingFor], ['failed / dependency_failure', ['web']]);
  rig.load([define('registryd', { errorControl: 'Critical' })]);
  t.strictSame(view(rig).waitingFor, []);
  rig.pass(30);
  t.equal(confirmed(rig), 1);
});
