/** Safe mode: which services take part, which dependencies count, and when a boot goes over to it. */
import type { Test } from 'tap';
import t from 'tap';
import type { Rig } from '../../../support/policy-rig.ts';
import { createRig, define } from '../../../support/policy-rig.ts';

const boot = { triggers: [{ type: 'boot' }] } as const;
const critical = { ...boot, errorControl: 'Critical' } as const;
const safe = { ...boot, safeMode: true } as const;
const again = { restartPolicy: 'Always', restartDelay: 1, restartMaxRetries: 2 } as const;

function bootSafe(...services: readonly ReturnType<typeof define>[]): Rig {
  const rig = createRig();
  rig.load(services);
  rig.send({ kind: 'boot', maxParallelStarts: 10, safe: true });
  return rig;
}

const downgrades = (rig: Rig): readonly string[] => rig.effects.flatMap((effect) => (effect.kind === 'safe-mode' ? [effect.reason] : []));
const shown = (rig: Rig): readonly string[] => rig.effects.flatMap((each) => (each.kind === 'report' && each.console ? [each.text] : []));

t.test('BOOT-051 BOOT-055 only eligible services with a boot trigger start; SafeMode=1 without one does not', async (t) => {
  const rig = bootSafe(define('plain', boot), define('lazy', { safeMode: true }), define('shell', safe), define('core', critical));
  rig.runs('shell');
  rig.runs('core');
  t.strictSame(['plain', 'lazy', 'shell', 'core'].map(rig.is), [
    'inactive / null',
    'inactive / null',
    'active / explicit_start',
    'active / explicit_start',
  ]);
});

t.test('BOOT-049 a critical service that fails for good in Safe mode reboots the machine; BOOT-050 another one does not', async (t) => {
  const rig = bootSafe(define('core', { ...critical, ...again, restartMaxRetries: 1 }), define('extra', { ...safe, ...again }));
  for (let time = 0; time < 3; time++) {
    rig.ends('extra', 1);
    rig.empties('extra');
    rig.pass(10);
  }
  t.equal(rig.is('extra'), 'failed / restart_budget_exhausted');
  t.equal(rig.effects.filter(({ kind }) => kind === 'critical-failure').length, 0);
  rig.ends('core', 1);
  rig.empties('core');
  rig.pass(10);
  rig.ends('core', 1);
  rig.empties('core');
  t.strictSame(
    rig.effects.flatMap((effect) => (effect.kind === 'critical-failure' ? [effect.service] : [])),
    ['core'],
  );
});

t.test('BOOT-049 BOOT-053 with nothing eligible the boot counts all the same', async (t) => {
  const rig = bootSafe(define('plain', boot));
  rig.pass(30);
  t.equal(rig.effects.filter(({ kind }) => kind === 'boot-confirmed').length, 1);
});

t.test('BOOT-052 nothing is gathered through a service that is left out, and what is gathered is waited for', async (t) => {
  const rig = bootSafe(
    define('web', { ...critical, requires: ['middle'] }),
    define('middle', { ...boot, requires: ['deep'] }),
    define('deep', { errorControl: 'Critical' }),
    define('tool', { ...safe, requires: ['base'] }),
    define('base', { errorControl: 'Critical' }),
  );
  t.strictSame(rig.policy.machine().confirmation.waitingFor, ['base', 'web'], 'deep is no member');
  rig.runs('web');
  rig.runs('base');
  rig.runs('tool');
  t.strictSame(['web', 'deep', 'tool', 'base'].map(rig.is), [
    'active / explicit_start',
    'inactive / null',
    'active / explicit_start',
    'active / dependency_start',
  ]);
});

t.test('BOOT-052 a cycle that leads through a service that is left out is none in Safe mode, restarts and reloads included', async (t) => {
  const services = [define('web', { ...critical, ...again, requires: ['db'] }), define('db', { ...boot, requires: ['web'] })];
  const rig = bootSafe(...services);
  rig.runs('web');
  t.equal(rig.view('web').state, 'active');
  rig.load([...services, define('more')]);
  rig.exits('web', 1);
  rig.empties('web');
  rig.pass(1);
  rig.runs('web');
  t.equal(rig.view('web').state, 'active');
  rig.command('start', 'db');
  t.equal(rig.is('db'), 'failed / cycle_detected', 'one that was left out is as in Full mode');
});

t.test('BOOT-049 members of a cycle or a conflict of the Safe graph are failed, and the others start', async (t) => {
  const rig = bootSafe(
    define('a', { ...critical, requires: ['b'] }),
    define('b', { ...safe, requires: ['a'] }),
    define('c', { ...critical, conflicts: ['d'] }),
    define('d', safe),
    define('e', critical),
  );
  rig.runs('e');
  t.strictSame(['a', 'b', 'c', 'd', 'e'].map(rig.is), [
    'failed / cycle_detected',
    'failed / cycle_detected',
    'failed / validation_error',
    'failed / validation_error',
    'active / explicit_start',
  ]);
  t.strictSame(downgrades(rig), []);
});

t.test('BOOT-091 in Safe mode a missing or Disabled hard target fails its dependent, eligible or not', async (t) => {
  const rig = bootSafe(
    define('a', { ...critical, requires: ['ghost'] }),
    define('b', { ...critical, requires: ['off'] }),
    define('c', { ...critical, bindsTo: ['core'] }),
    define('off', { ...boot, disabled: true }),
    define('core', { ...critical, disabled: true }),
  );
  t.strictSame(['a', 'b', 'c'].map(rig.is), ['failed / dependency_failure', 'failed / dependency_failure', 'failed / dependency_failure']);
});

