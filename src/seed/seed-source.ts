import { readFileSync } from 'node:fs';
import { SeedError } from './seed-error.ts';

/** A file to import: a path, or fd:N:NAME for a descriptor that was opened by somebody else. */
export interface SeedSource {
  readonly name: string;
  readonly text: string;
}

const descriptorForm = /^fd:([0-9]+):(.*)$/s;

/** Throws SeedError when it cannot be read or is not UTF-8. */
export function readSource(argument: string): SeedSource {
  const descriptor = descriptorForm.exec(argument);
  const name = descriptor?.[2] ?? argument;
  try {
    const bytes = readFileSync(descriptor === null ? argument : Number(descriptor[1]));
    return { name, text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch (error) {
    throw new SeedError(name, [
      { line: 1, key: '', value: null, message: `cannot be read: ${error instanceof Error ? error.message : String(error)}` },
    ]);
  }
}
