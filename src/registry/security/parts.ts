/** Descriptors of keys as they are read and written: in parts, each with a right of its own. PSD-005 6.3. */
import type { SecurityPart } from '../../../gen/registry/types.ts';
import { securityPartNames } from '../../../gen/registry/types.ts';
import type { Ace } from '../../security/ace.ts';
import type { Acl } from '../../security/acl.ts';
import { aclOf } from '../../security/acl.ts';
import type { SecurityDescriptor } from '../../security/descriptor.ts';
import { controlBit, descriptorOf } from '../../security/descriptor.ts';
import { keyMapping, mapGeneric } from '../../security/mappings.ts';
import { access, maskText } from '../../security/masks.ts';

export const readableParts: readonly SecurityPart[] = ['owner', 'group', 'dacl'];

/** What reading the parts takes. */
export const rightsToRead = (parts: readonly SecurityPart[]): number =>
  parts.reduce((mask, part) => mask | (part === 'sacl' ? access.systemSecurity : access.readControl), 0);

const writing: Readonly<Record<SecurityPart, number>> = {
  owner: access.writeOwner,
  group: access.writeOwner,
  dacl: access.writeDac,
  sacl: access.systemSecurity,
};

/** What writing the parts takes. */
export const rightsToWrite = (parts: readonly SecurityPart[]): number => parts.reduce((mask, part) => mask | writing[part], 0);

/** Control bits that belong to a part. */
const bitsOf: Readonly<Record<SecurityPart, number>> = {
  owner: controlBit.ownerDefaulted,
  group: controlBit.groupDefaulted,
  dacl:
    controlBit.daclDefaulted |
    controlBit.daclTrusted |
    controlBit.daclAutoInheritRequired |
    controlBit.daclAutoInherited |
    controlBit.daclProtected,
  sacl: controlBit.saclDefaulted | controlBit.saclAutoInheritRequired | controlBit.saclAutoInherited | controlBit.saclProtected,
};

const bits = (parts: readonly SecurityPart[]): number => parts.reduce((mask, part) => mask | bitsOf[part], 0);

export const partsOf = (descriptor: SecurityDescriptor): readonly SecurityPart[] =>
  securityPartNames.filter((part) => descriptor[part] !== null);

/** The parts that are named are those of `one`, the others of `other`. */
function mixed(one: SecurityDescriptor, other: SecurityDescriptor, parts: readonly SecurityPart[]): SecurityDescriptor {
  const of = (part: SecurityPart): SecurityDescriptor => (parts.includes(part) ? one : other);
  const ours = bits(parts);
  return {
    resourceManager: other.resourceManager,
    control: (other.control & ~ours) | (one.control & ours),
    owner: of('owner').owner,
    group: of('group').group,
    dacl: of('dacl').dacl,
    sacl: of('sacl').sacl,
  };
}

const nothing: SecurityDescriptor = descriptorOf({ owner: null, group: null, dacl: null, sacl: null });

/** The descriptor with these parts alone. */
export const onlyParts = (descriptor: SecurityDescriptor, parts: readonly SecurityPart[]): SecurityDescriptor =>
  mixed(descriptor, nothing, parts);

/** The descriptor with these parts from the other one; generic rights in them are replaced by those that they stand for. */
export const withParts = (present: SecurityDescriptor, given: SecurityDescriptor, parts: readonly SecurityPart[]): SecurityDescriptor =>
  mixed({ ...given, dacl: withoutGeneric(given.dacl), sacl: withoutGeneric(given.sacl) }, present, parts);

const withoutGeneric = (acl: Acl | null): Acl | null =>
  acl === null ? null : { ...aclOf(acl.aces.map(mapped)), revision: Math.max(acl.revision, aclOf(acl.aces).revision) };

const mapped = (ace: Ace): Ace =>
  ace.kind === 'opaque' || ace.type === 'mandatory_label' ? ace : { ...ace, mask: mapGeneric(ace.mask, keyMapping) };

/** Types whose mask is one of rights of the key. */
const hasRights = (ace: Ace): boolean =>
  ace.kind === 'known' && !['mandatory_label', 'resource_attribute', 'scoped_policy_id'].includes(ace.type);

const ofKeys = keyMapping.all | access.systemSecurity;

/** What keeps a descriptor from being one of a key; null: nothing. */
export function keyDescriptorProblem({ owner, dacl, sacl }: SecurityDescriptor): string | null {
  if (owner === null) return 'it has no owner';
  for (const [name, acl] of [
    ['DACL', dacl],
    ['SACL', sacl],
  ] as const) {
    const index = acl?.aces.findIndex((ace) => ace.kind === 'known' && hasRights(ace) && foreign(ace.mask) !== 0) ?? -1;
    const ace = acl?.aces[index];
    if (ace?.kind === 'known') return `entry ${index + 1} of its ${name} has rights that no key has (${maskText(foreign(ace.mask))})`;
  }
  return null;
}

const foreign = (mask: number): number => (mapGeneric(mask, keyMapping) & ~ofKeys) >>> 0;
