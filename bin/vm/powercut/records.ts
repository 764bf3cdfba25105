/**
 * What a boot may find of what was written before the power was cut: of each record what it was, or what it was to be.
 */

/** As the machine tells it; values of the registry as its answers have them. */
export interface Found {
  /** Text of the file; null: there is none. */
  readonly counter: string | null;
  readonly first: unknown;
  readonly second: unknown;
  readonly lastRun: unknown;
  readonly nowMs: number;
}

export interface Records {
  /** The machine has told that root is writable, and goes on: the boot is counted from here on. */
  begun(): void;
  /** The command inside has told something; what a boot found is judged: what is wrong with it. */
  found(found: Found): readonly string[];
  acknowledged(pair: number, lastRun: bigint): void;
  /** The power was cut. */
  cut(): void;
}

/** A value of this type, or null where there is none yet; anything else is not what was written. */
function typed(answer: unknown, type: string): string | number | null | undefined {
  if (typeof answer !== 'object' || answer === null) return undefined;
  if ('error' in answer) return null;
  return 'type' in answer && 'data' in answer && answer.type === type ? (answer.data as string | number) : undefined;
}

export function createRecords(): Records {
  /** Acknowledged, and so on the disk. */
  let pair = 0;
  let lastRun = 0n;
  /** What the counter may hold. */
  let counts: ReadonlySet<number> = new Set([0]);
  let isCounted = false;

  const raised = (): ReadonlySet<number> => new Set([...counts].map((count) => count + 1));

  function judgeCounter(text: string | null): string | null {
    const count = text === null ? null : Number(/^(\d+)\n$/.exec(text)?.[1]);
    // The boot may have succeeded by now.
    const allowed = new Set([...counts, 0]);
    if (count === null || !allowed.has(count))
      return `the counter holds ${JSON.stringify(text)}, and not one of ${[...allowed].join(', ')}`;
    counts = new Set([count]);
    return null;
  }

  function judgePair(first: unknown, second: unknown): string | null {
    const [one, two] = [typed(first, 'DWORD'), typed(second, 'DWORD')];
    if (one === two && (one === null ? pair === 0 : Number.isInteger(one) && Number(one) >= pair)) {
      pair = Number(one);
      return null;
    }
    return `the pair is ${JSON.stringify(first)} and ${JSON.stringify(second)}, and was acknowledged with ${pair}`;
  }

  function judgeLastRun(answer: unknown, nowMs: number): string | null {
    const value = typed(answer, 'QWORD');
    if (value === null && lastRun === 0n) return null;
    const at = typeof value === 'string' && /^\d+$/.test(value) ? BigInt(value) : null;
    if (at === null || at < lastRun || at > BigInt(nowMs) * 1_000_000n)
      return `the last run is ${JSON.stringify(answer)}, and was ${lastRun} before`;
    lastRun = at;
    return null;
  }

  return {
    begun() {
      if (isCounted) return;
      isCounted = true;
      counts = raised();
    },
    found: (found) =>
      [judgeCounter(found.counter), judgePair(found.first, found.second), judgeLastRun(found.lastRun, found.nowMs)].filter(
        (problem) => problem !== null,
      ),
    acknowledged(number, at) {
      pair = Math.max(pair, number);
      if (at > lastRun) lastRun = at;
    },
    cut() {
      // Counted, and perhaps a success; or the cut came before anybody knows whether it was counted.
      counts = new Set([...counts, ...(isCounted ? [0] : raised())]);
      isCounted = false;
    },
  };
}
