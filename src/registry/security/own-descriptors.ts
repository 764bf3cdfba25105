/**
 * Keys that do not inherit: the hives, and those that hold what is not for everybody. Whoever makes such a key, it begins with the
 * descriptor from here. Definitions and the environment of services hold passwords, and who writes a definition can become SYSTEM
 * (BOOT-005). O-88.
 */

import { aceFlag } from '../../security/ace.ts';
import { aclOf } from '../../security/acl.ts';
import { controlBit, descriptorOf, encodeDescriptor } from '../../security/descriptor.ts';
import { keyMapping } from '../../security/mappings.ts';
import { wellKnown } from '../../security/well-known.ts';
import { foldName } from '../folding.ts';
import { allowed } from './entries.ts';
import { systemCreator } from './inherit.ts';

const { system, administrators, authenticatedUsers, creatorOwner } = wellKnown;
const { containerInherit, inheritOnly } = aceFlag;
const { all, read } = keyMapping;

const entries = {
  system: allowed(system, all, containerInherit),
  administrators: allowed(administrators, all, containerInherit),
  administratorsRead: allowed(administrators, read, containerInherit),
  usersRead: allowed(authenticatedUsers, read, containerInherit),
  usersReadHere: allowed(authenticatedUsers, read),
  creatorBelow: allowed(creatorOwner, all, containerInherit | inheritOnly),
};

type Entry = keyof typeof entries;

/** Nothing that is above reaches such a key. */
const of = (...names: readonly Entry[]): Uint8Array =>
  encodeDescriptor(
    descriptorOf({ ...systemCreator, sacl: null, dacl: aclOf(names.map((name) => entries[name])) }, controlBit.daclProtected),
  );

const administrative = of('system', 'administrators');

const descriptors: ReadonlyMap<string, Uint8Array> = new Map(
  (
    [
      ['Machine', of('system', 'administrators', 'usersRead')],
      // A key below it is its owner's.
      ['Users', of('system', 'administrators', 'usersReadHere', 'creatorBelow')],
      ['Machine\\System\\Services', administrative],
      ['Machine\\System\\Authority', administrative],
      // KEY-016
      ['Machine\\System\\Init\\EnvVars', of('system', 'administratorsRead')],
    ] as const
  ).map(([path, descriptor]) => [foldName(path), descriptor]),
);

/** Null: the key inherits. */
export const ownDescriptor = (path: string): Uint8Array | null => descriptors.get(foldName(path)) ?? null;
