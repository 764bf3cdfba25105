import type { Origin } from '../policy/origin.ts';
import { partText } from '../policy/origin.ts';

/** Lines kept of each service. */
const keptLines = 10;
/** Of those at most so many of its hooks and checks: a check that talks must not hide what the service said last. */
const keptSideLines = 3;
/** Bytes shown of each. */
const shownBytes = 512;

interface Line {
  readonly text: Uint8Array;
  /** ExecStartPre[0], HealthCheck; null: the service itself. */
  readonly side: string | null;
}

/** The latest lines of each service, its hooks and checks, for whoever asks why it is as it is. */
export class LatestLines {
  readonly #lines = new Map<string, Line[]>();

  add(origin: Origin, text: Uint8Array): void {
    const { service } = origin;
    const side = partText(origin);
    let lines = this.#lines.get(service);
    if (lines === undefined) {
      lines = [];
      this.#lines.set(service, lines);
    }
    lines.push({ text, side });
    const sideLines = side === null ? 0 : lines.filter((line) => line.side !== null).length;
    if (sideLines > keptSideLines)
      lines.splice(
        lines.findIndex((line) => line.side !== null),
        1,
      );
    else if (lines.length > keptLines) lines.shift();
  }

  /** Oldest first; those of hooks and checks begin with their name. */
  of(service: string): readonly string[] {
    return (
      this.#lines
        .get(service)
        ?.map(({ text, side }) => (side === null ? '' : `${side}: `) + decoder.decode(text.subarray(0, shownBytes))) ?? none
    );
  }

  forget(service: string): void {
    this.#lines.delete(service);
  }
}

const decoder = new TextDecoder();
const none: readonly string[] = [];
