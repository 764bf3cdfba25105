/** Arguments and answers of peinit-helper (helper/helper.c), the program that touches paths which may hang. DEF-049..051, DEF-064. */

/** `path` passes for any file type, `file` for a regular file, `directory` for a directory; symbolic links are followed. */
export interface PathCheck {
  /** `registry` is not the helper's: it refuses the whole run. */
  readonly type: 'path' | 'file' | 'directory' | 'registry';
  /** Absolute path. */
  readonly argument: string;
}

/** `unknown`: the path could not be looked at (no access, I/O error); like `no` it does not satisfy. */
export type CheckVerdict = 'yes' | 'no' | 'unknown';

export interface PathFacts {
  /** st_mode with the file type. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Of the device the file lies on. */
  readonly device: { readonly major: number; readonly minor: number };
  readonly sizeBytes: bigint;
}

/** A directory or file that is to be there. */
export interface PlaceRequest {
  readonly type: 'file' | 'directory';
  /** Absolute path with a name at its end. */
  readonly path: string;
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
  /** Owner, group and mode count for what is there already, too. */
  readonly ofExisting: boolean;
}

/** Where the way to it ended: above it, at making it, at what is there already, at other names of that, at its owner, at its mode. */
export const placeSteps = ['above', 'make', 'type', 'names', 'owner', 'mode'] as const;
export type PlaceStep = (typeof placeSteps)[number];

export type PlaceAnswer =
  | { readonly ok: true; readonly made: boolean }
  /** `errno` is positive. */
  | { readonly ok: false; readonly step: PlaceStep; readonly errno: number };

const kindLetters = { path: 'p', file: 'f', directory: 'd', registry: 'r' } as const satisfies Record<PathCheck['type'], string>;
const verdicts: ReadonlyMap<number, CheckVerdict> = new Map([
  [0x31, 'yes'],
  [0x30, 'no'],
  [0x3f, 'unknown'],
]);
const ascii = new TextDecoder('ascii');

/** Arguments after the program's name, here and below. */
export function checkArguments(checks: readonly PathCheck[]): string[] {
  return ['check', ...checks.map(({ type, argument }) => kindLetters[type] + argument)];
}

export function statArguments(path: string): string[] {
  return ['stat', path];
}

export function placeArguments({ type, path, uid, gid, mode, ofExisting }: PlaceRequest): string[] {
  return ['place', kindLetters[type], path, String(uid), String(gid), String(mode), ofExisting ? '1' : '0'];
}

/** A small file is replaced as a whole, durably. */
export function replaceArguments(path: string, mode: number, text: string): string[] {
  return ['replace', path, String(mode), text];
}

/** A regular file, of which at most {@link fileLimit} bytes are answered. */
export function readArguments(path: string): string[] {
  return ['read', path];
}

/** What the helper reads of a file at most; the answer has a line more. */
export const fileLimit = 61440;

/** One verdict per check, in order; null where the helper has not answered (yet, or ever). */
export function parseCheckAnswer(output: Uint8Array, count: number): (CheckVerdict | null)[] {
  return Array.from({ length: count }, (_, index) => verdicts.get(output[index] ?? -1) ?? null);
}

/** Whether each check passes; null: not all were answered, so none counts. DEF-065. */
export function parseVerdicts(output: Uint8Array, count: number): boolean[] | null {
  const answers = parseCheckAnswer(output, count);
  return answers.includes(null) ? null : answers.map((answer) => answer === 'yes');
}

function parseLine(output: Uint8Array): number[] | null {
  const text = ascii.decode(output);
  return /^\d+( \d+)*\n$/.test(text) ? text.trimEnd().split(' ').map(Number) : null;
}

/** 0 or an errno (positive); null: no complete answer. For replace. */
export function parseErrnoAnswer(output: Uint8Array): number | null {
  const numbers = parseLine(output);
  return numbers?.length === 1 ? (numbers[0] ?? null) : null;
}

/** Null: no complete answer. */
export function parsePlaceAnswer(output: Uint8Array): PlaceAnswer | null {
  const [error, detail, ...more] = parseLine(output) ?? [];
  if (error === undefined || detail === undefined || more.length > 0) return null;
  if (error === 0) return detail < 2 ? { ok: true, made: detail === 1 } : null;
  const step = placeSteps[detail];
  return step === undefined ? null : { ok: false, step, errno: error };
}

/** The facts, an errno (positive), or null without a complete answer. */
export function parseStatAnswer(output: Uint8Array): PathFacts | number | null {
  const numbers = parseLine(output);
  if (numbers === null) return null;
  if (numbers.length === 1) return numbers[0] ?? null;
  const [, mode, uid, gid, major, minor] = numbers;
  const size = ascii.decode(output).trimEnd().split(' ')[6];
  if (numbers.length !== 7 || mode === undefined || uid === undefined || gid === undefined || major === undefined || minor === undefined)
    return null;
  return { mode, uid, gid, device: { major, minor }, sizeBytes: BigInt(size ?? 0) };
}

/** What was read of a file and whether that is all of it, an errno (positive), or null without a complete answer. */
export function parseFileAnswer(output: Uint8Array): { readonly bytes: Uint8Array; readonly whole: boolean } | number | null {
  const end = output.indexOf(0x0a);
  const numbers = end === -1 ? null : parseLine(output.subarray(0, end + 1));
  if (numbers === null) return null;
  const [error, length, whole] = numbers;
  if (numbers.length === 1) return error ?? null;
  const bytes = output.subarray(end + 1);
  return numbers.length === 3 && bytes.length === length ? { bytes, whole: whole === 1 } : null;
}
