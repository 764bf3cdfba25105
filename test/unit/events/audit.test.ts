import t from 'tap';
import type { EventOf } from '../../../gen/events/events.ts';
import { accessDenied, log, notifyStatus, onFailureLoopSuppressed, serviceState } from '../../../gen/events/events.ts';
import { createEventJournal } from '../../../src/events/journal.ts';
import { withTexts } from '../../../src/events/texts.ts';

const denied = (sid: string, target: string): EventOf =>
  accessDenied({ caller: `${sid} (process 7)`, target, rights: [], requested: 1, granted: 0, sid, pid: 7, token_id: null });
const said = (text: string): EventOf => log({ service: null, level: 'info', text });

/** What is held: `mallory 3` for a denial by its caller and target, the text of another event. */
const heldBy = (journal: ReturnType<typeof createEventJournal>): string[] =>
  journal.after(0).entries.map(({ line }) => {
    const { payload } = JSON.parse(line);
    return payload.text ?? `${payload.sid} ${payload.target}`;
  });

t.test('EVT-013 LOG-005 SEC-007 a caller that floods the audit pushes out its own records alone, and they are counted', async (t) => {
  const journal = createEventJournal(3000);
  journal.publish(0n, said('booted'));
  journal.publish(0n, denied('alice', 'first'), 'alice');
  for (let count = 0; count < 1000; count++) journal.publish(0n, denied('mallory', `${count}`), 'mallory');
  journal.publish(0n, denied('bob', 'late'), 'bob');
  const held = heldBy(journal);
  const flood = held.filter((text) => text.startsWith('mallory'));
  t.strictSame([held[0], held[1], held[held.length - 1]], ['booted', 'alice first', 'bob late']);
  t.strictSame(
    flood,
    Array.from({ length: flood.length }, (_, index) => `mallory ${1000 - flood.length + index}`),
    'the latest of them',
  );
  t.ok(flood.length > 3);
  t.equal(journal.auditDropped, 1000 - flood.length);
  t.equal(held.length, flood.length + 3);
  const ids = journal.after(0).entries.map(({ id }) => id);
  t.strictSame(
    [...ids].sort((one, other) => one - other),
    ids,
    'in order, whoever caused them',
  );
});

t.test('EVT-013 no other event pushes out a record of the audit, and no record another event', async (t) => {
  const journal = createEventJournal(3000);
  journal.publish(0n, said('first'));
  journal.publish(0n, denied('alice', 'web'), 'alice');
  for (let count = 0; count < 1000; count++)
    journal.publish(0n, notifyStatus({ service: 'a', job_id: null, operation_id: null, value: 'x', generation: 0 }));
  t.ok(heldBy(journal).includes('alice web'));
  t.equal(journal.auditDropped, 0);
  const other = createEventJournal(3000);
  other.publish(0n, said('first'));
  for (let count = 0; count < 1000; count++) other.publish(0n, denied('mallory', 'web'), 'mallory');
  t.ok(heldBy(other).includes('first'));
});

t.test('O-16 a reader hears whether anything after an id is missing, wherever it went from', async (t) => {
  const journal = createEventJournal(3000);
  journal.publish(0n, denied('alice', 'web'), 'alice');
  t.equal(journal.after(0).complete, true);
  for (let count = 0; count < 100; count++) journal.publish(0n, denied('mallory', 'web'), 'mallory');
  const { complete, entries } = journal.after(0);
  t.strictSame([complete, entries[0]?.id], [false, 1]);
  const oldest = entries[1]?.id ?? 0;
  t.strictSame([journal.after(oldest - 1).complete, journal.after(oldest - 2).complete], [true, false]);
});

t.test('PRIN-006 the texts of an event can be changed, its words not, and one without such texts is the same', async (t) => {
  const hide = (text: string): string => (text.includes('db') ? 'hidden' : text);
  const event = serviceState({
    service: 'db',
    from: 'starting',
    to: 'failed',
    cause: 'process_crash',
    job_id: null,
    operation_id: null,
    detail: 'service web requires db, which is failed',
  });
  t.strictSame(withTexts(event, hide), { ...event, payload: { ...event.payload, detail: 'hidden' } });
  const loop = onFailureLoopSuppressed({ service: 'web', handler: 'db', chain: ['cache', 'db'], reason: 'it was started already' });
  const { payload } = loop;
  t.strictSame(withTexts(loop, hide), { ...loop, payload: { ...payload, handler: 'hidden', chain: ['cache'] } }, 'names of others');
  const same = said('all is well');
  t.equal(withTexts(same, hide), same);
  const journal = createEventJournal();
  const entry = journal.publish(0n, event);
  t.equal(JSON.parse(entry.lineWith(hide)).payload.detail, 'hidden');
  t.equal(JSON.parse(entry.line).payload.detail, 'service web requires db, which is failed');
});
