/**
 * What the simulated event daemon keeps of a life, and what must hold of all that it is sent: everything comes in the order of its ids or
 * is told as dropped, and each line is one that a process wrote, behind the one that it wrote before. LOG-015, LOG-017, WIRE-041, WIRE-042.
 */
import { auditEvents } from '../../../gen/events/events.ts';
import { isOutputRecord } from '../../../gen/output/check.ts';
import type { DroppedRecord, EventRecord, LogRecord, OutputRecord } from '../../../gen/output/types.ts';
import { must } from '../invariants/invariant.ts';
import { cut, lineOf, rawOf } from './lines.ts';
import type { ToldEvents } from './told-events.ts';
import type { Stream } from './writers.ts';
import { streamKey } from './writers.ts';

export interface Ids {
  log: number;
  event: number;
}

export interface Counts {
  lines: number;
  events: number;
  /** Told as dropped. */
  lost: number;
  /** Sent again although they were kept. */
  doubles: number;
}

/** What is true of the life. */
export interface Truth {
  stream(key: string): Stream | undefined;
  /** Whole lines that process 1 has read. */
  readonly linesRead: number;
  /** Bytes that it has read since it had not read that line. */
  bytesSince(line: number): number;
  readonly events: ToldEvents;
  /** Records of the audit that process 1 says it had to drop. */
  readonly auditDropped: number;
  readonly maxLineLength: number;
}

/** What comes over one connection. */
export interface Reception {
  take(line: string): 'hello' | 'record';
  /** Its greeting is answered, or so much is acknowledged. */
  tell(ids: Ids): void;
  /** Keeps what came. */
  commit(): void;
  readonly waiting: number;
}

export interface Kept {
  readonly stored: Readonly<Ids>;
  /** What became of lines and events, in numbers. */
  readonly counts: Readonly<Counts>;
  begins(): Reception;
}

/** Of lines in the memory of process 1. LOG-005. */
const ringBytes = 1 << 20;
/** What a line takes there at most beside its text. */
const burstBytes = 40;
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const numbered = /^(\d+) /;

