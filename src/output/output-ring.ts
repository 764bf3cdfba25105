import type { Origin } from '../policy/origin.ts';

/** A line of output as it is kept. LOG-002. */
export interface OutputLine {
  readonly origin: Origin;
  readonly job: string;
  readonly isError: boolean;
  /** CLOCK_REALTIME nanoseconds. */
  readonly at: bigint;
  readonly text: Uint8Array;
}

/** Counted beside its text for each kept line. */
const overheadBytes = 96;

/**
 * Keeps the latest lines within a fixed number of bytes; the oldest are dropped and counted. Nobody reads them yet: they are for the event
 * daemon, LOG-014. LOG-005, LOG-007.
 */
export class OutputRing {
  readonly #capacity: number;
  #lines: OutputLine[] = [];
  #first = 0;
  #bytes = 0;
  #dropped = 0;

  constructor(capacityBytes: number) {
    this.#capacity = capacityBytes;
  }

  push(line: OutputLine): void {
    this.#lines.push(line);
    this.#bytes += line.text.length + overheadBytes;
    while (this.#bytes > this.#capacity) this.#dropOldest();
    if (this.#first > 1024 && this.#first * 2 > this.#lines.length) {
      this.#lines = this.#lines.slice(this.#first);
      this.#first = 0;
    }
  }

  /** Lines that were dropped so far. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Oldest first. */
  lines(): readonly OutputLine[] {
    return this.#lines.slice(this.#first);
  }

  #dropOldest(): void {
    const oldest = this.#lines[this.#first];
    if (oldest === undefined) return;
    this.#first++;
    this.#bytes -= oldest.text.length + overheadBytes;
    this.#dropped++;
  }
}
