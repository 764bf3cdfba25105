import type { EventOf } from '../../../../gen/events/events.ts';
import { severityOf, subjectsOf } from '../../../../gen/events/events.ts';
import type { AckedIds, DroppedRecord, EventRecord, HelloRecord, LogRecord, RecordSubject } from '../../../../gen/output/types.ts';
import { parseTimestamp } from '../../../wire/timestamp.ts';
import type { BootState } from './boots.ts';
import { ackedOf, enterBoot, saveBoot } from './boots.ts';
import { BurstWriter } from './burst-writer.ts';
import { noteTime } from './minutes.ts';
import type { IncomingRecord } from './model.ts';
import type { Opened } from './opened.ts';

/**
 * Records on their way into the database, in one transaction. Each id up to the highest one of its boot is in a row, in a gap, or was
 * deleted as old: what comes again is left out, what is partly there is clipped, and what is jumped over is a gap, whether process 1 told
 * of it or the database that had it is gone. WIRE-041, WIRE-042.
 */

/** An event that eventd tells of itself. */
export type OwnEvent = EventOf & { readonly timestamp: string };

export function ingest(opened: Opened, boot: HelloRecord, records: readonly IncomingRecord[], own: readonly OwnEvent[]): AckedIds {
  return opened.atomically(() => {
    const state = enterBoot(opened, boot);
    const bursts = new BurstWriter(opened, state);
    for (const event of own) insertEvent(opened, state, { id: 0, ...event });
    for (const record of records) {
      switch (record.kind) {
        case 'log':
          takeLog(opened, state, bursts, record);
          break;
        case 'event':
          bursts.flush();
          takeEvent(opened, state, record);
          break;
        case 'dropped':
          bursts.flush();
          takeDropped(opened, state, record);
          break;
        default: {
          const never: never = record;
          return never;
        }
      }
    }
    bursts.flush();
    saveBoot(opened, state);
    opened.saveSequence();
    return ackedOf(state);
  });
}

function takeLog(opened: Opened, boot: BootState, bursts: BurstWriter, record: LogRecord): void {
  const last = record.first_id + record.lines.length - 1;
  if (last <= boot.log) return;
  if (record.first_id > boot.log + 1) {
    bursts.flush();
    insertGap(opened, boot, 'log', record.first_id - 1);
  }
  bursts.add(record, Math.max(0, boot.log + 1 - record.first_id), timeOf(record.first_timestamp));
  boot.log = last;
}

function takeEvent(opened: Opened, boot: BootState, record: EventRecord): void {
  if (record.id <= boot.event) return;
  if (record.id > boot.event + 1) insertGap(opened, boot, 'event', record.id - 1);
  insertEvent(opened, boot, record);
  boot.event = record.id;
}

/** Whatever is not there up to its end is missing. */
function takeDropped(opened: Opened, boot: BootState, record: DroppedRecord): void {
  if (record.to > boot[record.of]) insertGap(opened, boot, record.of, record.to);
}

/** From the highest id of the boot to `last`. */
function insertGap(opened: Opened, boot: BootState, of: RecordSubject, last: number): void {
  opened.connection
    .statement('INSERT INTO gap (seq, boot, is_event, first_id, last_id) VALUES (?, ?, ?, ?, ?)')
    .run(opened.next++, boot.number, of === 'event' ? 1 : 0, boot[of] + 1, last);
  boot[of] = last;
}

const eventSql =
  'INSERT INTO event (seq, boot, id, time, name, severity, service, job, operation, cause, payload) ' +
  'VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)';

function insertEvent(opened: Opened, boot: BootState, record: EventRecord): void {
  const { connection, names } = opened;
  const { payload } = record;
  const seq = opened.next++;
  const time = timeOf(record.timestamp);
  const severity = severityOf(record);
  const subjects = subjectsOf(record);
  const service = textOrNull(subjects.service);
  connection
    .statement(eventSql)
    .run(
      seq,
      boot.number,
      record.id,
      time,
      names.event(record.event),
      severity === 'info' ? null : severity,
      service === null ? null : names.service(service),
      textOrNull(subjects.job),
      textOrNull(subjects.operation),
      textOrNull(subjects.cause),
      Buffer.from(JSON.stringify(payload)),
    );
  noteTime(opened, time, seq);
  boot.events += 1;
  boot.lastTime = time;
}

/** A payload is as process 1 made it, and only its names were looked at. */
const textOrNull = (value: unknown): string | null => (typeof value === 'string' ? value : null);

/** A column holds no more. Some days less, for the lines that come after the first one of a burst. */
const farthest = (1n << 63n) - (1n << 54n);

/** A time that cannot be read, or stored, is no reason to lose what happened then. */
function timeOf(timestamp: string): bigint {
  const time = parseTimestamp(timestamp) ?? 0n;
  return time > farthest ? farthest : time < -farthest ? -farthest : time;
}
