import t from 'tap';
import { createWaits, waitText } from '../../../src/output/waits.ts';
import type { Effect } from '../../../src/policy/effects.ts';
import type { MonotonicNs } from '../../../src/policy/time.ts';
import type { Wait } from '../../../src/policy/view.ts';
import { createConsoleRoom } from '../../support/console-room.ts';

/** An instant, in seconds. */
const at = (seconds: number): MonotonicNs => (BigInt(seconds) * 1_000_000_000n) as MonotonicNs;

function createScene() {
  const { room, kernel, loop } = createConsoleRoom();
  const scene = { room, waits: [] as Wait[], asked: 0, lines: [] as string[] };
  const told = createWaits({
    kernel,
    loop,
    policy: {
      waits() {
        scene.asked++;
        return scene.waits;
      },
    },
    console: { line: (text, weight = 'info') => void scene.lines.push(`${weight}: ${text}`) },
  });
  const step = (to: 'starting' | 'stopping' | 'active'): void => {
    const effect: Effect = {
      kind: 'service-changed',
      service: 'web',
      key: 'web',
      from: 'inactive',
      to,
      cause: 'explicit_start',
      detail: null,
      job: null,
      operation: null,
      at: 0n,
    };
    told(effect);
  };
  return Object.assign(scene, { step });
}

const wait = (name: string, more: Partial<Wait> = {}): Wait => ({ name, for: 'stop', since: at(5), until: at(95), ...more });

t.test('LOG-018 who is waited for is told every five seconds until there is nobody, and nothing wakes the machine then', async (t) => {
  const scene = createScene();
  scene.waits = [wait('web')];
  scene.step('stopping');
  scene.room.passes(4_999);
  t.strictSame(scene.lines, []);
  scene.room.passes(1);
  scene.room.passes(5_000);
  t.strictSame(scene.lines, [
    'info: waiting for web to stop: 5 s of at most 1 min 30 s',
    'info: waiting for web to stop: 10 s of at most 1 min 30 s',
  ]);
  scene.waits = [];
  scene.room.passes(5_000);
  const { asked } = scene;
  scene.room.passes(60_000);
  t.equal(scene.asked, asked);
  scene.waits = [wait('late', { since: scene.room.now as MonotonicNs })];
  scene.step('stopping');
  scene.room.passes(5_000);
  t.equal(scene.lines.length, 3, 'it begins again');
});

t.test('one that begins between two looks is told five seconds after its begin', async (t) => {
  const scene = createScene();
  scene.waits = [wait('boot', { for: 'start' })];
  scene.step('starting');
  scene.room.passes(2_000);
  scene.waits = [wait('web', { since: at(7) })];
  scene.step('stopping');
  scene.room.passes(3_000);
  t.strictSame(scene.lines, []);
  scene.room.passes(2_000);
  t.strictSame(scene.lines, ['info: waiting for web to stop: 5 s of at most 1 min 28 s']);
});

t.test('one that has just begun is not told, and of many five are named', async (t) => {
  const scene = createScene();
  scene.waits = [wait('young', { since: at(9) }), ...Array.from({ length: 8 }, (_, index) => wait(`s${index}`))];
  scene.step('stopping');
  scene.room.passes(5_000);
  t.equal(scene.lines.length, 6);
  t.equal(scene.lines.at(-1), 'info: waiting for 3 more');
  t.notMatch(scene.lines.join(), /young/);
});

t.test('a start that takes its time is progress, which a quiet console leaves out', async (t) => {
  const scene = createScene();
  scene.waits = [wait('web', { for: 'start', until: null })];
  scene.step('starting');
  scene.room.passes(5_000);
  t.strictSame(scene.lines, ['progress: web is still starting: 5 s']);
});

t.test('in which words', async (t) => {
  const now = at(17);
  t.strictSame(
    [
      wait('web'),
      wait('web', { until: null }),
      wait('web', { until: at(7_205) }),
      wait('web', { for: 'kill', until: at(20) }),
      wait('job 7', { since: null, until: at(20) }),
      wait('web', { for: 'start' }),
      wait('web', { until: at(16) }),
    ].map((each) => waitText(each, now)),
    [
      'waiting for web to stop: 12 s of at most 1 min 30 s',
      'waiting for web to stop: 12 s',
      'waiting for web to stop: 12 s of at most 2 h',
      'waiting for web, which was killed: 3 s left',
      'waiting for job 7 to stop: 3 s left',
      'web is still starting: 12 s of at most 1 min 30 s',
      'waiting for web to stop: 12 s',
    ],
  );
});
