/** Security identifiers, as canonical text and as bytes. PSD-004 2.1. */
import { putU32, slice, u8, u32 } from './bytes.ts';
import { orMalformed, refuse } from './malformed.ts';

/**
 * Canonical text: `S-1-5-18`. The authority is decimal below 2^32 and `0x` with twelve lower-case digits from there on, so that two SIDs
 * are the same exactly when their texts are.
 */
export type Sid = string;

const maxParts = 15;
const form = /^S-1-(0x[0-9a-f]{1,12}|0|[1-9][0-9]{0,14})((?:-(?:0|[1-9][0-9]{0,9}))*)$/i;

const authorityText = (authority: number): string =>
  authority < 2 ** 32 ? String(authority) : `0x${authority.toString(16).padStart(12, '0')}`;

/** Null: not the text of a SID. The canonical text of one that is written otherwise. */
export function parseSid(text: string): Sid | null {
  const [, authorityPart = '', rest = ''] = form.exec(text) ?? [];
  if (authorityPart === '') return null;
  const authority = Number(authorityPart);
  const parts = rest === '' ? [] : rest.slice(1).split('-');
  if (authority >= 2 ** 48 || parts.length > maxParts || parts.some((part) => Number(part) >= 2 ** 32)) return null;
  return `S-1-${authorityText(authority)}${rest}`;
}

/** The SID that bytes begin with, and how many of them it takes. Refuses by {@link refuse}. */
export function sidPrefix(bytes: Uint8Array, at: number, what: string): { readonly sid: Sid; readonly length: number } {
  const revision = u8(bytes, at, what);
  if (revision !== 1) refuse(`${what} has revision ${revision}, not 1`);
  const count = u8(bytes, at + 1, what);
  if (count > maxParts) refuse(`${what} has ${count} sub-authorities, more than ${maxParts}`);
  const length = 8 + 4 * count;
  slice(bytes, at, length, what);
  let authority = 0;
  for (let index = 2; index < 8; index++) authority = authority * 256 + u8(bytes, at + index, what);
  let sid = `S-1-${authorityText(authority)}`;
  for (let index = 8; index < length; index += 4) sid += `-${u32(bytes, at + index, what)}`;
  return { sid, length };
}

/** The SID that these bytes are, all of them. Refuses by {@link refuse}. */
export function exactSid(bytes: Uint8Array, what: string): Sid {
  const { sid, length } = sidPrefix(bytes, 0, what);
  if (length !== bytes.length) refuse(`${what} takes ${length} of ${bytes.length} bytes`);
  return sid;
}

/** Null: not exactly the bytes of a SID. */
export function sidFromBytes(bytes: Uint8Array): Sid | null {
  const sid = orMalformed(() => exactSid(bytes, 'the SID'));
  return typeof sid === 'string' ? sid : null;
}

export function sidToBytes(sid: Sid): Uint8Array {
  const [, , authority = '', ...parts] = sid.split('-');
  const bytes = new Uint8Array(8 + 4 * parts.length);
  bytes[0] = 1;
  bytes[1] = parts.length;
  let rest = Number(authority);
  for (let index = 7; index > 1; index--) {
    bytes[index] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  for (const [index, part] of parts.entries()) putU32(bytes, 8 + 4 * index, Number(part));
  return bytes;
}

/** The numbers after the authority. */
export const subAuthorities = (sid: Sid): readonly number[] => sid.split('-').slice(3).map(Number);
