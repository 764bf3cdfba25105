import type { RegistryType } from '../../../gen/registry/types.ts';
import type { JsonValue } from '../../json/text.ts';
import type { RegistryValue } from '../../registry/value.ts';

/** Values between registryd's wire and the port. */

function list(data: unknown): readonly string[] | null {
  return Array.isArray(data) && data.every((item) => typeof item === 'string') ? data : null;
}

const decimal = /^[0-9]{1,20}$/;

/** Null when the data has not the form of its type, which registryd never sends. */
export function fromWire(name: string, type: RegistryType, data: unknown): RegistryValue | null {
  switch (type) {
    case 'SZ':
    case 'EXPAND_SZ':
      return typeof data === 'string' ? { name, type, data } : null;
    case 'MULTI_SZ': {
      const items = list(data);
      return items === null ? null : { name, type, data: items };
    }
    case 'DWORD':
      return typeof data === 'number' ? { name, type, data } : null;
    case 'QWORD':
      return typeof data === 'string' && decimal.test(data) ? { name, type, data: BigInt(data) } : null;
    case 'NONE':
    case 'BINARY':
    case 'DWORD_BE':
    case 'LINK':
      return typeof data === 'string' ? { name, type, data: Buffer.from(data, 'base64') } : null;
    default: {
      const never: never = type;
      return never;
    }
  }
}

/** Null for a value that registryd has no form for. */
export function toWire(value: RegistryValue): { readonly type: RegistryType; readonly data: JsonValue } | null {
  switch (value.type) {
    case 'OPAQUE':
      return null;
    case 'QWORD':
      return { type: value.type, data: String(value.data) };
    case 'NONE':
    case 'BINARY':
    case 'DWORD_BE':
    case 'LINK':
      return { type: value.type, data: Buffer.from(value.data).toString('base64') };
    default:
      return { type: value.type, data: value.data };
  }
}
