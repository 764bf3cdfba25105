/** Lines that simulated processes write, and what must become of them: both follow from the stream and the number of the line alone. */
import { isUtf8 } from 'node:buffer';
import { createRandom } from '../../support/random.ts';

const marker = Buffer.from('[truncated]');
const newline = 10;

/** Some streams have long lines only: much of them can be written in a moment of the simulation. */
export const isLong = (seed: number): boolean => seed % 4 === 0;

/** A line without its newline: its number, and mostly not much behind it. */
export function lineOf(seed: number, number: number): Buffer {
  const random = createRandom(seed + number);
  const dice = random.fraction();
  const usual = dice < 0.7 ? random.below(80) : dice < 0.93 ? random.below(900) : random.below(random.chance(0.2) ? 20_000 : 3000);
  const length = isLong(seed) ? 3000 + random.below(10_000) : usual;
  const line = Buffer.concat([Buffer.from(`${number} `), Buffer.alloc(length, 'abcdefghijklmno"\\\t'.charCodeAt(random.below(18)))]);
  // A byte that is no character.
  if (length > 0 && random.chance(0.05)) line[line.length - 1 - random.below(length)] = 0xff;
  return line;
}

/** Many of them from that number on, each with its newline; about so many bytes. Tells how many as well. */
export function linesFrom(seed: number, first: number, bytes: number): readonly [text: Buffer, lines: number] {
  const parts: Buffer[] = [];
  let length = 0;
  let lines = 0;
  do {
    const line = lineOf(seed, first + lines);
    parts.push(line, Buffer.of(newline));
    length += line.length + 1;
    lines += 1;
  } while (length < bytes);
  return [Buffer.concat(parts), lines];
}

/** As process 1 tells it. LOG-008. */
export function cut(line: Buffer, limit: number): Buffer {
  return line.length <= limit ? line : Buffer.concat([line.subarray(0, limit - marker.length), marker]);
}

/** Null: its text says it all. */
export const rawOf = (line: Buffer): string | null => (isUtf8(line) ? null : line.toString('base64'));
