/** When timers count, and for what they are armed. PSD-007 9.1. */
import t from 'tap';
import type { Decoded } from '../../../../src/policy/definition/set.ts';
import { ofKind } from '../../../support/lists.ts';
import { createRig, decoded, define, setOf } from '../../../support/policy-rig.ts';
import { createScene, instant, timed } from './scene.ts';

t.test('TMR-018 TMR-038 each timer is armed on the wall clock for its first time after the boot', async (t) => {
  const scene = createScene([timed('backup', ['02:00', '12:00']), timed('clean', ['12:00:01'])]);
  t.strictSame(scene.armed(), [
    'backup 02:00 2026-12-02T02:00:00Z',
    'backup 12:00 2026-12-02T12:00:00Z',
    'clean 12:00:01 2026-12-01T12:00:01Z',
  ]);
  t.strictSame(
    ofKind(scene.effects, 'arm-deadline').filter(({ deadline }) => deadline.kind === 'timer'),
    [
      ['backup\n02:00', '2026-12-02T02:00:00Z'] as const,
      ['backup\n12:00', '2026-12-02T12:00:00Z'] as const,
      ['clean\n12:00:01', '2026-12-01T12:00:01Z'] as const,
    ].map(([subject, at]) => ({ kind: 'arm-deadline', deadline: { kind: 'timer', subject }, clock: 'realtime', at: instant(at) })),
  );
  t.strictSame(scene.fired(), []);
});

t.test('TMR-008 an expression without a zone is one of the machine, and follows it', async (t) => {
  const scene = createScene([timed('backup', ['02:00', '02:00 UTC'])], { zone: 'Europe/Berlin' });
  t.strictSame(scene.armed(), ['backup 02:00 2026-12-02T01:00:00Z', 'backup 02:00 UTC 2026-12-02T02:00:00Z']);
  scene.setWall(scene.wall(), 'Asia/Tokyo');
  t.strictSame(scene.armed(), ['backup 02:00 2026-12-01T17:00:00Z', 'backup 02:00 UTC 2026-12-02T02:00:00Z']);
  const definitions = setOf([decoded(timed('backup', ['02:00', '02:00 UTC']))]);
  scene.send({ kind: 'load-definitions', definitions, strict: false, zone: 'America/New_York' });
  t.strictSame(scene.armed(), ['backup 02:00 2026-12-02T07:00:00Z', 'backup 02:00 UTC 2026-12-02T02:00:00Z']);
});

t.test('TMR-026 several timers of a service fire each at its own times', async (t) => {
  const scene = createScene([timed('sync', ['13:00', '*:30:00'])]);
  scene.pass(3600);
  t.strictSame(scene.fired(), ['sync *:30:00 for 2026-12-01T12:30:00Z started', 'sync 13:00 for 2026-12-01T13:00:00Z pending']);
  t.strictSame(scene.armed(), ['sync 13:00 2026-12-02T13:00:00Z', 'sync *:30:00 2026-12-01T13:30:00Z']);
});

t.test('TMR-032 O-127 equal schedules of a service are one timer', async (t) => {
  const scene = createScene([timed('sync', ['13:00', '13:00'])]);
  t.strictSame(scene.armed(), ['sync 13:00 2026-12-01T13:00:00Z']);
  scene.pass(3600);
  t.strictSame(scene.fired(), ['sync 13:00 for 2026-12-01T13:00:00Z started']);
});

t.test('TMR-047 one that matches no time any more is never armed, has no catch-up, and says so', async (t) => {
  const scene = createScene([
    timed('never', ['*-02-30'], { timerPersistent: true }),
    timed('past', ['2020-01-01 12:00'], { timerPersistent: true }),
  ]);
  t.strictSame(scene.armed(), ['never *-02-30 never', 'past 2020-01-01 12:00 never']);
  t.strictSame([scene.is('never'), scene.is('past')], ['inactive / null', 'inactive / null']);
  t.strictSame(scene.fired(), []);
});

t.test('TMR-047 the last time of an expression fires, and then it rests', async (t) => {
  const scene = createScene([timed('once', ['2026-12-01 13:00'])]);
  scene.pass(86_400);
  t.strictSame(scene.fired(), ['once 2026-12-01 13:00 for 2026-12-01T13:00:00Z started']);
  t.strictSame(scene.armed(), ['once 2026-12-01 13:00 never']);
});

t.test('BOOT-051 TMR-018 D-12 in Safe mode only timers of those that take part are armed', async (t) => {
  const scene = createScene([timed('out', ['13:00']), timed('in', ['13:00'], { safeMode: true })], { safe: true });
  t.strictSame(scene.armed(), ['in 13:00 2026-12-01T13:00:00Z', 'out 13:00 safe_mode']);
  scene.pass(3600);
  t.strictSame(scene.fired(), ['in 13:00 for 2026-12-01T13:00:00Z started']);
});

