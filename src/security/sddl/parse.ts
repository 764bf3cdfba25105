/** From text to a descriptor. Parts may come in any order, each once, and blanks between them and between ACEs do not count. */
import { aceTypeFacts } from '../../../gen/security/facts.ts';
import type { AceType } from '../../../gen/security/types.ts';
import type { Ace, AceObject } from '../ace.ts';
import { aceShape, aceTypeOf, decodeAce, maskProblem, parseGuid } from '../ace.ts';
import type { Acl } from '../acl.ts';
import { aclOf } from '../acl.ts';
import { concat, fromHex, putU16 } from '../bytes.ts';
import type { SecurityDescriptor } from '../descriptor.ts';
import { controlBit, descriptorOf, encodeDescriptor, maxDescriptorSize } from '../descriptor.ts';
import { orMalformed } from '../malformed.ts';
import type { Sid } from '../sid.ts';
import { wellKnown } from '../well-known.ts';
import { accessRights, aceFlags, aceTypes, labelRights } from './aliases.ts';
import { readClaim } from './claim-text.ts';
import { readCondition } from './condition-text.ts';
import { Cursor, parseNumber } from './cursor.ts';
import { readSid } from './sid-text.ts';

interface Parts {
  owner: Sid | null;
  group: Sid | null;
  dacl: Acl | null;
  sacl: Acl | null;
}

export function parseDescriptor(text: string): SecurityDescriptor {
  const cursor = new Cursor(text);
  const parts: Parts = { owner: null, group: null, dacl: null, sacl: null };
  let control = 0;
  cursor.skipSpaces();
  while (!cursor.done) {
    const start = cursor.at;
    const letter = cursor.match(/[OGDS](?=\s*:)/iy)?.toUpperCase();
    cursor.skipSpaces();
    if (letter === undefined || !cursor.take(':'))
      return cursor.fail('a part begins here that is none of O: (owner), G: (group), D: (DACL) and S: (SACL)', start);
    cursor.skipSpaces();
    const twice = (there: unknown): void => {
      if (there !== null) cursor.fail(`${letter}: is there twice; take one out`, start);
    };
    switch (letter) {
      case 'O':
        twice(parts.owner);
        parts.owner = readSid(cursor, 'the owner');
        break;
      case 'G':
        twice(parts.group);
        parts.group = readSid(cursor, 'the group');
        break;
      case 'D':
        twice(parts.dacl);
        control |= readAclFlags(cursor, [controlBit.daclProtected, controlBit.daclAutoInheritRequired, controlBit.daclAutoInherited]);
        parts.dacl = readAces(cursor, 'the DACL');
        break;
      default:
        twice(parts.sacl);
        control |= readAclFlags(cursor, [controlBit.saclProtected, controlBit.saclAutoInheritRequired, controlBit.saclAutoInherited]);
        parts.sacl = readAces(cursor, 'the SACL');
    }
    cursor.skipSpaces();
  }
  const descriptor = descriptorOf(parts, control);
  if (encodeDescriptor(descriptor).length > maxDescriptorSize)
    cursor.fail(`the descriptor takes more than ${maxDescriptorSize} bytes; take ACEs out`, 0);
  return descriptor;
}

function readAclFlags(cursor: Cursor, [protect, require, inherited]: readonly [number, number, number]): number {
  let control = 0;
  for (;;) {
    if (cursor.take('NO_ACCESS_CONTROL')) cursor.fail('no access control at all is written by leaving D: out');
    else if (cursor.take('P')) control |= protect;
    else if (cursor.take('AR')) control |= require;
    else if (cursor.take('AI')) control |= inherited;
    else return control;
  }
}

function readAces(cursor: Cursor, list: string): Acl {
  const aces: Ace[] = [];
  for (;;) {
    cursor.skipSpaces();
    if (!cursor.take('(')) break;
    const ace = readAce(cursor, `ACE ${aces.length + 1} of ${list}`);
    aces.push(ace);
  }
  return aclOf(aces);
}

