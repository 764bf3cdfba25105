/**
 * Services of the registry that no number was given for yet: a boot that starts a thousand of them for the first time would write a
 * hundred times otherwise.
 */
import type { RegistryConnection } from '../../../clients/typescript/registry.ts';
import type { TokenRequest } from '../../../gen/authority/types.ts';
import { definitionFields, definitionKey } from '../../../gen/definition/facts.ts';
import type { AuthorityModel } from '../../authority/model.ts';
import { serviceGroupSubject } from '../../authority/names.ts';
import { principalNamed, wellKnown } from '../../security/well-known.ts';

const servicesKey = definitionKey.path.slice(0, definitionKey.path.lastIndexOf('\\'));
const { identity } = definitionFields;

/** What they will ask for. Rejects where the registry cannot be read. */
export async function newServices(registry: RegistryConnection, { ids }: AuthorityModel): Promise<readonly TokenRequest[]> {
  const isNew = (name: string): boolean => !ids.has(serviceGroupSubject(name));
  const { names } = await registry.enum({ path: servicesKey });
  if (!names.some(isNew)) return [];
  const { nodes } = await registry.readTree({ path: servicesKey, depth: 1 });
  return nodes.flatMap(({ path, values }) => {
    const given = values.find(({ name }) => name.toLowerCase() === identity.name.toLowerCase())?.data;
    const named = typeof given === 'string' && given !== '' ? given : String(identity.default);
    const isSystem = principalNamed(named) === wellKnown.system || named === wellKnown.system;
    return path === '' || isSystem || !isNew(path) ? [] : [{ identity: named, service: path }];
  });
}