t.test('TMR-018 nothing is armed before the services are booted', async (t) => {
  const rig = createRig();
  rig.load([timed('backup', ['13:00'])]);
  t.strictSame(rig.view('backup').timers, [{ schedule: '13:00', next: null, scheduled: null, idle: 'not_booted', last: null }]);
  t.strictSame(ofKind(rig.effects, 'arm-deadline'), []);
});

t.test('GEN-011 CMD-025 GEN-007 a new timer of an inactive service counts at once, one that is gone no more', async (t) => {
  const scene = createScene([timed('backup', ['13:00'])]);
  scene.load([timed('backup', ['14:00'])], { strict: true });
  t.strictSame(scene.armed(), ['backup 14:00 2026-12-01T14:00:00Z']);
  scene.load([timed('backup', ['14:00', '15:00'])]);
  t.strictSame(scene.armed(), ['backup 14:00 2026-12-01T14:00:00Z', 'backup 15:00 2026-12-01T15:00:00Z']);
  scene.load([define('backup')]);
  t.strictSame(scene.armed(), []);
  scene.pass(86_400);
  t.strictSame(scene.fired(), []);
  t.equal(scene.policy.state.timers.size, 0);
});

t.test('GEN-011 a timer that is edited while its service runs counts at once too', async (t) => {
  const scene = createScene([timed('server', ['13:00'], { type: 'Simple' })]);
  scene.up('server');
  scene.load([timed('server', ['14:00'], { type: 'Simple' })]);
  t.strictSame(scene.armed(), ['server 14:00 2026-12-01T14:00:00Z']);
});

t.test('GEN-024 a reload catches nothing up, and a timer that stays as it was keeps its time', async (t) => {
  const persistent = { timerPersistent: true, timerJitter: 600 };
  const scene = createScene([timed('backup', ['13:00'], persistent)]);
  scene.fired();
  const [before] = scene.armed();
  scene.pass(600);
  scene.load([timed('backup', ['13:00'], { ...persistent, stopTimeout: 7 }), timed('fresh', ['13:00'], { timerPersistent: true })]);
  t.strictSame(scene.armed(), [before, 'fresh 13:00 2026-12-01T13:00:00Z']);
  t.strictSame(scene.fired(), []);
});

t.test('DEF-005 a Disabled service has no timers that count, until it is enabled again', async (t) => {
  const scene = createScene([timed('backup', ['13:00'], { disabled: true })]);
  t.strictSame(scene.armed(), ['backup 13:00 disabled']);
  scene.load([timed('backup', ['13:00'])]);
  t.strictSame(scene.armed(), ['backup 13:00 2026-12-01T13:00:00Z']);
  scene.load([timed('backup', ['13:00'], { disabled: true })]);
  t.strictSame(ofKind(scene.last, 'disarm-deadline'), [{ kind: 'disarm-deadline', deadline: { kind: 'timer', subject: 'backup\n13:00' } }]);
  scene.pass(3600);
  t.strictSame(scene.fired(), []);
  scene.load([timed('backup', ['13:00'])]);
  t.strictSame(scene.armed(), ['backup 13:00 2026-12-02T13:00:00Z'], 'from now, without catching up');
});

t.test('GEN-018 the timers of a definition that is gone do not fire, whether its service runs on or not', async (t) => {
  const scene = createScene([timed('server', ['13:00'], { type: 'Simple' }), timed('backup', ['13:00'])]);
  scene.up('server');
  scene.load([]);
  t.strictSame(scene.armed(), ['server 13:00 removed']);
  scene.pass(3600);
  t.strictSame(scene.fired(), []);
  scene.load([timed('server', ['13:00'], { type: 'Simple' })]);
  t.strictSame(scene.armed(), ['server 13:00 2026-12-02T13:00:00Z']);
});

t.test('TMR-017 a broken definition takes its own timers away and leaves those of others', async (t) => {
  const broken: Decoded = { name: 'backup', definition: null, findings: [] };
  const scene = createScene([broken, timed('clean', ['13:00'])]);
  t.equal(scene.is('backup'), 'failed / validation_error');
  t.strictSame(scene.armed(), ['clean 13:00 2026-12-01T13:00:00Z']);
});

t.test('SHUT-005 the shutdown disarms all timers', async (t) => {
  const scene = createScene([timed('backup', ['13:00']), timed('clean', ['13:00', '14:00'])]);
  scene.send({ kind: 'shutdown', type: 'poweroff', forced: false, reason: 'a test' });
  t.strictSame(
    ofKind(scene.last, 'disarm-deadline').flatMap(({ deadline }) => (deadline.kind === 'timer' ? [deadline.subject] : [])),
    ['backup\n13:00', 'clean\n13:00', 'clean\n14:00'],
  );
  t.strictSame(scene.armed(), ['backup 13:00 shutdown', 'clean 13:00 shutdown', 'clean 14:00 shutdown']);
  scene.send({ kind: 'deadline', deadline: { kind: 'timer', subject: 'backup\n13:00' } });
  scene.setWall('2026-12-01T13:00:00Z', 'UTC');
  t.strictSame([scene.fired(), scene.armed()[0]], [[], 'backup 13:00 shutdown']);
});
