/** The services of all cases as one registry file, to boot a machine with. */
import type { JsonObject } from '../json.ts';
import { isObject } from '../json.ts';
import type { LoadedCase } from './load.ts';
import { fillObject, namesOf, serviceName, usualPrefix } from './names.ts';

export const servicesKey = 'Machine\\System\\Services';

/** Whoever says nothing runs as SYSTEM, so that no authority is needed. */
const ownDefault = { Identity: 'SYSTEM' };

/** Definitions of a case by their key. */
function definitionsOf({ path, services }: LoadedCase, prefix: string): JsonObject {
  const scope = namesOf(prefix, path, services);
  return Object.fromEntries(
    Object.entries(services).flatMap(([name, definition]) =>
      isObject(definition)
        ? [[`${servicesKey}\\${serviceName(prefix, path, name)}`, { ...ownDefault, ...fillObject(definition, scope) }]]
        : [],
    ),
  );
}

export const seedOf = (cases: readonly LoadedCase[], prefix: string = usualPrefix): JsonObject =>
  Object.assign({}, ...cases.map((one) => definitionsOf(one, prefix))) as JsonObject;
