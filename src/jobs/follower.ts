import { encodeJobLine } from '../../gen/jobs/encode.ts';
import type { JobRecord } from '../policy/effects.ts';
import { formatTimestamp } from '../wire/timestamp.ts';

const decoder = new TextDecoder();

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

  /** The line lies in `bytes` between `from` and `to`. One that is lost costs no more than its count. */
  line(isError: boolean, at: bigint, bytes: Uint8Array, from = 0, to = bytes.length): void {
    if (this.#reader !== null && this.#refusedAt !== at && this.#brings(this.#reader, isError, at, bytes.subarray(from, to))) return;
    this.#refusedAt = at;
    this.#lost += 1;
    this.#untold += 1;
  }

  #brings(reader: Reader, isError: boolean, at: bigint, bytes: Uint8Array): boolean {
    const text = decoder.decode(bytes);
    const line = encodeJobLine({ kind: 'output', stream: isError ? 'stderr' : 'stdout', at: formatTimestamp(at), text });
    // Together or not at all: where there is room for the word alone, the next line would find none again.
    if (!reader.send(this.#afterLoss(line))) return false;
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
