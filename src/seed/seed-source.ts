import { closeSync, openSync, readSync } from 'node:fs';
import { SeedError } from './seed-error.ts';

/** A file to import: a path, - for standard input, or fd:N:NAME for a descriptor that was opened by somebody else. */
export interface SeedSource {
  readonly name: string;
  readonly text: string;
}

const descriptorForm = /^fd:([0-9]+):(.*)$/s;
/** More than any registry holds: what goes on for ever (/dev/zero) is no seed. */
const maxBytes = 256 * 1024 * 1024;
const pieceBytes = 64 * 1024;

/** Throws SeedError when it cannot be read or is not UTF-8. */
export function readSource(argument: string): SeedSource {
  const descriptor = descriptorForm.exec(argument);
  const isInput = argument === '-';
  const name = isInput ? 'standard input' : (descriptor?.[2] ?? argument);
  try {
    const bytes = isInput ? readAll(0) : descriptor !== null ? readAll(Number(descriptor[1])) : readFile(argument);
    return { name, text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch (error) {
    throw new SeedError(name, [{ line: null, key: '', value: null, message: `cannot be read: ${reason(error)}` }]);
  }
}

function readFile(path: string): Buffer {
  const descriptor = openSync(path, 'r');
  try {
    return readAll(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

class TooLarge extends Error {}

function readAll(descriptor: number): Buffer {
  const pieces: Buffer[] = [];
  let total = 0;
  for (;;) {
    const piece = Buffer.allocUnsafe(pieceBytes);
    const length = readPiece(descriptor, piece);
    if (length === 0) return Buffer.concat(pieces, total);
    pieces.push(piece.subarray(0, length));
    total += length;
    if (total > maxBytes) throw new TooLarge();
  }
}

/** Standard input may be a terminal or a pipe that does not block, and so has nothing yet. */
function readPiece(descriptor: number, piece: Buffer): number {
  for (;;) {
    try {
      return readSync(descriptor, piece);
    } catch (error) {
      if (codeOf(error) === 'EOF') return 0;
      if (codeOf(error) !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    }
  }
}

const codeOf = (error: unknown): string | null =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;

function reason(error: unknown): string {
  if (error instanceof TooLarge) return `it has more than ${maxBytes / 1024 / 1024} MiB`;
  switch (codeOf(error)) {
    case 'ENOENT':
      return 'there is no such file';
    case 'EISDIR':
      return 'it is a directory; name the files in it';
    case 'EACCES':
    case 'EPERM':
      return 'it may not be read by this user';
    case 'ERR_ENCODING_INVALID_ENCODED_DATA':
      return 'it is not UTF-8 text; a seed is YAML or JSON in UTF-8';
    default:
      return error instanceof Error ? error.message : String(error);
  }
}
