/** The services of all cases as one registry file, to boot a machine with. */
import { join } from 'node:path';
import type { Json, JsonObject } from '../json.ts';
import { isObject } from '../json.ts';
import type { LoadedCase } from './load.ts';
import { suiteDirectory } from './load.ts';
import { fillObject, ownKey, scratchDirectory, serviceName } from './names.ts';
import type { Scope } from './patterns.ts';

export const servicesKey = 'Machine\\System\\Services';

/** Whoever says nothing runs as SYSTEM, so that no authority is needed. */
const ownDefault = { Identity: 'SYSTEM' };

/** Definitions of a case by their key. */
export function definitionsOf({ path, services }: LoadedCase): JsonObject {
  const scope: Scope = new Map<string, Json>([
    ['dir', scratchDirectory(path)],
    ['key', ownKey(path)],
    ['helper', join(suiteDirectory, 'helper')],
    ...Object.keys(services).map((name) => [name, serviceName(path, name)] as const),
  ]);
  return Object.fromEntries(
    Object.entries(services).flatMap(([name, definition]) =>
      isObject(definition) ? [[`${servicesKey}\\${serviceName(path, name)}`, { ...ownDefault, ...fillObject(definition, scope) }]] : [],
    ),
  );
}

export const seedOf = (cases: readonly LoadedCase[]): JsonObject => Object.assign({}, ...cases.map(definitionsOf)) as JsonObject;