function readAce(cursor: Cursor, what: string): Ace {
  const field = (): string => cursor.until(';)').trim();
  const next = (): void => cursor.expect(';', `${what} has the fields type;flags;rights;object;inherited object;SID`);
  const start = cursor.at;
  const typeText = field();
  const number = parseNumber(typeText);
  next();
  const flagsStart = cursor.at;
  const flags = readFlags(cursor, field(), flagsStart, what);
  next();
  if (cursor.take('#')) return readBytes(cursor, number ?? typeNumber(cursor, typeText, start, what), flags, what);
  const type = number === null ? aceTypes.get(typeText.toUpperCase()) : (aceTypeOf(number) ?? undefined);
  if (type === undefined)
    return cursor.fail(`${what}: ${typeText || 'nothing'} is no type of an ACE (${[...aceTypes.keys()].join(' ')})`, start);
  const rightsStart = cursor.at;
  const mask = readRights(cursor, field(), rightsStart, type, what);
  next();
  const guidStart = cursor.at;
  const object = readObject(cursor, field, next, type, guidStart, what);
  next();
  cursor.skipSpaces();
  const sidStart = cursor.at;
  const sid = readSid(cursor, what);
  cursor.skipSpaces();
  const data = aceShape(type).data ? readData(cursor, type, what) : null;
  if (type === 'resource_attribute' && sid !== wellKnown.everyone)
    cursor.fail(`${what}: a resource attribute has the SID WD (Everyone)`, sidStart);
  cursor.expect(')', `${what} ends after its SID`);
  return { kind: 'known', type, flags, mask, sid, object, data };
}

const typeNumber = (cursor: Cursor, text: string, at: number, what: string): number => {
  const type = aceTypes.get(text.toUpperCase());
  return type === undefined ? cursor.fail(`${what}: ${text || 'nothing'} is no type of an ACE`, at) : aceTypeFacts[type].number;
};

/** An ACE by its bytes: `(TYPE;FLAGS;#HEX)`. */
function readBytes(cursor: Cursor, type: number, flags: number, what: string): Ace {
  const start = cursor.at;
  const body = fromHex(cursor.until(')').trim());
  if (body === null || type > 255)
    return cursor.fail(`${what}: after # stand pairs of hexadecimal digits, and a type is at most 255`, start);
  cursor.expect(')', what);
  const header = Uint8Array.of(type, flags, 0, 0);
  if (body.length > 65528) return cursor.fail(`${what} is too long`, start);
  putU16(header, 2, 4 + body.length);
  const read = orMalformed(() => decodeAce(concat([header, body]), 0, what));
  return 'malformed' in read ? cursor.fail(read.malformed, start) : read.ace;
}

function readFlags(cursor: Cursor, text: string, at: number, what: string): number {
  const number = parseNumber(text);
  if (number !== null && number <= 255) return number;
  return sumOf(text, aceFlags) ?? cursor.fail(`${what}: ${text} are no flags (${[...aceFlags.keys()].join(' ')})`, at);
}

function readRights(cursor: Cursor, text: string, at: number, type: AceType, what: string): number {
  const known = type === 'mandatory_label' ? labelRights : accessRights;
  const number = parseNumber(text);
  const mask = number !== null && number <= 0xffffffff ? number : sumOf(text, known);
  if (mask === null) {
    const words = `(${[...known.keys()].join(' ')})`;
    return cursor.fail(`${what}: ${text} are no rights; write a number such as 0x5, or aliases ${words}`, at);
  }
  const problem = type === 'mandatory_label' ? null : maskProblem(mask);
  return problem === null ? mask : cursor.fail(`${what}: ${problem}`, at);
}

/** The bits of words of two letters that follow each other; null: one is not known. */
function sumOf(text: string, words: ReadonlyMap<string, number>): number | null {
  let sum = 0;
  for (let at = 0; at < text.length; at += 2) {
    const bit = words.get(text.slice(at, at + 2).toUpperCase());
    if (bit === undefined) return null;
    sum |= bit;
  }
  return sum >>> 0;
}

function readObject(cursor: Cursor, field: () => string, next: () => void, type: AceType, at: number, what: string): AceObject | null {
  const [first, , second] = [field(), next(), field()];
  if (!aceShape(type).object)
    return first + second === '' ? null : cursor.fail(`${what}: only ACEs of types OA, OD, OU, ZA, ZD and ZU have GUIDs`, at);
  const guid = (text: string): string | null => (text === '' ? null : (parseGuid(text) ?? cursor.fail(`${what}: ${text} is no GUID`, at)));
  return { otherFlags: 0, type: guid(first), inheritedType: guid(second) };
}

/** What follows the SID: a condition or a claim in parentheses, or its bytes behind #. */
function readData(cursor: Cursor, type: AceType, what: string): Uint8Array {
  if (!cursor.take(';'))
    return cursor.fail(`${what}: after the SID stands ; and then ${type === 'resource_attribute' ? 'a claim' : 'a condition'}`);
  cursor.skipSpaces();
  const start = cursor.at;
  if (!cursor.take('#')) {
    const data = type === 'resource_attribute' ? readClaim(cursor, what) : readCondition(cursor, what);
    cursor.skipSpaces();
    return data;
  }
  const data = fromHex(cursor.until(')').trim());
  if (data === null || data.length % 4 !== 0) return cursor.fail(`${what}: after # stand hexadecimal digits, 8 for each 4 bytes`, start);
  return data;
}
