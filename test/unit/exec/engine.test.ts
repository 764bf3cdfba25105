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

t.test('SHUT-009 signals are sent while the policy thinks on, and what they bring about waits', async (t) => {
  const order: string[] = [];
  const errors: string[] = [];
  const engine = createEngine({
    policy: {
      handle(each, _stamp, signal) {
        const key = keyOf(each);
        order.push(`begin ${key}`);
        if (key === 'shutdown') for (const job of ['one', 'bad', 'two']) signal?.({ kind: 'signal', job, signal: 15 });
        order.push(`end ${key}`);
        return { effects: key === 'shutdown' ? [effect('told')] : [], answer: null };
      },
    },
    stamp: () => ({ monotonic: 0n as MonotonicNs, realtime: 0n, idBase: 0n }),
    run(each) {
      order.push(each.kind === 'signal' ? each.job : each.kind);
      if (each.kind !== 'signal') return;
      if (each.job === 'bad') throw new Error('signal');
      engine.post(event('boot'));
    },
    later: () => undefined,
    onError(error) {
      errors.push(String(error));
      engine.post(event('clock-set'));
    },
  });
  engine.submit(event('shutdown'));
  t.strictSame(order, [
    ...['begin shutdown', 'one', 'bad', 'two', 'end shutdown', 'disarm-deadline'],
    ...['begin boot', 'end boot', 'begin clock-set', 'end clock-set', 'begin boot', 'end boot'],
  ]);
  t.strictSame(errors, ['Error: signal']);
});

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
