/** Access control lists. PSD-004 3.2. */
import type { Ace } from './ace.ts';
import { aceShape, decodeAce, encodeAce } from './ace.ts';
import { concat, putU16, slice, u8, u16 } from './bytes.ts';
import { refuse } from './malformed.ts';

export interface Acl {
  readonly revision: number;
  readonly aces: readonly Ace[];
}

const headerSize = 8;
const plainRevision = 2;
const objectRevision = 4;

export function decodeAcl(bytes: Uint8Array, at: number, what: string): { readonly acl: Acl; readonly size: number } {
  const size = u16(bytes, at + 2, what);
  if (size < headerSize) refuse(`${what} has a size of ${size} bytes, less than its header`);
  const own = slice(bytes, at, size, what);
  const count = u16(own, 4, what);
  const aces: Ace[] = [];
  let next = headerSize;
  while (aces.length < count) {
    const { ace, size: taken } = decodeAce(own, next, `ACE ${aces.length + 1} of ${what}`);
    aces.push(ace);
    next += taken;
  }
  if (next !== own.length) refuse(`${what} has ${own.length - next} bytes after its ${count} ACEs`);
  return { acl: { revision: u8(own, 0, what), aces }, size };
}

export function encodeAcl({ revision, aces }: Acl): Uint8Array {
  const body = concat(aces.map(encodeAce));
  const header = new Uint8Array(headerSize);
  header[0] = revision;
  putU16(header, 2, headerSize + body.length);
  putU16(header, 4, aces.length);
  return concat([header, body]);
}

/** A list with the lowest revision that its ACEs need. */
export const aclOf = (aces: readonly Ace[]): Acl => ({ revision: aces.some(needsObjects) ? objectRevision : plainRevision, aces });

function needsObjects(ace: Ace): boolean {
  if (ace.kind === 'opaque' || ace.type === 'resource_attribute') return false;
  const { object, data } = aceShape(ace.type);
  return object || data;
}
