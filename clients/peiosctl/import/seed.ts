/** Services as keys of the registry. */
import { definitionFields, definitionKey } from '../../../gen/definition/facts.ts';
import type { FieldRow } from '../../../gen/options/rows.ts';
import { privilegeGrantFields, privilegeGrantKey } from '../../../gen/principals/facts.ts';
import type { RegistryType } from '../../../gen/registry/types.ts';
import { servicePrefix } from '../../../src/authority/names.ts';
import type { Conversion, Fields } from './conversion.ts';

export interface ImportedKey {
  readonly path: string;
  readonly values: readonly { readonly name: string; readonly type: RegistryType; readonly data: string | number | string[] }[];
}

const rows = Object.values<FieldRow>(definitionFields);

/** What differs from the default of its field, which is what the registry needs. */
export function keysOf(services: Conversion['services']): readonly ImportedKey[] {
  return services.flatMap(({ name, fields, grants }) => {
    const values = rows.flatMap((row) => {
      const value = (fields as Readonly<Record<string, Fields[keyof Fields]>>)[row.member];
      if (value === undefined || same(value, row.default)) return [];
      return [{ name: row.name, type: typeOf(row), data: dataOf(row, value) }];
    });
    const definition = { path: definitionKey.path.replace('<name>', name), values };
    return grants.length === 0 ? [definition] : [definition, grantOf(name, grants)];
  });
}

function grantOf(name: string, grants: readonly string[]): ImportedKey {
  const { privileges } = privilegeGrantFields;
  return {
    path: privilegeGrantKey.path.replace('<principal>', `${servicePrefix}${name}`),
    values: [{ name: privileges.name, type: typeOf(privileges), data: [...grants] }],
  };
}

const typeOf = (row: FieldRow): RegistryType => row.type.toUpperCase() as RegistryType;

const same = (value: unknown, stated: unknown): boolean =>
  value === stated || (Array.isArray(value) && value.length === 0 && (stated === null || (Array.isArray(stated) && stated.length === 0)));

function dataOf(row: FieldRow, value: NonNullable<Fields[keyof Fields]>): string | number | string[] {
  if (row.kind === 'enum') return Number(Object.entries(row.names).find(([, name]) => name === value)?.[0]);
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value === 'string' || typeof value === 'number') return value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  return [...value];
}
