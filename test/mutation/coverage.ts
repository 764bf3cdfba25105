/** Which places of the sources a test runs through, measured once for each content of the test and of all it imports. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Imports } from './imports.ts';
import { digest, rooms } from './mutants.ts';
import type { Runner } from './program.ts';

/** Start, end and count, as V8 tells them: the innermost range around a place decides. */
type Range = readonly [number, number, number];

export interface Measured {
  /** Whether it passes without any change; one that does not is no judge. */
  readonly ok: boolean;
  readonly ms: number;
  /** One list for each process that loaded the file. */
  readonly files: Readonly<Record<string, readonly (readonly Range[])[]>>;
}

interface Report {
  readonly result: readonly {
    readonly url: string;
    readonly functions: readonly { readonly ranges: readonly { startOffset: number; endOffset: number; count: number }[] }[];
  }[];
}

export function reaches({ files }: Measured, file: string, place: number): boolean {
  return (files[file] ?? []).some((ranges) => {
    let innermost: Range | null = null;
    for (const range of ranges) {
      const [start, end] = range;
      if (start <= place && place < end && (innermost === null || end - start <= innermost[1] - innermost[0])) innermost = range;
    }
    return innermost !== null && innermost[2] > 0;
  });
}

function readReports(directory: string, root: string): Measured['files'] {
  const files: Record<string, (readonly Range[])[]> = {};
  const base = `${pathToFileURL(root).href}/`;
  for (const name of readdirSync(directory)) {
    const { result } = JSON.parse(readFileSync(join(directory, name), 'utf8')) as Report;
    for (const { url, functions } of result) {
      const file = url.startsWith(base) ? url.slice(base.length) : '';
      if (!rooms.some((room) => file.startsWith(`${room}/`))) continue;
      const ranges = functions.flatMap((one) =>
        one.ranges.map(({ startOffset, endOffset, count }): Range => [startOffset, endOffset, count]),
      );
      files[file] ??= [];
      files[file].push(ranges);
    }
  }
  return files;
}

export interface Coverage {
  measure(root: string, file: string, words: readonly string[]): Promise<Measured>;
}

const measureLimitMs = 300_000;

export function createCoverage(directory: string, imports: Imports, { run }: Runner): Coverage {
  mkdirSync(directory, { recursive: true });
  const underWay = new Map<string, Promise<Measured>>();
  async function measure(root: string, file: string, words: readonly string[]): Promise<Measured> {
    const stored = join(directory, `${digest(imports.key(file), ...words).slice(0, 32)}.json`);
    try {
      return JSON.parse(readFileSync(stored, 'utf8')) as Measured;
    } catch {
      // Not measured yet.
    }
    const raw = mkdtempSync(join(directory, 'raw-'));
    try {
      const { ok, ms } = await run(root, words, measureLimitMs, { NODE_V8_COVERAGE: raw });
      const measured = { ok, ms, files: readReports(raw, root) };
      writeFileSync(stored, JSON.stringify(measured));
      return measured;
    } finally {
      rmSync(raw, { recursive: true, force: true });
    }
  }
  return {
    measure(root, file, words) {
      const known = underWay.get(file) ?? measure(root, file, words);
      underWay.set(file, known);
      return known;
    },
  };
}