t.test('BOOT-052 what was stopped with what it is bound to comes back although a service it requires is left out', async (t) => {
  const rig = bootSafe(
    define('web', { ...critical, bindsTo: ['core'], requires: ['plain'] }),
    define('core', { ...critical, ...again }),
    define('plain', boot),
  );
  rig.runs('core');
  rig.runs('web');
  rig.exits('core', 1);
  rig.exits('web', 0);
  rig.empties('web');
  rig.empties('core');
  rig.pass(1);
  rig.runs('core');
  rig.runs('web');
  t.equal(rig.view('web').state, 'active');
});

t.test('BOOT-052 what is left out and started by hand takes nobody of the boot with it when it ends', async (t) => {
  const rig = bootSafe(
    define('web', { ...critical, bindsTo: ['plain'] }),
    define('core', { ...critical, requires: ['plain'], readiness: 'Notify' }),
    define('plain', { ...boot, restartPolicy: 'Never' }),
    define('mine', { bindsTo: ['plain'] }),
  );
  rig.command('start', 'plain');
  rig.runs('plain');
  rig.command('start', 'mine');
  for (const name of ['web', 'core', 'mine']) rig.runs(name);
  rig.exits('plain', 1);
  rig.empties('plain');
  rig.notify('core', { ready: true });
  t.strictSame(['plain', 'web', 'core', 'mine'].map(rig.is), [
    'failed / process_crash',
    'active / explicit_start',
    'active / explicit_start',
    'stopping / binds_to_propagation',
  ]);
});

function expectDowngrade(t: Test, services: readonly ReturnType<typeof define>[], reason: string | null): Rig {
  const rig = createRig(services);
  t.strictSame(downgrades(rig), reason === null ? [] : [reason]);
  t.equal(rig.policy.state.machine.safe, reason !== null);
  return rig;
}

t.test('BOOT-056 a cycle with a critical service in it: the same boot goes on in Safe mode, and says why', async (t) => {
  const cycle = 'dependency cycle: web -> db -> web. Remove one of these dependencies to break it.';
  const reason = `the critical service web is in a cycle; ${cycle}`;
  const rig = expectDowngrade(
    t,
    [define('web', { ...critical, requires: ['db'] }), define('db', { requires: ['web'] }), define('app', boot), define('shell', safe)],
    reason,
  );
  t.strictSame(
    shown(rig).filter((text) => text.includes('Safe mode')),
    [
      `the boot goes on in Safe mode: ${reason}`,
      'Safe mode: only critical services and those with SafeMode=1 start; left out of the boot: app',
    ],
  );
  t.ok(
    rig.effects.some((effect) => effect.kind === 'report' && effect.level === 'error' && effect.text === cycle),
    'what is to be mended is told although Safe mode is rid of it',
  );
  rig.runs('web');
  rig.runs('shell');
  t.strictSame(['web', 'db', 'app', 'shell'].map(rig.is), [
    'active / explicit_start',
    'inactive / null',
    'inactive / null',
    'active / explicit_start',
  ]);
  t.strictSame(
    rig.effects.filter(({ kind }) => kind === 'critical-failure'),
    [],
  );
});

t.test('BOOT-057 a conflict between two services of the boot, one of them critical, does the same; each is told once', async (t) => {
  const rig = expectDowngrade(
    t,
    [
      define('web', { ...critical, conflicts: ['old'] }),
      define('old', boot),
      define('x', { ...safe, conflicts: ['y'] }),
      define('y', safe),
    ],
    'the critical service web and old are both to start at boot, and conflict',
  );
  rig.runs('web');
  t.strictSame(['web', 'old', 'x', 'y'].map(rig.is), [
    'active / explicit_start',
    'inactive / null',
    'failed / validation_error',
    'failed / validation_error',
  ]);
  const findings = rig.effects.flatMap((effect) =>
    effect.kind === 'report' && / conflicts with .* start together/.test(effect.text) ? [effect.text.slice(0, 16)] : [],
  );
  t.strictSame(findings.sort(), ['service old conf', 'service web conf', 'service x confli', 'service y confli']);
});

t.test('BOOT-056 BOOT-057 a cycle or conflict without a critical service, or outside of the boot, is no reason', async (t) => {
  expectDowngrade(t, [define('a', { ...boot, requires: ['b'] }), define('b', { requires: ['a'] }), define('core', critical)], null);
  expectDowngrade(t, [define('a', { ...boot, conflicts: ['b'] }), define('b', boot), define('core', critical)], null);
  expectDowngrade(t, [define('a', { errorControl: 'Critical', requires: ['b'] }), define('b', { requires: ['a'] })], null);
  expectDowngrade(t, [define('a', { ...critical, conflicts: ['b'] }), define('b')], null);
});

t.test('BOOT-059 a critical service that crashes at run time does not lead to Safe mode', async (t) => {
  const rig = expectDowngrade(t, [define('core', { ...critical, ...again, restartMaxRetries: 0 }), define('app', boot)], null);
  rig.runs('app');
  rig.ends('core', 1);
  rig.empties('core');
  t.strictSame([downgrades(rig), rig.policy.state.machine.safe, rig.view('app').state], [[], false, 'active']);
  t.equal(rig.effects.filter(({ kind }) => kind === 'critical-failure').length, 1);
});
