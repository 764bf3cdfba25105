/** The SID of a service, told from its name (ID-007). */

import { sha1 } from './sha1.ts';
import type { Sid } from './sid.ts';
import { utf16 } from './utf16.ts';

/** Greek letters with an iota below: their simple upper case is one letter, while `toUpperCase` makes it two. */
const iotaBelow = /^[\u1f80-\u1f87\u1f90-\u1f97\u1fa0-\u1fa7]$/;
const iotaBelowVowel = /^[\u1fb3\u1fc3\u1ff3]$/;

/** The simple upper case of a code point: one code point again; where there is none it stays as it is. */
const simpleUpper = (character: string): string => {
  if (iotaBelow.test(character)) return String.fromCharCode(character.charCodeAt(0) + 8);
  if (iotaBelowVowel.test(character)) return String.fromCharCode(character.charCodeAt(0) + 9);
  const upper = character.toUpperCase();
  return [...upper].length === 1 ? upper : character;
};

/** Bytes of the hash are taken as little-endian words; the standard has them big-endian. */
const swapped = (word: number): number => (((word & 0xff) << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24)) >>> 0;

/** S-1-5-80 and five words of the hash of the name in upper case. */
export const serviceSid = (name: string): Sid =>
  ['S-1-5-80', ...Array.from(sha1(utf16([...name].map(simpleUpper).join(''))), swapped)].join('-');

export const isServiceSid = (sid: Sid): boolean => sid.startsWith('S-1-5-80-') && sid.split('-').length === 9;
