/** Lines kept of each service. */
const keptLines = 10;
/** Bytes shown of each. */
const shownBytes = 512;

/** The latest lines of each service, its hooks and checks, for whoever asks why it is as it is. */
export class LatestLines {
  readonly #lines = new Map<string, Uint8Array[]>();

  /** `origin` as output is tagged: service, or service/Hook[n]. LOG-003. */
  add(origin: string, text: Uint8Array): void {
    const service = serviceOf(origin);
    const lines = this.#lines.get(service);
    if (lines === undefined) this.#lines.set(service, [text]);
    else if (lines.push(text) > keptLines) lines.shift();
  }

  /** Oldest first. */
  of(service: string): readonly string[] {
    const lines = this.#lines.get(service);
    return lines === undefined ? none : lines.map((line) => decoder.decode(line.subarray(0, shownBytes)));
  }

  forget(service: string): void {
    this.#lines.delete(service);
  }
}

const decoder = new TextDecoder();
const none: readonly string[] = [];

/** Mount points have slashes of their own; their hooks are told apart by the last one before a bracket. */
function serviceOf(origin: string): string {
  const hook = /\/(?:Exec\w+\[\d+\]|ExecReload|HealthCheck)$/.exec(origin);
  return hook === null ? origin : origin.slice(0, hook.index);
}
