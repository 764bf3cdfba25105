/** Short forms of registry values for tests: text SZ, list MULTI_SZ, number DWORD, bigint QWORD, bytes BINARY. */

import { decodeDefinition } from '../../../../src/policy/definition/decode.ts';
import type { ServiceDefinition } from '../../../../src/policy/definition/definition.ts';
import type { Decoded, RawDefinition } from '../../../../src/policy/definition/set.ts';
import type { RegistryValue } from '../../../../src/registry/value.ts';

export type Values = Readonly<Record<string, RegistryValue['data']>>;

function typeOf(data: RegistryValue['data']): RegistryValue['type'] {
  switch (typeof data) {
    case 'string':
      return 'SZ';
    case 'number':
      return 'DWORD';
    case 'bigint':
      return 'QWORD';
    default:
      return data instanceof Uint8Array ? 'BINARY' : 'MULTI_SZ';
  }
}

export const rawValues = (values: Values): readonly RegistryValue[] =>
  Object.entries(values).map(([name, data]) => ({ name, type: typeOf(data), data }) as RegistryValue);

export const raw = (name: string, values: Values): RawDefinition => ({ name, values: rawValues(values) });

/** A service `web` with a program and these values. */
export const decodeWeb = (values: Values): Decoded => decodeDefinition(raw('web', { ImagePath: '/usr/bin/web', ...values }));

/** Its definition; throws with the findings when it is broken. */
export function webWith(values: Values): ServiceDefinition {
  const { definition, findings } = decodeWeb(values);
  if (definition === null) throw new Error(findings.map(({ message }) => message).join('\n'));
  return definition;
}

/** How it was refused: no definition, and the fields of the findings with their kinds. */
export const refusal = ({ definition, findings }: Decoded) => ({
  definition,
  findings: findings.map(({ field, kind }) => `${field} ${kind}`),
});

/** Refused for one field that is invalid. */
export const refused = (field: string) => ({ definition: null, findings: [`${field} invalid`] });

/** What is wrong with it, as messages. */
export const complaints = (values: Values): readonly string[] => decodeWeb(values).findings.map(({ message }) => message);
