/** The one way to wait for something that comes about outside: it is looked at until it is so, or the time is over. */

export interface Waiting {
  readonly limitMs?: number;
  /** Explains a failure. */
  readonly more?: () => string;
}

type Absent = null | undefined | false;

/** Once the condition holds; or what the probe gives once that is neither null nor undefined nor false. */
export async function until(what: string, condition: () => boolean | Promise<boolean>, waiting?: Waiting): Promise<void>;
export async function until<T>(what: string, probe: () => T | Absent | Promise<T | Absent>, waiting?: Waiting): Promise<T>;
export async function until(what: string, probe: () => unknown, { limitMs = 60_000, more }: Waiting = {}): Promise<unknown> {
  const begun = performance.now();
  for (;;) {
    const found = await probe();
    if (found !== null && found !== undefined && found !== false) return found;
    if (performance.now() - begun > limitMs) throw new Error(`not within ${limitMs} ms: ${what}${more === undefined ? '' : `\n${more()}`}`);
    await new Promise((done) => setTimeout(done, 2));
  }
}
