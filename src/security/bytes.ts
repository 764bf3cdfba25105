/** Little-endian reading with every bound checked, and writing into a buffer that grows by parts. */
import { refuse } from './malformed.ts';

export const u8 = (bytes: Uint8Array, at: number, what: string): number => bytes[at] ?? refuse(`${what} ends at byte ${bytes.length}`);

export const u16 = (bytes: Uint8Array, at: number, what: string): number => u8(bytes, at, what) | (u8(bytes, at + 1, what) << 8);

export const u32 = (bytes: Uint8Array, at: number, what: string): number => (u16(bytes, at, what) | (u16(bytes, at + 2, what) << 16)) >>> 0;

export const u64 = (bytes: Uint8Array, at: number, what: string): bigint =>
  BigInt(u32(bytes, at, what)) | (BigInt(u32(bytes, at + 4, what)) << 32n);

/** The `length` bytes from `at` on, which must all be there. */
export function slice(bytes: Uint8Array, at: number, length: number, what: string): Uint8Array {
  const there = Math.max(0, bytes.length - at);
  if (length > there) refuse(`${what} is to have ${length} bytes from byte ${at} on, but only ${there} are there`);
  return bytes.subarray(at, at + length);
}

export const putU16 = (bytes: Uint8Array, at: number, value: number): void => bytes.set([value & 0xff, (value >>> 8) & 0xff], at);

export const putU32 = (bytes: Uint8Array, at: number, value: number): void => {
  putU16(bytes, at, value & 0xffff);
  putU16(bytes, at + 2, value >>> 16);
};

export const putU64 = (bytes: Uint8Array, at: number, value: bigint): void => {
  putU32(bytes, at, Number(value & 0xffffffffn));
  putU32(bytes, at + 4, Number((value >> 32n) & 0xffffffffn));
};

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export const hex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

/** Null: not pairs of hexadecimal digits. */
export const fromHex = (text: string): Uint8Array | null =>
  text.length % 2 === 0 && /^[0-9a-f]*$/i.test(text) ? Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)) : null;
