/**
 * Entries of access control lists: a type, flags, and for the types that are known a mask, a SID and what else the type has. One of an
 * unknown type keeps its bytes and counts for nothing. PSD-004 3.2.
 */
import { aceFlagFacts, aceTypeFacts } from '../../gen/security/facts.ts';
import type { AceType } from '../../gen/security/types.ts';
import { aceTypeNames } from '../../gen/security/types.ts';
import { concat, fromHex, hex, putU16, putU32, slice, u8, u16, u32 } from './bytes.ts';
import { checkClaim } from './claims.ts';
import { refuse } from './malformed.ts';
import { maskText, refusedInAce } from './masks.ts';
import type { Sid } from './sid.ts';
import { exactSid, sidPrefix, sidToBytes } from './sid.ts';
import { wellKnown } from './well-known.ts';

/** Which part of an object an ACE is about; GUIDs as text in lower case, null where there is none. */
export interface AceObject {
  /** Bits besides those that say which GUIDs are there. */
  readonly otherFlags: number;
  readonly type: string | null;
  readonly inheritedType: string | null;
}

export interface KnownAce {
  readonly kind: 'known';
  readonly type: AceType;
  /** Bits of {@link aceFlag}. */
  readonly flags: number;
  readonly mask: number;
  readonly sid: Sid;
  /** Null: the type has no such part. */
  readonly object: AceObject | null;
  /** A condition, or a claim; null: the type has none. */
  readonly data: Uint8Array | null;
}

export interface OpaqueAce {
  readonly kind: 'opaque';
  /** Number of the type. */
  readonly type: number;
  readonly flags: number;
  /** What follows type, flags and size. */
  readonly body: Uint8Array;
}

export type Ace = KnownAce | OpaqueAce;

export const aceFlag = {
  objectInherit: aceFlagFacts.object_inherit.bit,
  containerInherit: aceFlagFacts.container_inherit.bit,
  noPropagate: aceFlagFacts.no_propagate_inherit.bit,
  inheritOnly: aceFlagFacts.inherit_only.bit,
  inherited: aceFlagFacts.inherited.bit,
  success: aceFlagFacts.successful_access.bit,
  failure: aceFlagFacts.failed_access.bit,
} as const;

/** What follows the mask in the bytes of a type. */
export interface AceShape {
  /** Flags and GUIDs before the SID. */
  readonly object: boolean;
  /** Bytes after the SID. */
  readonly data: boolean;
}

export const aceShape = (type: AceType): AceShape => ({
  object: type.endsWith('_object'),
  data: type.includes('_callback') || type === 'resource_attribute',
});

const shapes: ReadonlyMap<number, { readonly type: AceType; readonly shape: AceShape }> = new Map(
  aceTypeNames.map((type) => [aceTypeFacts[type].number, { type, shape: aceShape(type) }]),
);

/** Null: no type that is known. */
export const aceTypeOf = (number: number): AceType | null => shapes.get(number)?.type ?? null;

const headerSize = 4;
const typePresent = 1;
const inheritedTypePresent = 2;

export function decodeAce(bytes: Uint8Array, at: number, what: string): { readonly ace: Ace; readonly size: number } {
  const size = u16(bytes, at + 2, what);
  if (size < headerSize || size % 4 !== 0) refuse(`${what} has a size of ${size} bytes, which is less than 4 or no multiple of 4`);
  const own = slice(bytes, at, size, what);
  const number = u8(own, 0, what);
  const flags = u8(own, 1, what);
  const known = shapes.get(number);
  if (known === undefined) return { ace: { kind: 'opaque', type: number, flags, body: own.slice(headerSize) }, size };
  return { ace: decodeKnown(own, known.type, known.shape, flags, what), size };
}

function decodeKnown(own: Uint8Array, type: AceType, shape: AceShape, flags: number, what: string): KnownAce {
  const mask = u32(own, headerSize, what);
  // Labels have bits of their own; those that mean nothing there are passed over.
  if (type !== 'mandatory_label') checkMask(mask, what);
  let at = headerSize + 4;
  let object: AceObject | null = null;
  if (shape.object) {
    const objectFlags = u32(own, at, what);
    at += 4;
    const guid = (bit: number): string | null => {
      if ((objectFlags & bit) === 0) return null;
      at += 16;
      return guidText(slice(own, at - 16, 16, what));
    };
    const objectType = guid(typePresent);
    const inheritedType = guid(inheritedTypePresent);
    object = { otherFlags: (objectFlags & ~(typePresent | inheritedTypePresent)) >>> 0, type: objectType, inheritedType };
  }
  const whose = `the SID of ${what}`;
  if (!shape.data) return { kind: 'known', type, flags, mask, sid: exactSid(own.subarray(at), whose), object, data: null };
  const { sid, length } = sidPrefix(own, at, whose);
  const data = own.slice(at + length);
  if (type === 'resource_attribute') {
    if (sid !== wellKnown.everyone) refuse(`${whose} is ${sid}; a resource attribute has Everyone's`);
    checkClaim(data, what);
  }
  return { kind: 'known', type, flags, mask, sid, object, data };
}

/** Why an ACE may not have this mask; null: it may. */
export const maskProblem = (mask: number): string | null =>
  (mask & refusedInAce) === 0 ? null : `the mask ${maskText(mask)} has bits that no ACE may have (${maskText(mask & refusedInAce)})`;

function checkMask(mask: number, what: string): void {
  const problem = maskProblem(mask);
  if (problem !== null) refuse(`${what}: ${problem}`);
}

/** Bytes of an ACE; their number is a multiple of 4. */
export function encodeAce(ace: Ace): Uint8Array {
  const number = ace.kind === 'opaque' ? ace.type : aceTypeFacts[ace.type].number;
  const body = ace.kind === 'opaque' ? ace.body : knownBody(ace);
  const header = Uint8Array.of(number, ace.flags, 0, 0);
  putU16(header, 2, headerSize + body.length);
  return concat([header, body]);
}

function knownBody({ mask, sid, object, data }: KnownAce): Uint8Array {
  const head = new Uint8Array(object === null ? 4 : 8);
  putU32(head, 0, mask);
  const guids: Uint8Array[] = [];
  if (object !== null) {
    const present = (object.type === null ? 0 : typePresent) | (object.inheritedType === null ? 0 : inheritedTypePresent);
    putU32(head, 4, (object.otherFlags | present) >>> 0);
    for (const guid of [object.type, object.inheritedType]) if (guid !== null) guids.push(guidBytes(guid));
  }
  return concat([head, ...guids, sidToBytes(sid), data ?? new Uint8Array()]);
}

/** The first three groups of a GUID stand in its bytes with the lowest byte first. */
const guidOrder = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];
const reordered = (bytes: Uint8Array): Uint8Array => Uint8Array.from(guidOrder, (index) => bytes[index] ?? 0);

const guidText = (bytes: Uint8Array): string => hex(reordered(bytes)).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
const guidBytes = (text: string): Uint8Array => reordered(fromHex(text.replaceAll('-', '')) ?? new Uint8Array(16));

/** Null: not the text of a GUID. */
export const parseGuid = (text: string): string | null =>
  /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text) ? text.toLowerCase() : null;
