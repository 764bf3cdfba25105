import t from 'tap';
import { log as logEvent } from '../../../../gen/events/events.ts';
import type { EventStore } from '../../../../src/hosted/eventd/store/event-store.ts';
import type { Cleared, ClearFilter } from '../../../../src/hosted/eventd/store/model.ts';
import { boot, eventsOf, firstBoot, instant, log, openTestStore, stamp, textsOf } from './fixture.ts';

function clear(store: EventStore, filter: Partial<ClearFilter>): Cleared {
  const clearing = store.clear({
    of: null,
    services: null,
    boot: null,
    until: null,
    mayClearLines: () => true,
    mayClearEvents: () => true,
    ...filter,
  });
  for (;;) {
    const cleared = clearing.step();
    if (cleared.done) return cleared;
  }
}

function filled(t: Parameters<typeof openTestStore>[0]): EventStore {
  const store = openTestStore(t);
  const about = (id: number, service: string | null, text: string) =>
    ({ kind: 'event', id, timestamp: stamp(id), ...logEvent({ service, level: 'info', text }) }) as const;
  store.ingest(firstBoot, [
    log('a', 2, ['a2']),
    log('b', 3, ['b3']),
    log('jobs/x', 4, ['x4']),
    about(1, 'a', 'of a'),
    about(2, null, 'of none'),
  ]);
  store.ingest(boot('second'), [log('A', 1, ['a1']), about(1, 'b', 'of b')]);
  return store;
}

t.test('what is cleared is gone, with what was missing of it, and is no longer counted', async (t) => {
  const store = filled(t);
  t.strictSame(clear(store, {}), { lines: 4, events: 3, done: true });
  t.strictSame([textsOf(store), eventsOf(store)], [[], []]);
  const { lines, events, lost_lines, oldest_at } = store.storage();
  t.strictSame({ lines, events, lost_lines, oldest_at }, { lines: 0, events: 0, lost_lines: 0, oldest_at: null });
  t.strictSame(store.hello(firstBoot), { log: 4, event: 2 }, 'and does not come again');
});

t.test('conditions of a clearing must all hold', async (t) => {
  t.strictSame(clear(filled(t), { of: 'log' }), { lines: 4, events: 0, done: true });
  t.strictSame(clear(filled(t), { services: ['A'] }), { lines: 2, events: 1, done: true });
  t.strictSame(clear(filled(t), { services: ['a'], boot: 'second' }), { lines: 1, events: 0, done: true });
  t.strictSame(clear(filled(t), { until: instant(3), of: 'log' }), { lines: 2, events: 0, done: true });
  t.strictSame(clear(filled(t), { boot: 'none' }), { lines: 0, events: 0, done: true });
});

t.test('what the caller may not clear stays, and so does what is missing', async (t) => {
  const store = filled(t);
  t.strictSame(clear(store, { mayClearLines: (service) => service === null, mayClearEvents: () => false }), {
    lines: 1,
    events: 0,
    done: true,
  });
  t.strictSame(textsOf(store), ['[1-1]', 'a2', 'b3', 'a1']);
  t.strictSame(eventsOf(store), ['log 1', 'log 2', 'log 1']);
});
