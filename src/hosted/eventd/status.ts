import type { StorageSummary } from './store/model.ts';

/** What people are told of eventd in one line. What is told is an event, which is stored: so it says nothing that this would change. */

const mebibyte = 1_048_576;
const megabytes = (bytes: number): string => `${Math.ceil(bytes / mebibyte)} MB`;

export function statusText(storage: StorageSummary | null, problem: string | null): string {
  const parts: string[] = [];
  if (problem !== null) parts.push(`nothing can be stored: ${problem}`);
  if (storage !== null) {
    const { bytes, limits, moved_aside } = storage;
    parts.push(`${megabytes(bytes)} of at most ${megabytes(limits.maxBytes)}`);
    const [latest] = moved_aside;
    if (latest !== undefined) parts.push(`a damaged database is ${latest.path}`);
  }
  return parts.join('; ');
}

/** Told at most so often, unless something is wrong or well again. */
const pauseMs = 10_000;

export interface StatusParts {
  /** Throws where nothing can be read. */
  storage(): StorageSummary;
  tell(text: string): void;
}

export class Status {
  readonly #parts: StatusParts;
  #problem: string | null = null;
  #told = '';
  #timer: NodeJS.Timeout | null = null;

  constructor(parts: StatusParts) {
    this.#parts = parts;
  }

  get problem(): string | null {
    return this.#problem;
  }

  /** Null: all is well. True: it was not known. */
  setProblem(problem: string | null): boolean {
    if (problem === this.#problem) return false;
    this.#problem = problem;
    this.tell();
    return true;
  }

  /** Something was stored. */
  changed(): void {
    this.#timer ??= setTimeout(() => this.tell(), pauseMs).unref();
  }

  tell(): void {
    this.close();
    const text = statusText(this.#storage(), this.#problem);
    if (text !== this.#told) this.#parts.tell(text);
    this.#told = text;
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #storage(): StorageSummary | null {
    try {
      return this.#parts.storage();
    } catch {
      return null;
    }
  }
}
