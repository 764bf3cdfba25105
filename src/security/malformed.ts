/** What decoders of this room throw among themselves; it never leaves them: their callers get `{ malformed }`. */
export class MalformedError extends Error {}

/** A reason that bytes could not be read, in words that say where. */
export interface Malformed {
  readonly malformed: string;
}

export function refuse(reason: string): never {
  throw new MalformedError(reason);
}

/** Runs a decoder; what it refuses is its answer, anything else is a defect and goes on. */
export function orMalformed<T>(decode: () => T): T | Malformed {
  try {
    return decode();
  } catch (error) {
    if (error instanceof MalformedError) return { malformed: error.message };
    throw error;
  }
}
