/**
 * The descriptor of a new key: what its parent's entries leave to the keys below, computed once. Later changes of the parent reach no key
 * that is there. PSD-004 3.6, PSD-005 3.1.
 */

import type { Ace, KnownAce } from '../../security/ace.ts';
import { aceFlag } from '../../security/ace.ts';
import type { Acl } from '../../security/acl.ts';
import { aclOf } from '../../security/acl.ts';
import type { SecurityDescriptor } from '../../security/descriptor.ts';
import { controlBit, descriptorOf, encodeDescriptor } from '../../security/descriptor.ts';
import { keyMapping, mapGeneric } from '../../security/mappings.ts';
import type { Sid } from '../../security/sid.ts';
import { wellKnown } from '../../security/well-known.ts';
import { RegistryFailure } from '../failure.ts';
import { allowed } from './entries.ts';

/** In whose name a key is made. */
export interface Creator {
  readonly owner: Sid;
  readonly group: Sid | null;
}

/** Imports without the daemon, and what a store begins with. */
export const systemCreator: Creator = { owner: wellKnown.system, group: wellKnown.system };

const { objectInherit, containerInherit, noPropagate, inheritOnly, inherited } = aceFlag;

/** The largest descriptor there may be. */
const maxBytes = 65535;

/** The descriptor of a key below one with the descriptor `parent`. Throws ENOSPC: it would be too large. */
export function inheritedDescriptor(parent: SecurityDescriptor, creator: Creator): Uint8Array {
  const dacl = inheritedAcl(parent.dacl, creator);
  const sacl = inheritedAcl(parent.sacl, creator);
  const control = (dacl === null ? 0 : controlBit.daclAutoInherited) | (sacl === null ? 0 : controlBit.saclAutoInherited);
  const bytes = encodeDescriptor(descriptorOf({ ...creator, sacl, dacl: dacl ?? defaultDacl(creator) }, control));
  if (bytes.length > maxBytes) throw new RegistryFailure('ENOSPC', `the key would inherit a descriptor of more than ${maxBytes} bytes`);
  return bytes;
}

/** Null: nothing of it reaches a key below. */
function inheritedAcl(parent: Acl | null, creator: Creator): Acl | null {
  const aces = (parent?.aces ?? []).flatMap((ace) => inheritedAce(ace, creator) ?? []);
  return aces.length === 0 ? null : aclOf(aces);
}

function inheritedAce(ace: Ace, creator: Creator): Ace | null {
  const flags = inheritedFlags(ace.flags);
  if (flags === null) return null;
  if (ace.kind === 'opaque') return { ...ace, flags };
  if (staysBehind(ace)) return null;
  // The bits of a label are none of a key.
  const mask = ace.type === 'mandatory_label' ? ace.mask : mapGeneric(ace.mask, keyMapping);
  return { ...ace, flags, mask, sid: replaced(ace.sid, creator) };
}

/** A key is a container: what is for containers applies to it, what is for others alone is only handed on. Null: neither. */
function inheritedFlags(flags: number): number | null {
  const handedOn = flags & (objectInherit | containerInherit);
  const rest = flags & ~(objectInherit | containerInherit | noPropagate | inheritOnly);
  const endsHere = (flags & noPropagate) !== 0;
  if ((flags & containerInherit) !== 0) return rest | inherited | (endsHere ? 0 : handedOn);
  return (flags & objectInherit) === 0 || endsHere ? null : rest | inherited | handedOn | inheritOnly;
}

function replaced(sid: Sid, { owner, group }: Creator): Sid {
  if (sid === wellKnown.creatorOwner) return owner;
  return sid === wellKnown.creatorGroup ? (group ?? owner) : sid;
}

/** A resource attribute may say that it is for its own object alone. */
function staysBehind({ type, data }: KnownAce): boolean {
  if (type !== 'resource_attribute' || data === null) return false;
  const nonInheritable = 1;
  return (new DataView(data.buffer, data.byteOffset, data.byteLength).getUint32(8, true) & nonInheritable) !== 0;
}

/** Where nothing is inherited: tokens here have no list of their own for it. O-88. */
function defaultDacl({ owner }: Creator): Acl {
  const sids = [...new Set([wellKnown.system, wellKnown.administrators, owner])];
  return aclOf(sids.map((sid) => allowed(sid, keyMapping.all)));
}
