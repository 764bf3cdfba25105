import { registryTypeFacts } from '../../gen/registry/facts.ts';
import type { RegistryType } from '../../gen/registry/types.ts';
import { registryTypeNames } from '../../gen/registry/types.ts';
import { RegistryFailure } from './failure.ts';
import { limits } from './names.ts';

/** Data of a value between the wire's form and the store's column (schema.ts says which column form each type has). */

const nameOfNumber = new Map(registryTypeNames.map((name) => [registryTypeFacts[name].number, name]));

export function typeNumber(type: RegistryType): number {
  return registryTypeFacts[type].number;
}

export function typeOfNumber(number: number): RegistryType {
  const name = nameOfNumber.get(number);
  if (name === undefined) throw new RegistryFailure('EIO', `the store holds a value of unknown type ${number}`);
  return name;
}

/** JSON of a value, escapes included, that still fits into an answer line beside the rest of it. */
const encodedLimit = 3_900_000;

function malformed(type: RegistryType, form: string): RegistryFailure {
  return new RegistryFailure('EINVAL', `data of type ${type} is ${form}`);
}

function checkSize(bytes: number): void {
  if (bytes > limits.valueBytes) {
    throw new RegistryFailure('ENOSPC', `the value has ${bytes} bytes, more than the ${limits.valueBytes} a value can have`);
  }
}

function isText(data: unknown): data is string {
  return typeof data === 'string' && data.isWellFormed() && !data.includes('\0');
}

function encodeText(type: RegistryType, data: unknown): string {
  if (!isText(data)) throw malformed(type, 'a string of valid Unicode without NUL');
  checkSize(Buffer.byteLength(data) + 1);
  return data;
}

function encodeList(data: unknown): string {
  if (!Array.isArray(data) || !data.every(isText)) throw malformed('MULTI_SZ', 'a list of strings of valid Unicode without NUL');
  // In bytes a list is ended by an empty string (PSD-005 2.5), so it cannot hold one.
  if (data.includes('')) throw malformed('MULTI_SZ', 'a list of strings, none of them empty');
  checkSize(data.reduce((sum, item) => sum + Buffer.byteLength(item) + 1, 1));
  return JSON.stringify(data);
}

const decimal = /^(?:0|[1-9][0-9]{0,19})$/;

function encodeQword(data: unknown): string {
  if (typeof data !== 'string' || !decimal.test(data) || BigInt(data) > 0xffff_ffff_ffff_ffffn) {
    throw malformed('QWORD', 'a decimal string, 0 to 18446744073709551615');
  }
  return data;
}

function encodeBytes(type: RegistryType, data: unknown): string {
  const bytes = typeof data === 'string' ? Buffer.from(data, 'base64') : null;
  if (bytes === null || bytes.toString('base64') !== data) throw malformed(type, 'a base64 string, padded');
  checkSize(bytes.length);
  return data;
}

function encodeColumn(type: RegistryType, data: unknown): string {
  switch (type) {
    case 'SZ':
    case 'EXPAND_SZ':
      return encodeText(type, data);
    case 'MULTI_SZ':
      return encodeList(data);
    case 'QWORD':
      return encodeQword(data);
    default:
      return encodeBytes(type, data);
  }
}

/** The column of `data` as it stands on the wire. Throws EINVAL on the wrong form, ENOSPC when it is too large. */
export function encodeData(type: RegistryType, data: unknown): string | bigint {
  if (type === 'DWORD') {
    if (typeof data !== 'number' || !Number.isInteger(data) || data < 0 || data > 0xffff_ffff) {
      throw malformed(type, 'an integer, 0 to 4294967295');
    }
    // node:sqlite binds a number as a real, which it would then stay.
    return BigInt(data);
  }
  const column = encodeColumn(type, data);
  if (column.length > limits.valueBytes / 2 && JSON.stringify(column).length > encodedLimit) {
    throw new RegistryFailure('ENOSPC', 'the value has too many characters that JSON writes with escapes');
  }
  return column;
}

/** The wire's form of a column. */
export function decodeData(type: RegistryType, column: string | number): string | number | string[] {
  return type === 'MULTI_SZ' ? (JSON.parse(String(column)) as string[]) : column;
}
