/** The wall clock is set, forward and back. PSD-007 9.1. */
import t from 'tap';
import { define } from '../../../support/policy-rig.ts';
import { createScene, persistent, timed } from './scene.ts';

const hour = 3600;

t.test('TMR-039 a jump forward over many times fires once, and then for the next one', async (t) => {
  const scene = createScene([timed('job', ['02:00'])]);
  scene.setWall('2026-12-04T12:00:00Z', 'UTC');
  scene.pass(0);
  t.strictSame(scene.fired(), ['job 02:00 for 2026-12-02T02:00:00Z started']);
  t.strictSame(scene.armed(), ['job 02:00 2026-12-05T02:00:00Z']);
  scene.pass(hour);
  t.strictSame(scene.fired(), []);
});

t.test('TMR-039 so does one that nobody was told of yet', async (t) => {
  const scene = createScene([timed('job', ['02:00'])]);
  scene.setWall('2026-12-04T12:00:00Z', null);
  scene.pass(0);
  scene.setWall('2026-12-04T12:00:00Z', 'UTC');
  t.strictSame([scene.fired(), scene.armed()], [['job 02:00 for 2026-12-02T02:00:00Z started'], ['job 02:00 2026-12-05T02:00:00Z']]);
});

t.test('TMR-040 one back moves a timer to the same time of the new clock, and no timeout with it', async (t) => {
  const scene = createScene([timed('job', ['13:00']), define('slow', { readiness: 'Notify', startTimeout: 30 })]);
  scene.command('start', 'slow');
  scene.runs('slow');
  scene.setWall('2026-12-01T10:00:00Z', 'UTC');
  t.strictSame(scene.armed(), ['job 13:00 2026-12-01T13:00:00Z']);
  const killed = (): boolean => scene.effects.some(({ kind }) => kind === 'kill-cgroup');
  scene.pass(29);
  t.equal(killed(), false);
  scene.pass(2);
  t.equal(killed(), true);
  scene.pass(3 * hour - 32);
  t.strictSame(scene.fired(), []);
  scene.pass(1);
  t.strictSame([scene.fired(), scene.wall()], [['job 13:00 for 2026-12-01T13:00:00Z started'], '2026-12-01T13:00:00Z']);
});

t.test('TMR-040 a clock that is put right by years fires at its times from then on', async (t) => {
  const scene = createScene([timed('job', ['*:*:00'])], { at: '2031-05-01T00:00:30Z' });
  scene.pass(60);
  t.strictSame(scene.fired(), ['job *:*:00 for 2031-05-01T00:01:00Z started']);
  scene.done('job');
  scene.setWall('2026-12-01T12:00:30Z', 'UTC');
  scene.pass(60);
  t.strictSame(scene.fired(), ['job *:*:00 for 2026-12-01T12:01:00Z started']);
});

t.test('TMR-037 O-128 a time that was served is not served again when the clock shows it again', async (t) => {
  const scene = createScene([timed('job', ['*:00', '*:30'])]);
  scene.pass(2 * hour);
  t.equal(scene.fired().length, 4);
  scene.setWall('2026-12-01T12:45:00Z', 'UTC');
  t.strictSame(scene.armed(), ['job *:00 2026-12-01T15:00:00Z', 'job *:30 2026-12-01T14:30:00Z']);
  scene.setWall('2026-12-01T10:45:00Z', 'UTC');
  t.strictSame(scene.armed(), ['job *:00 2026-12-01T11:00:00Z', 'job *:30 2026-12-01T11:30:00Z'], 'those before the boot were not');
  scene.pass(4 * hour);
  t.strictSame(
    scene.fired().map((text) => text.slice(0, 'job *:00 for 2026-12-01T11:00'.length)),
    ['job *:00 for 2026-12-01T11:00', 'job *:30 for 2026-12-01T11:30', 'job *:00 for 2026-12-01T12:00', 'job *:30 for 2026-12-01T14:30'],
  );
});

t.test('TMR-037 TMR-040 a timer whose time has come fires, though the clock is set within its delay', async (t) => {
  const scene = createScene([timed('job', ['13:00'], { timerJitter: 3600 })]);
  const [before] = scene.armed();
  scene.pass(hour);
  scene.setWall('2026-12-01T13:00:00.5Z', 'UTC');
  t.strictSame(scene.armed(), [before]);
  scene.pass(hour);
  t.strictSame(scene.fired(), ['job 13:00 for 2026-12-01T13:00:00Z started']);
});

t.test('TMR-040 a clock that goes back at run time takes nothing from what was kept, and catches nothing up', async (t) => {
  const scene = createScene([timed('job', ['13:00'], persistent)]);
  scene.saved();
  scene.fired();
  scene.setWall('2026-11-01T12:30:00Z', 'UTC');
  t.strictSame([scene.fired(), scene.saved()], [[], []]);
  scene.setWall('2026-12-01T12:30:00Z', 'UTC');
  scene.pass(0);
  t.strictSame(scene.fired(), ['job 13:00 for 2026-11-01T13:00:00Z pending'], 'back again is a jump over what was armed');
});

t.test('O-178 TMR-028 of thousands that catch up a run at boot an event starts a few', async (t) => {
  const names = Array.from({ length: 300 }, (_, at) => `job${String(at).padStart(3, '0')}`);
  const scene = createScene(
    names.map((name) => timed(name, ['13:00:00'], { timerPersistent: true })),
    { history: new Map() },
  );
  const first = scene.fired().length;
  t.ok(first > 0 && first <= 20, `${first} in the first event`);
  scene.pass(0);
  t.equal(first + scene.fired().length, names.length);
  t.equal(scene.policy.state.unreckoned.size, 0);
});

t.test('TMR-038 thousands are reckoned piece by piece, and none forgets what the clock showed meanwhile', async (t) => {
  const names = Array.from({ length: 1000 }, (_, at) => `job${String(at).padStart(3, '0')}`);
  const scene = createScene(names.map((name) => timed(name, ['13:00:00'])));
  scene.pass(0);
  t.equal(scene.policy.state.unreckoned.size, 0);
  const begun = scene.effects.length;
  scene.setWall('2026-12-01T08:00:00Z', 'Asia/Tokyo');
  const first = scene.effects.slice(begun).filter(({ kind }) => kind === 'arm-deadline').length;
  t.ok(first < 300, `${first} deadlines in the first event`);
  t.ok(scene.policy.state.unreckoned.size > 700);
  // The next occurrence is 2026-12-02T13:00 in Tokyo; the clock jumps over it before most were looked at.
  scene.setWall('2026-12-02T05:00:00Z', 'Asia/Tokyo');
  scene.pass(1);
  t.equal(scene.policy.state.unreckoned.size, 0);
  const fired = scene.fired();
  t.strictSame(fired.map((text) => text.slice(0, 'job000'.length)).sort(), names);
  // Those that nobody had looked at still waited for 13:00 of the old zone, which has passed as well.
  t.strictSame([...new Set(fired.map((text) => text.slice('job000 '.length)))].sort(), [
    '13:00:00 for 2026-12-01T13:00:00Z started',
    '13:00:00 for 2026-12-02T04:00:00Z started',
  ]);
});
