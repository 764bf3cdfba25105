import { encodeJobLine } from '../../gen/jobs/encode.ts';
import type { JobRecord } from '../policy/effects.ts';
import { formatTimestamp } from '../wire/timestamp.ts';

/** Where lines of a job go: the connection of its submitter. */
export interface Reader {
  /** False: too much is unsent already, and the line was not taken. */
  send(line: string): boolean;
  conclude(last: string): void;
}

/** Brings the lines of one job to its submitter, as long as there is one and it keeps up; the others are counted. O-92. */
export class Follower {
  #reader: Reader | null;
  /** Lines that were not brought, and those among them that its submitter has not been told of. */
  #lost = 0;
  #untold = 0;
  /** When a line was refused: others that were read in the same moment have no better chance. */
  #refusedAt: bigint | null = null;

  constructor(reader: Reader) {
    this.#reader = reader;
  }

  get lost(): number {
    return this.#lost;
  }

  /** Its submitter has left. */
  leave(): void {
    this.#reader = null;
  }

  started({ pid, startedAt }: JobRecord): void {
    if (pid !== null && startedAt !== null) this.#reader?.send(encodeJobLine({ kind: 'started', pid, at: formatTimestamp(startedAt) }));
  }

  line(isError: boolean, at: bigint, text: string): void {
    if (this.#brings(isError, at, text)) return;
    this.#refusedAt = at;
    this.#lost += 1;
    this.#untold += 1;
  }

  #brings(isError: boolean, at: bigint, text: string): boolean {
    if (this.#reader === null || this.#refusedAt === at) return false;
    const line = encodeJobLine({ kind: 'output', stream: isError ? 'stderr' : 'stdout', at: formatTimestamp(at), text });
    // Together or not at all: where there is room for the word alone, the next line would find none again.
    if (!this.#reader.send(this.#afterLoss(line))) return false;
    this.#untold = 0;
    return true;
  }

  /** What was lost before a line is told before it. */
  #afterLoss(line: string): string {
    return this.#untold === 0 ? line : `${encodeJobLine({ kind: 'lagged', lost: this.#untold })}\n${line}`;
  }

  ended({ createdAt, endedAt, exitCode, exitSignal, failureCause, state }: JobRecord): void {
    const last = encodeJobLine({
      kind: 'ended',
      at: formatTimestamp(endedAt ?? createdAt),
      lost: this.#lost,
      final_state: state,
      ...(exitCode === null ? {} : { exit_code: exitCode }),
      ...(exitSignal === null ? {} : { exit_signal: exitSignal }),
      ...(failureCause === null ? {} : { failure_cause: failureCause }),
    });
    this.#reader?.conclude(this.#afterLoss(last));
    this.#reader = null;
  }
}