export function createKept(truth: Truth): Kept {
  const stored: Ids = { log: 0, event: 0 };
  const counts: Counts = { lines: 0, events: 0, lost: 0, doubles: 0 };
  /** The latest line of each stream that is kept, how many of all streams were dropped before it, and whether it was cut off. */
  const latest = new Map<string, { readonly number: number; readonly dropped: number; readonly isCutOff: boolean }>();
  let dropped = 0;
  let auditDropped = 0;

  function keepLine({ job_id, is_error, origin, raw }: LogRecord, at: number, text: string): void {
    const key = streamKey(job_id, is_error);
    const stream = truth.stream(key);
    must(stream !== undefined && stream.origin === origin, () => `nobody is ${origin}, job ${job_id}`);
    const before = latest.get(key) ?? { number: 0, dropped: 0, isCutOff: false };
    must(!before.isCutOff, () => `a line of ${origin} came behind line ${before.number}, which its end cut off`);
    const [, digits] = numbered.exec(text) ?? [];
    // Its writer died while it wrote.
    const number = digits === undefined ? before.number + 1 : Number(digits);
    const missing = number - before.number - 1;
    must(missing >= 0, () => `line ${number} of ${origin} came behind line ${before.number}`);
    must(missing <= dropped - before.dropped, () => `${missing} lines of ${origin} before line ${number} are missing, and nobody told`);
    must(number <= stream.written, () => `${origin} wrote ${stream.written} lines, and line ${number} came`);
    const line = lineOf(stream.seed, number);
    const whole = cut(line, truth.maxLineLength);
    const isCutOff = text !== decoder.decode(whole);
    latest.set(key, { number, dropped, isCutOff });
    if (!isCutOff) return must((raw?.[at] ?? null) === rawOf(whole), () => `bytes of ${origin} are lost: ${text}`);
    // It wrote more than the pipe took before it died.
    const begin = decoder.decode(line.subarray(0, Buffer.byteLength(text)));
    must(stream.isClosed && (digits === undefined || begin === text), () => `${origin} did not write ${text}`);
  }

  function keepLines(record: LogRecord): void {
    must(record.first_id <= stored.log + 1, () => `line ${record.first_id} came behind ${stored.log}`);
    for (const [at, [, text]] of record.lines.entries()) {
      if (record.first_id + at <= stored.log) counts.doubles += 1;
      if (record.first_id + at <= stored.log) continue;
      stored.log += 1;
      counts.lines += 1;
      keepLine(record, at, text);
    }
  }

  function keepEvent({ id, event }: EventRecord): void {
    must(id <= stored.event + 1, () => `event ${id} came behind ${stored.event}`);
    if (id <= stored.event) counts.doubles += 1;
    if (id <= stored.event) return;
    stored.event = id;
    counts.events += 1;
    must(event === truth.events.nameOf(id), () => `event ${id} is ${truth.events.nameOf(id)}, and ${event} came`);
  }

  /** Only where there is too much to hold does the oldest go. LOG-005. */
  const mayBeLost = (line: number): boolean => truth.bytesSince(line) + (truth.linesRead - line + 1) * burstBytes >= ringBytes / 2;

  function keepLoss({ of, from, to }: DroppedRecord): void {
    must(from <= stored[of] + 1, () => `a loss of ${of} from ${from} on came behind ${stored[of]}`);
    const first = stored[of] + 1;
    if (to < first) return;
    stored[of] = to;
    counts.lost += to - first + 1;
    if (of === 'event') return loseEvents(first, to);
    must(mayBeLost(first), () => `log ${first} is told as dropped, and little came after it`);
    dropped += to - first + 1;
  }

  function loseEvents(first: number, to: number): void {
    for (let id = first; id <= to; id++) {
      must(truth.events.mayBeLost(id), () => `event ${id} is told as dropped, and little came after it`);
      if (auditEvents.has(truth.events.nameOf(id) ?? 'log')) auditDropped += 1;
    }
    must(auditDropped <= truth.auditDropped, () => `${auditDropped} records of the audit are missing, ${truth.auditDropped} were dropped`);
  }

  function keep(record: OutputRecord): void {
    if (record.kind === 'log') keepLines(record);
    else if (record.kind === 'event') keepEvent(record);
    else if (record.kind === 'dropped') keepLoss(record);
  }

  return {
    stored,
    counts,
    begins() {
      /** What was in the memory of process 1 when the connection began. */
      const heldTo = truth.linesRead;
      let heldBytes = 0;
      let greeted = false;
      let last: Ids = { log: 0, event: 0 };
      /** What it was told that we keep. */
      let told: Ids = { log: 0, event: 0 };
      let waiting: OutputRecord[] = [];

      /** Each id once on a connection; what was acknowledged need not come. */
      function inOrder(of: keyof Ids, from: number, to: number): void {
        const highest = Math.max(last[of], told[of]);
        must(from > last[of] && from <= highest + 1, () => `${of} ${from} came behind ${highest} over one connection`);
        last = { ...last, [of]: to };
      }

      function weigh({ first_id: first, lines }: LogRecord): void {
        for (const [at, [, text]] of lines.entries()) if (first + at <= heldTo) heldBytes += text.length + 1;
        must(heldBytes <= ringBytes, () => `process 1 held ${heldBytes} bytes of lines`);
      }

      return {
        take(line) {
          const record: unknown = JSON.parse(line);
          must(isOutputRecord(record), () => `no record: ${line.slice(0, 200)}`);
          must((record.kind === 'hello') !== greeted, () => `${record.kind} came ${greeted ? 'after' : 'before'} the greeting`);
          greeted = true;
          if (record.kind === 'hello') return 'hello';
          if (record.kind === 'log') {
            inOrder('log', record.first_id, record.first_id + record.lines.length - 1);
            weigh(record);
          } else if (record.kind === 'event') inOrder('event', record.id, record.id);
          else {
            must(record.count === record.to - record.from + 1, () => `${record.count} are no loss of ${record.from} to ${record.to}`);
            inOrder(record.of, record.from, record.to);
          }
          waiting.push(record);
          return 'record';
        },
        tell(ids) {
          told = { ...ids };
        },
        commit() {
          for (const record of waiting) keep(record);
          waiting = [];
          must(stored.log <= truth.linesRead, () => `${stored.log} lines came of ${truth.linesRead}`);
        },
        get waiting() {
          return waiting.length;
        },
      };
    },
  };
}
