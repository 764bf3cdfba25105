/** The published schemas of lines, as somebody else's validator reads them. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Validator } from 'typebox/schema';
import { Compile } from 'typebox/schema';

const folder = resolve(import.meta.dirname, '../../gen/json-schema');
const compiled = new Map<string, Validator>();

/** By its path below gen/json-schema, without the ending: control/start.answer. */
export function lineSchema(name: string): Validator {
  const known = compiled.get(name);
  if (known !== undefined) return known;
  const made = Compile(JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as object);
  compiled.set(name, made);
  return made;
}

/** What is wrong with a line, in the words of the validator; empty: nothing. */
export function lineFaults(name: string, value: unknown): string {
  const schema = lineSchema(name);
  if (schema.Check(value)) return '';
  const [, errors] = schema.Errors(value);
  return errors.map(({ instancePath, message }) => `${instancePath === '' ? 'the line' : instancePath} ${message}`).join('; ');
}
