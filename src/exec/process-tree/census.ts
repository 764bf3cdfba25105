/**
 * Who lives, and whose each process is. A process belongs to the part whose mark it has; without a mark to that of its parent; without
 * such a parent, to the one that its environment names, or in whose sessions it is. What was found once stays: a process that gives up its
 * mark later, or loses its parent, is known by its number and the instant of its start. O-66.
 */
import { isGone } from '../../kernel/errno.ts';
import type { Files, Processes, ProcessRow, Result } from '../../kernel/kernel.ts';
import type { Reserve } from '../reserve.ts';
import type { Marks } from './marks.ts';
import type { Part, Parts } from './parts.ts';

export interface Census {
  /** Peinit made a process for that part. */
  born(part: Part, pid: number): void;
  /** Children that are gone. */
  reaped(pids: readonly number[]): void;
  /** Looks now: afterwards each part has those that live in it. 0 or -errno. */
  take(): Result;
  /** As take, unless somebody looked in this turn and nobody was reaped since. */
  latest(): Result;
  /** 1: that process is still there; 0: it is gone, its number may be another's by now; -errno: it cannot be told. */
  isStill(row: ProcessRow): Result;
  /** Null: nobody's, or it cannot be told. */
  partOf(pid: number): Part | null;
  forget(part: Part): void;
}

export interface CensusParts {
  readonly kernel: Pick<Files & Processes, 'readFile' | 'scanProcesses'>;
  readonly reserve: Reserve;
  readonly parts: Parts;
  readonly marks: Marks;
  /** At the end of this turn. */
  readonly later: (body: () => void) => void;
}

interface Known {
  /** Null: a child of ours that was not seen yet; nobody else can have its number. */
  readonly start: number | null;
  /** Null: nobody's. */
  readonly part: Part | null;
}

const decoder = new TextDecoder();

export function createCensus({ kernel, reserve, parts, marks, later }: CensusParts): Census {
  const known = new Map<number, Known>();
  /** Sessions of processes that were found. */
  const sessions = new Map<number, Part>();
  let isFresh = false;

  const recall = ({ pid, start }: ProcessRow): Known | undefined => {
    const found = known.get(pid);
    return found !== undefined && (found.start === null || found.start === start) ? found : undefined;
  };

  function remember({ pid, start, session }: ProcessRow, part: Part | null): void {
    known.set(pid, { start, part });
    if (part !== null && session > 1) sessions.set(session, part);
  }

  function partOfOrphan(row: ProcessRow): Part | null | Result {
    return marks.partByEnvironment(row) ?? sessions.get(row.session) ?? null;
  }

  /** Climbs to the first ancestor that tells, and comes down again. */
  function classify(row: ProcessRow, rows: ReadonlyMap<number, ProcessRow>): Result {
    const unknown: ProcessRow[] = [];
    let part: Part | null = null;
    for (let at: ProcessRow | undefined = row; at !== undefined && at.pid > 1 && unknown.length <= rows.size; at = rows.get(at.parent)) {
      const found: Known | undefined = recall(at);
      if (found !== undefined) {
        part = found.part;
        if (found.start === null) remember(at, part);
        break;
      }
      const marked = marks.partOf(at);
      if (typeof marked === 'number') return marked;
      if (marked !== null) {
        part = marked;
        remember(at, part);
        break;
      }
      unknown.push(at);
    }
    for (const each of unknown.reverse()) {
      const found: Part | null | Result = part ?? partOfOrphan(each);
      if (typeof found === 'number') return found;
      part = found;
      remember(each, part);
    }
    return 0;
  }

  function take(): Result {
    const listed = reserve.spend(() => kernel.scanProcesses(marks.namespace));
    if (typeof listed === 'number') return listed;
    const rows = new Map(listed.map((row) => [row.pid, row]));
    for (const pid of known.keys()) if (!rows.has(pid)) known.delete(pid);
    const alive = new Set(listed.map(({ session }) => session));
    for (const session of sessions.keys()) if (!alive.has(session)) sessions.delete(session);
    for (const row of listed) {
      const told = recall(row)?.start === row.start || row.pid === 1 ? 0 : classify(row, rows);
      if (told < 0) return told;
    }
    for (const part of parts.all()) part.living = [];
    for (const row of listed) known.get(row.pid)?.part?.living.push(row);
    if (!isFresh) {
      isFresh = true;
      later(() => {
        isFresh = false;
      });
    }
    return 0;
  }

  function startOf(pid: number): Result {
    const content = reserve.spend(() => kernel.readFile(`/proc/${pid}/stat`, 4096));
    if (typeof content === 'number') return content;
    const text = decoder.decode(content);
    return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? Number.NaN);
  }

  function isStill({ pid, start }: ProcessRow): Result {
    // A child that was not seen yet: nobody else can have its number.
    const found = start === -1 ? start : startOf(pid);
    if (found < 0 && found !== start) return isGone(found) ? 0 : found;
    return found === start ? 1 : 0;
  }

  return {
    born(part, pid) {
      known.set(pid, { start: null, part });
      sessions.set(pid, part);
      part.living.push({ pid, parent: 1, session: pid, start: -1, namespace: 0 });
    },
    reaped(pids) {
      for (const pid of pids) {
        const found = known.get(pid);
        if (found?.part !== null) isFresh = false;
        if (found?.part) found.part.living = found.part.living.filter((row) => row.pid !== pid);
        known.delete(pid);
      }
    },
    take,
    latest: () => (isFresh ? 0 : take()),
    isStill,
    partOf(pid) {
      const start = startOf(pid);
      const found = known.get(pid);
      if (found !== undefined && (found.start === null || found.start === start)) return found.part;
      return start >= 0 && take() >= 0 ? (known.get(pid)?.part ?? null) : null;
    },
    forget(part) {
      for (const [session, whose] of sessions) if (whose === part) sessions.delete(session);
      for (const [pid, { part: whose }] of known) if (whose === part) known.delete(pid);
    },
  };
}
