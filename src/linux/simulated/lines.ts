/** Lines in the plain words of the language: what shim/lines.c must do. */
import { errno } from '../../kernel/errno.ts';
import type { Lines } from '../../kernel/kernel.ts';
import type { World } from './world.ts';

const newline = 10;
const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const strict = new TextDecoder('utf-8', { ignoreBOM: true, fatal: true });

function isExact(line: Uint8Array): boolean {
  try {
    strict.decode(line);
    return true;
  } catch {
    return false;
  }
}

/** Each with where it begins and ends, its newline left out. */
function linesIn(bytes: Uint8Array, from: number, to: number): readonly (readonly [number, number])[] {
  const lines: [number, number][] = [];
  for (let start = from; start < to; ) {
    const found = bytes.subarray(0, to).indexOf(newline, start);
    const end = found < 0 ? to : found;
    lines.push([start, end]);
    start = end + 1;
  }
  return lines;
}

/** How many lines end between `from` and `to`, and where there are any, the other things that readLines() tells of them. */
export function findLines(bytes: Uint8Array, from: number, to: number, found: Int32Array): void {
  const whole = linesIn(bytes, from, to).filter(([, end]) => end < to);
  found[0] = whole.length;
  const [first, ...others] = whole;
  const last = whole.at(-1);
  if (first !== undefined && last !== undefined) {
    found.set([first[1], last[1] + 1, Math.max(0, ...others.map(([start, end]) => end - start))], 1);
  }
}

export const jsonLines: Lines['jsonLines'] = (into, at, bytes, from, to, before, after, inexact) => {
  const texts = linesIn(bytes, from, to).map(([start, end]) => bytes.subarray(start, end));
  const json = texts.map((text) => `${before}${JSON.stringify(decoder.decode(text))}${after}`).join(',');
  const written = encoder.encode(json);
  if (written.length > into.length - at) return -errno.ENOSPC;
  into.set(written, at);
  inexact[0] = texts.filter((text) => !isExact(text)).length;
  return written.length;
};

export function createLines(world: World): Lines {
  return {
    readLines(fd, into, at, most, found) {
      const length = world.file(fd)?.read(into.subarray(at, at + most)) ?? -errno.EBADF;
      if (length >= 0) findLines(into, at, at + length, found);
      return length;
    },
    jsonLines,
  };
}
