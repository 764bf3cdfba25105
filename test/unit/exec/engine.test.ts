import t from 'tap';
import type { EngineParts } from '../../../src/exec/engine.ts';
import { createEngine } from '../../../src/exec/engine.ts';
import type { Effect } from '../../../src/policy/effects.ts';
import type { PolicyEvent } from '../../../src/policy/events.ts';
import type { MonotonicNs } from '../../../src/policy/time.ts';
import type { Policy } from '../../../src/policy/view.ts';

const event = (subject: string): PolicyEvent => ({ kind: 'deadline', deadline: { kind: 'start', subject } });
const effect = (subject: string): Effect => ({ kind: 'disarm-deadline', deadline: { kind: 'start', subject } });
const keyOf = (each: Effect | PolicyEvent): string => ('deadline' in each ? each.deadline.subject : '');

/** An engine whose policy answers each event by what `handle` says; `order` is what happened. */
function createScene(handle: (key: string) => readonly Effect[], run: (key: string, engine: ReturnType<typeof createEngine>) => void) {
  const order: string[] = [];
  const later: (() => void)[] = [];
  const errors: string[] = [];
  const parts: EngineParts = {
    policy: {
      handle(each) {
        order.push(`event ${keyOf(each)}`);
        return { effects: handle(keyOf(each)), answer: null };
      },
    } as Pick<Policy, 'handle'> as Policy,
    stamp: () => ({ monotonic: 0n as MonotonicNs, realtime: 0n, idBase: 0n }),
    run(each) {
      order.push(`effect ${keyOf(each)}`);
      run(keyOf(each), engine);
    },
    later: (body) => void later.push(body),
    onError: (error) => void errors.push(String(error)),
  };
  const engine = createEngine(parts);
  return { engine, order, later, errors };
}

t.test('what an effect brings about comes after all effects before it, and nothing recurses', async (t) => {
  const { engine, order } = createScene(
    (key) => (key === 'a' ? [effect('1'), effect('2')] : []),
    (key, inner) => inner.post(event(`after ${key}`)),
  );
  engine.submit(event('a'));
  t.strictSame(order, ['event a', 'effect 1', 'effect 2', 'event after 1', 'event after 2']);
});

t.test(
  'SHUT-009 of many effects the signals come first, so that those who are to end do while it is told; not where some are made',
  async (t) => {
    const signal = (job: string): Effect => ({ kind: 'signal', job, signal: 15 });
    const wave = (count: number): readonly Effect[] => Array.from({ length: count }, (_, at) => [effect(`${at}`), signal(`${at}`)]).flat();
    const kindsOf = (effects: readonly Effect[]): readonly string[] => {
      const kinds: string[] = [];
      const engine = createEngine({
        policy: { handle: () => ({ effects, answer: null }) },
        stamp: () => ({ monotonic: 0n as MonotonicNs, realtime: 0n, idBase: 0n }),
        run: (each) => void kinds.push(each.kind === 'signal' ? each.job : each.kind),
        later: () => undefined,
        onError: (error) => t.fail(String(error)),
      });
      engine.submit(event('shutdown'));
      return kinds;
    };
    const names = Array.from({ length: 32 }, (_, at) => String(at));
    t.strictSame(kindsOf(wave(32)), [...names, ...names.map(() => 'disarm-deadline')]);
    t.strictSame(kindsOf(wave(2)), ['disarm-deadline', '0', 'disarm-deadline', '1']);
    const spawn = { kind: 'spawn' } as Effect;
    t.strictSame(kindsOf([spawn, ...wave(32)]).slice(0, 3), ['spawn', 'disarm-deadline', '0']);
  },
);

t.test('an error of an effect or of a posted event is told, and the rest goes on', async (t) => {
  const { engine, order, errors } = createScene(
    (key) => {
      if (key === 'bad') throw new Error('event');
      return key === 'a' ? [effect('1'), effect('2')] : [];
    },
    (key, inner) => {
      inner.post(event(key === '1' ? 'bad' : 'good'));
      if (key === '1') throw new Error('effect');
    },
  );
  engine.submit(event('a'));
  engine.post(event('b'));
  t.strictSame(errors, ['Error: effect', 'Error: event']);
  t.strictSame(order.slice(-2), ['event good', 'event b']);
});

t.test('events that never end leave room for other things after 2000 of them, and lose no order', async (t) => {
  let count = 0;
  const { engine, order, later } = createScene(
    () => [effect(String(++count))],
    (key, inner) => inner.post(event(key)),
  );
  engine.submit(event('0'));
  t.equal(later.length, 1, 'it came back');
  const handled = order.length;
  t.ok(handled < 4100, `${handled} in the first turn`);
  later.shift()?.();
  t.equal(later.length, 1);
  t.ok(order.length > handled);
  const events = order.filter((each) => each.startsWith('event')).map((each) => Number(each.slice(6)));
  t.strictSame(
    events,
    events.map((_, at) => at),
  );
});
