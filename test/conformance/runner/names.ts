/** Names in the texts of a case: `${web}` is the full name of its service web, or a value that an earlier step has captured. */
import { join } from 'node:path';
import type { Json, JsonObject } from '../json.ts';
import { isList, isObject, printJson } from '../json.ts';
import type { Scope } from './patterns.ts';

/** Where cases keep their files and helpers their sockets. */
export const runDirectory = '/run/conformance';

/** What the names of a run begin with, unless it says otherwise. */
export const usualPrefix = 'cf';

const caseName = (prefix: string, path: string): string => `${prefix}.${path.replaceAll('/', '.')}`;

/** What a service of a case is called in the registry. */
export const serviceName = (prefix: string, path: string, service: string): string => `${caseName(prefix, path)}.${service}`;

export const scratchDirectory = (prefix: string, path: string): string => `${runDirectory}/${caseName(prefix, path)}`;

/** The names of a case before its first step; `key` is a key of the registry that is its own, `case` a name for what it defines itself. */
export const namesOf = (prefix: string, path: string, services: JsonObject): Scope =>
  new Map<string, Json>([
    ['case', caseName(prefix, path)],
    ['dir', scratchDirectory(prefix, path)],
    ['key', `Machine\\System\\${caseName(prefix, path)}`],
    ['helper', join(import.meta.dirname, '../helper')],
    ...Object.keys(services).map((name) => [name, serviceName(prefix, path, name)] as const),
  ]);

const reference = /\$\{([A-Za-z_][\w-]*)\}/g;

export class UnknownName extends Error {}

/** With all names filled in. A text that is nothing but a name becomes the value itself, whatever its type. */
export function fill(value: Json, scope: Scope): Json {
  if (typeof value === 'string') return fillText(value, scope);
  if (isList(value)) return value.map((one) => fill(one, scope));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [plain(name, scope), fill(inner, scope)]));
}

export const fillObject = (value: JsonObject, scope: Scope): JsonObject => fill(value, scope) as JsonObject;

function fillText(text: string, scope: Scope): Json {
  const whole = /^\$\{([A-Za-z_][\w-]*)\}$/.exec(text);
  return whole === null ? plain(text, scope) : look(whole[1] ?? '', scope);
}

/** Text in which names stand among other characters. */
export function plain(text: string, scope: Scope): string {
  return text.replaceAll(reference, (_whole, name: string) => {
    const value = look(name, scope);
    return typeof value === 'string' ? value : printJson(value);
  });
}

function look(name: string, scope: Scope): Json {
  const value = scope.get(name);
  if (value === undefined)
    throw new UnknownName(
      `there is no \${${name}}: it is neither a service of the case, nor case, dir, key or helper, nor captured by an earlier step`,
    );
  return value;
}
