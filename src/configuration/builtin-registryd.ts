import type { RawDefinition } from '../policy/definition/set.ts';
import type { RegistryValue } from '../registry/value.ts';

/** Name of the service that Phase 1 starts. */
export const registrydName = 'registryd';

/** What is known of it before there is a registry. BOOT-013, BOOT-079. */
const values: readonly RegistryValue[] = [
  { name: 'ImagePath', type: 'SZ', data: '/usr/sbin/registryd' },
  { name: 'Identity', type: 'SZ', data: 'SYSTEM' },
  { name: 'Readiness', type: 'DWORD', data: 0 },
  { name: 'ErrorControl', type: 'DWORD', data: 1 },
];

export const builtinRegistryd: RawDefinition = { name: registrydName, values };

/** In Phase 1 its first failure already leads to Recovery, so it is not started again by itself. BOOT-019. */
export const phaseOneRegistryd: RawDefinition = {
  name: registrydName,
  values: [...values, { name: 'RestartPolicy', type: 'DWORD', data: 0 }],
};

/** Lays the registry's entry over the built-in one; without an entry the built-in one stays. BOOT-078, D-06. */
export function withRegistryd(definitions: readonly RawDefinition[]): readonly RawDefinition[] {
  const at = definitions.findIndex((each) => each.name.toLowerCase() === registrydName);
  const own = definitions[at];
  if (own === undefined) return [...definitions, builtinRegistryd];
  const given = new Set(own.values.map((value) => value.name.toLowerCase()));
  const merged = { name: own.name, values: [...own.values, ...values.filter((value) => !given.has(value.name.toLowerCase()))] };
  return definitions.map((each, index) => (index === at ? merged : each));
}
