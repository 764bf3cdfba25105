/** The claim of a resource attribute as text: `("name",TS,0x0,"value","other")`. */
import { concat, fromHex, hex, putU16, putU32, putU64, slice, u16, u32, u64 } from '../bytes.ts';
import { claimType } from '../claims.ts';
import { maskText } from '../masks.ts';
import { sidPrefix, sidToBytes } from '../sid.ts';
import { fromUtf16, utf16 } from '../utf16.ts';
import type { Cursor } from './cursor.ts';
import { parseNumber } from './cursor.ts';
import { readSid, sidText } from './sid-text.ts';

/** Types of values by their words. */
const types: ReadonlyMap<string, number> = new Map([
  ['TI', claimType.int64],
  ['TU', claimType.uint64],
  ['TS', claimType.text],
  ['TD', claimType.sid],
  ['TX', claimType.octets],
  ['TB', claimType.boolean],
]);

const headerSize = 16;

export function readClaim(cursor: Cursor, what: string): Uint8Array {
  const form = `${what} has a claim ("NAME",TYPE,FLAGS,VALUE,...)`;
  const comma = (): void => {
    cursor.skipSpaces();
    cursor.expect(',', form);
    cursor.skipSpaces();
  };
  cursor.expect('(', form);
  cursor.skipSpaces();
  const name = readQuoted(cursor, form);
  comma();
  const typeStart = cursor.at;
  const word = cursor.match(/[A-Z]{2}/iy)?.toUpperCase() ?? '';
  const type = types.get(word) ?? cursor.fail(`${form}; the types are ${[...types.keys()].join(' ')}`, typeStart);
  comma();
  const flags = parseNumber(cursor.match(/[0-9a-fx]+/iy) ?? '') ?? cursor.fail(`${form}; its flags are a number`);
  const values: Uint8Array[] = [];
  for (;;) {
    cursor.skipSpaces();
    if (cursor.take(')')) return claimBytes(name, type, flags >>> 0, values);
    comma();
    values.push(readValue(cursor, type, form));
  }
}

export function readQuoted(cursor: Cursor, form: string): string {
  cursor.expect('"', form);
  const text = cursor.until('"');
  cursor.expect('"', form);
  return text;
}

function readValue(cursor: Cursor, type: number, form: string): Uint8Array {
  switch (type) {
    case claimType.text:
      return zeroEnded(readQuoted(cursor, form));
    case claimType.sid:
      return sidToBytes(readSid(cursor, form));
    case claimType.octets: {
      const digits = fromHex(cursor.match(/#?[0-9a-f]*/iy)?.replace('#', '') ?? '') ?? cursor.fail(`${form}; octets are pairs of digits`);
      const length = new Uint8Array(4);
      putU32(length, 0, digits.length);
      return concat([length, digits]);
    }
    default: {
      const text = cursor.match(/-?(?:0x[0-9a-f]+|[0-9]+)/iy) ?? cursor.fail(`${form}; a number is missing here`);
      const bytes = new Uint8Array(8);
      const size = BigInt(text.replace('-', ''));
      putU64(bytes, 0, BigInt.asUintN(64, text.startsWith('-') ? -size : size));
      return bytes;
    }
  }
}

const zeroEnded = (text: string): Uint8Array => concat([utf16(text), new Uint8Array(2)]);
const aligned = (bytes: Uint8Array): Uint8Array => concat([bytes, new Uint8Array(-bytes.length & 3)]);
const isWide = (type: number): boolean => type === claimType.int64 || type === claimType.uint64 || type === claimType.boolean;

/** Name first, then each value; values that are not numbers stand behind an offset of their own. */
function claimBytes(name: string, type: number, flags: number, values: readonly Uint8Array[]): Uint8Array {
  const head = new Uint8Array(headerSize + 4 * values.length);
  const parts: Uint8Array[] = [head];
  let end = head.length;
  const put = (part: Uint8Array): number => {
    parts.push(aligned(part));
    end += aligned(part).length;
    return end - aligned(part).length;
  };
  putU32(head, 0, put(zeroEnded(name)));
  putU16(head, 4, type);
  putU32(head, 8, flags);
  putU32(head, 12, values.length);
  for (const [index, value] of values.entries()) {
    if (isWide(type)) putU32(head, headerSize + index * 4, put(value));
    else {
      const offset = new Uint8Array(4);
      putU32(offset, 0, end + 4);
      putU32(head, headerSize + index * 4, put(offset));
      put(value);
    }
  }
  return concat(parts);
}

/** Null: the bytes are not those that the text would give. They must be a whole claim. */
export function claimText(bytes: Uint8Array): string | null {
  const what = 'the claim';
  const type = u16(bytes, 4, what);
  const word = [...types].find(([, number]) => number === type)?.[0];
  const name = textAt(bytes, u32(bytes, 0, what));
  if (word === undefined || name === null) return null;
  const raws: Uint8Array[] = [];
  const texts: string[] = [];
  for (let index = 0; index < u32(bytes, 12, what); index++) {
    const value = valueAt(bytes, type, u32(bytes, headerSize + index * 4, what));
    if (value === null) return null;
    raws.push(value.raw);
    texts.push(value.text);
  }
  const flags = u32(bytes, 8, what);
  return hex(claimBytes(name, type, flags, raws)) === hex(bytes) ? `(${[`"${name}"`, word, maskText(flags), ...texts].join(',')})` : null;
}

function valueAt(bytes: Uint8Array, type: number, at: number): { readonly raw: Uint8Array; readonly text: string } | null {
  const what = 'the claim';
  if (isWide(type)) {
    const number = u64(bytes, at, what);
    return { raw: slice(bytes, at, 8, what), text: String(type === claimType.int64 ? BigInt.asIntN(64, number) : number) };
  }
  const start = u32(bytes, at, what);
  if (type === claimType.sid) {
    const { sid, length } = sidPrefix(bytes, start, what);
    return { raw: slice(bytes, start, length, what), text: sidText(sid) };
  }
  if (type === claimType.octets) {
    const length = u32(bytes, start, what);
    return { raw: slice(bytes, start, 4 + length, what), text: `#${hex(slice(bytes, start + 4, length, what))}` };
  }
  const text = textAt(bytes, start);
  return text === null ? null : { raw: zeroEnded(text), text: `"${text}"` };
}

/** Null: a text that cannot be quoted. */
function textAt(bytes: Uint8Array, start: number): string | null {
  let end = start;
  while (u16(bytes, end, 'the claim') !== 0) end += 2;
  const text = fromUtf16(bytes.subarray(start, end));
  return text === null || /["\n\r]/.test(text) ? null : text;
}
