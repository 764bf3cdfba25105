/** How what comes over a socket is read: as whoever listens says it is, or checked (checked-reading.ts). */

export type Line = Readonly<Record<string, unknown>>;

export interface Reading {
  /** A line of the protocol; null: it is none. */
  parse(text: string): Line | null;
  /** The answer to a command, or a line of its stream; throws a ProtocolError where it is none. */
  answer(command: string, line: unknown): unknown;
  /** A line that follows the answer to a command. */
  pushed(command: string, line: unknown): unknown;
  /** That the command is refused, with why. */
  failure(command: string, line: unknown): unknown;
}

const asItIs = (_: string, line: unknown): unknown => line;

/** For programs of the same version as the daemons. */
export const trusting: Reading = { parse: parseLine, answer: asItIs, pushed: asItIs, failure: asItIs };

/** A line of the protocol; null: it is none. */
export function parseLine(line: string, parse: (text: string) => unknown = JSON.parse): Line | null {
  try {
    const value: unknown = parse(line);
    return typeof value === 'object' ? (value as Line | null) : null;
  } catch {
    return null;
  }
}
