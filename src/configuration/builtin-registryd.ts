import { foldName } from '../policy/definition/names.ts';
import type { RawDefinition } from '../policy/definition/set.ts';
import { foldValueName } from '../policy/definition/values.ts';
import { registrydKey } from '../policy/platform-daemons.ts';
import type { RegistryValue } from '../registry/value.ts';

/** What is known of it before there is a registry. BOOT-013, BOOT-079. */
const values: readonly RegistryValue[] = [
  { name: 'ImagePath', type: 'SZ', data: '/usr/sbin/registryd' },
  { name: 'Identity', type: 'SZ', data: 'SYSTEM' },
  { name: 'Readiness', type: 'DWORD', data: 0 },
  { name: 'ErrorControl', type: 'DWORD', data: 1 },
];

export const builtinRegistryd: RawDefinition = { name: registrydKey, values };

/** In Phase 1 its first failure already leads to Recovery, so it is not started again by itself. BOOT-019. */
export const phaseOneRegistryd: RawDefinition = {
  name: registrydKey,
  values: [...values, { name: 'RestartPolicy', type: 'DWORD', data: 0 }],
};

/** Lays the registry's entry over the built-in one; without an entry the built-in one stays. BOOT-078, D-06. */
export function withRegistryd(definitions: readonly RawDefinition[]): readonly RawDefinition[] {
  const at = definitions.findIndex((each) => foldName(each.name) === registrydKey);
  const own = definitions[at];
  if (own === undefined) return [...definitions, builtinRegistryd];
  const given = new Set(own.values.map((value) => foldValueName(value.name)));
  const merged = { name: own.name, values: [...own.values, ...values.filter((value) => !given.has(foldValueName(value.name)))] };
  return definitions.map((each, index) => (index === at ? merged : each));
}
