/** Lines of text in memory, in the plain words of the language: what shim/lines.c must do. */
import { errno } from '../../kernel/errno.ts';
import type { Lines } from '../../kernel/kernel.ts';

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

export const lines: Lines = {
  scanLines(bytes, from, to, found) {
    const whole = linesIn(bytes, from, to).filter(([, end]) => end < to);
    const [first, ...others] = whole;
    const last = whole.at(-1);
    if (first === undefined || last === undefined) return 0;
    found.set([first[1], last[1] + 1, Math.max(0, ...others.map(([start, end]) => end - start))]);
    return whole.length;
  },
  jsonLines(into, at, bytes, from, to, before, after, inexact) {
    const texts = linesIn(bytes, from, to).map(([start, end]) => bytes.subarray(start, end));
    const json = texts.map((text) => `${before}${JSON.stringify(decoder.decode(text))}${after}`).join(',');
    const written = encoder.encode(json);
    if (written.length > into.length - at) return -errno.ENOSPC;
    into.set(written, at);
    inexact[0] = texts.filter((text) => !isExact(text)).length;
    return written.length;
  },
};
