import type { MonotonicNs, RealtimeNs } from './kernel.ts';

/**
 * The event loop of PID 1: one epoll set, one drain call a turn, and a fixed order within a turn: signals and reaping,
 * then deadlines, control, notify and last output. A lane never starves an earlier one. PSD-007 12.
 */

/** Order within a turn, first to last. */
export const lanes = ['signal', 'deadline', 'control', 'notify', 'output'] as const;
export type Lane = (typeof lanes)[number];

/** What became possible on a descriptor. `priority` is EPOLLPRI (cgroup.events). `closed` covers hang-up and error. */
export interface Ready {
  readonly readable: boolean;
  readonly writable: boolean;
  readonly priority: boolean;
  readonly closed: boolean;
}

export interface Interest {
  readonly read?: boolean;
  readonly write?: boolean;
  readonly priority?: boolean;
}

/** A descriptor in the set. After close() its handler never runs again; the descriptor itself stays its owner's to close. */
export interface Watch {
  update(interest: Interest): void;
  close(): void;
}

export interface LoopDeadline {
  cancel(): void;
}

/** The loop came too late to the first deadline that is due: stopped, without memory or processor, or busy. */
export interface Stall {
  /** When deadlines were judged last: the loop stood still somewhere between then and now. */
  readonly since: MonotonicNs;
  /** When that deadline was due. */
  readonly dueAt: MonotonicNs;
}

export interface Loop {
  /** Throws an Error with the errno only when the kernel refuses the descriptor (regular files). */
  watch(fd: number, interest: Interest, lane: Lane, handler: (ready: Ready) => void): Watch;
  /** Runs once, at or after the instant, in the deadline lane: however the wall clock is set meanwhile. */
  at(instant: MonotonicNs, handler: () => void): LoopDeadline;
  /** Runs once, in the deadline lane, when the wall clock shows the instant or a later one, by itself or because it was set. TMR-038. */
  atRealtime(instant: RealtimeNs, handler: () => void): LoopDeadline;
  /**
   * Runs when the wall clock was set, or the machine has slept, before deadlines of that clock are judged by what it shows now; the latest
   * handler is the one. How it was set does not matter, nor how often.
   */
  onClockSet(handler: () => void): void;
  /** Runs in each turn in which a deadline is due, before the first of them; the latest handler is the one. */
  beforeDeadlines(handler: (stall: Stall | null) => void): void;
  /** Runs at the end of the current turn (or a turn made for it), after all lanes. */
  defer(handler: () => void): void;
}
