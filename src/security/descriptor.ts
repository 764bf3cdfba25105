/** Security descriptors in their self-relative form. PSD-004 3.1. */
import type { Acl } from './acl.ts';
import { decodeAcl, encodeAcl } from './acl.ts';
import { concat, putU16, putU32, slice, u8, u16, u32 } from './bytes.ts';
import type { Malformed } from './malformed.ts';
import { orMalformed, refuse } from './malformed.ts';
import type { Sid } from './sid.ts';
import { sidPrefix, sidToBytes } from './sid.ts';

/** Bits of {@link SecurityDescriptor.control}. */
export const controlBit = {
  ownerDefaulted: 0x0001,
  groupDefaulted: 0x0002,
  daclPresent: 0x0004,
  daclDefaulted: 0x0008,
  saclPresent: 0x0010,
  saclDefaulted: 0x0020,
  daclTrusted: 0x0040,
  serverSecurity: 0x0080,
  daclAutoInheritRequired: 0x0100,
  saclAutoInheritRequired: 0x0200,
  daclAutoInherited: 0x0400,
  saclAutoInherited: 0x0800,
  daclProtected: 0x1000,
  saclProtected: 0x2000,
  resourceManager: 0x4000,
  selfRelative: 0x8000,
} as const;

export interface SecurityDescriptor {
  /** Bits of {@link controlBit}; which lists are there is told by the lists themselves when it is encoded. */
  readonly control: number;
  /** The byte that a resource manager may use. */
  readonly resourceManager: number;
  readonly owner: Sid | null;
  readonly group: Sid | null;
  readonly sacl: Acl | null;
  /** Null: there is none, and everybody may do everything. */
  readonly dacl: Acl | null;
}

const headerSize = 20;
export const maxDescriptorSize = 65535;

/** A part of the bytes; null: it is not there. */
interface Region {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/** What is wrong is told with the part it is in. */
export const decodeDescriptor = (bytes: Uint8Array): SecurityDescriptor | Malformed => orMalformed(() => decode(bytes));

function decode(bytes: Uint8Array): SecurityDescriptor {
  if (bytes.length > maxDescriptorSize) refuse(`the descriptor has ${bytes.length} bytes, more than ${maxDescriptorSize}`);
  slice(bytes, 0, headerSize, 'the descriptor');
  const revision = u8(bytes, 0, 'the descriptor');
  if (revision !== 1) refuse(`the descriptor has revision ${revision}, not 1`);
  const control = u16(bytes, 2, 'the descriptor');
  if ((control & controlBit.selfRelative) === 0) refuse('the descriptor is not marked as self-relative');
  const regions: Region[] = [];
  const sid = (name: string, field: number): Sid | null => {
    const start = u32(bytes, field, 'the descriptor');
    if (start === 0) return null;
    checkStart(bytes, name, start);
    const read = sidPrefix(bytes, start, name);
    regions.push({ name, start, end: start + read.length });
    return read.sid;
  };
  const acl = (name: string, field: number, present: number): Acl | null => {
    const start = u32(bytes, field, 'the descriptor');
    const marked = (control & present) !== 0;
    if (marked !== (start !== 0))
      refuse(`${name} is ${marked ? 'marked as there but has no offset' : 'not marked as there but has an offset'}`);
    if (!marked) return null;
    checkStart(bytes, name, start);
    const read = decodeAcl(bytes, start, name);
    regions.push({ name, start, end: start + read.size });
    return read.acl;
  };
  const owner = sid('the owner', 4);
  const group = sid('the group', 8);
  const sacl = acl('the SACL', 12, controlBit.saclPresent);
  const dacl = acl('the DACL', 16, controlBit.daclPresent);
  checkOverlap(regions);
  return { control, resourceManager: u8(bytes, 1, 'the descriptor'), owner, group, sacl, dacl };
}

function checkStart(bytes: Uint8Array, name: string, start: number): void {
  if (start < headerSize) refuse(`${name} is to begin at byte ${start}, inside the header`);
  if (start >= bytes.length) refuse(`${name} is to begin at byte ${start}, behind the end at ${bytes.length}`);
}

function checkOverlap(regions: readonly Region[]): void {
  for (const [index, one] of regions.entries())
    for (const other of regions.slice(index + 1))
      if (one.start < other.end && other.start < one.end) refuse(`${one.name} and ${other.name} overlap`);
}

/** Self-relative bytes: owner, group, SACL, DACL, in this order. */
export function encodeDescriptor(descriptor: SecurityDescriptor): Uint8Array {
  const { owner, group, sacl, dacl } = descriptor;
  const header = new Uint8Array(headerSize);
  const parts: Uint8Array[] = [header];
  let at = headerSize;
  const put = (field: number, part: Uint8Array | null): void => {
    if (part === null) return;
    putU32(header, field, at);
    parts.push(part);
    at += part.length;
  };
  put(4, owner === null ? null : sidToBytes(owner));
  put(8, group === null ? null : sidToBytes(group));
  put(12, sacl === null ? null : encodeAcl(sacl));
  put(16, dacl === null ? null : encodeAcl(dacl));
  header[0] = 1;
  header[1] = descriptor.resourceManager;
  putU16(header, 2, controlOf(descriptor));
  return concat(parts);
}

/** The control bits with those that follow from what is there. */
function controlOf({ control, sacl, dacl }: SecurityDescriptor): number {
  const present = (sacl === null ? 0 : controlBit.saclPresent) | (dacl === null ? 0 : controlBit.daclPresent);
  return (control & ~(controlBit.saclPresent | controlBit.daclPresent)) | present | controlBit.selfRelative;
}

/** A descriptor of these parts. */
export const descriptorOf = (parts: Pick<SecurityDescriptor, 'owner' | 'group' | 'sacl' | 'dacl'>, control = 0): SecurityDescriptor => {
  const whole = { ...parts, control, resourceManager: 0 };
  return { ...whole, control: controlOf(whole) };
};
