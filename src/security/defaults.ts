/** The descriptors that count where the registry has none. */
import { rights } from '../../gen/options/facts.ts';
import type { PathKind } from '../../gen/paths/types.ts';
import { fileRightFacts } from '../../gen/security/facts.ts';
import type { Ace } from './ace.ts';
import { aclOf } from './acl.ts';
import type { SecurityDescriptor } from './descriptor.ts';
import { descriptorOf } from './descriptor.ts';
import { eventdMapping, fileMapping, machineMapping, serviceMapping } from './mappings.ts';
import type { Sid } from './sid.ts';
import { wellKnown } from './well-known.ts';

const allow = (sid: Sid, mask: number): Ace => ({ kind: 'known', type: 'allow', flags: 0, mask, sid, object: null, data: null });

const ofSystem = (...aces: readonly Ace[]): SecurityDescriptor =>
  descriptorOf({ owner: wellKnown.system, group: wellKnown.system, sacl: null, dacl: aclOf(aces) });

/** SYSTEM everything, Administrators query and stop (SEC-003). */
export const defaultServiceSecurity: SecurityDescriptor = ofSystem(
  allow(wellKnown.system, serviceMapping.all),
  allow(wellKnown.administrators, rights.SERVICE_QUERY_STATUS | rights.SERVICE_STOP),
);

/** SYSTEM everything, Administrators both rights on the machine (SEC-012). */
export const defaultControlSecurity: SecurityDescriptor = ofSystem(
  allow(wellKnown.system, machineMapping.all),
  allow(wellKnown.administrators, rights.SYSTEM_SHUTDOWN | rights.SYSTEM_RELOAD_CONFIG),
);

/** SYSTEM and Administrators read and remove events. O-111. */
export const defaultEventsSecurity: SecurityDescriptor = ofSystem(
  allow(wellKnown.system, eventdMapping.all),
  allow(wellKnown.administrators, eventdMapping.read | eventdMapping.write),
);

/** The same with output, which whoever is known to the machine reads. O-111. */
export const defaultLogsSecurity: SecurityDescriptor = ofSystem(
  allow(wellKnown.system, eventdMapping.all),
  allow(wellKnown.administrators, eventdMapping.read | eventdMapping.write),
  allow(wellKnown.authenticatedUsers, eventdMapping.read),
);

/** SYSTEM and Administrators everything, all others read and traverse (BOOT-083). An empty file is no program. */
export const defaultPathSecurity: Readonly<Record<PathKind, SecurityDescriptor>> = {
  directory: pathSecurity(fileMapping.all, fileMapping.read | fileMapping.execute),
  file: pathSecurity(fileMapping.all & ~fileRightFacts.FILE_EXECUTE.bit, fileMapping.read),
};

function pathSecurity(ofOwners: number, ofOthers: number): SecurityDescriptor {
  const owners = [wellKnown.system, wellKnown.administrators].map((sid) => allow(sid, ofOwners));
  return ofSystem(...owners, allow(wellKnown.everyone, ofOthers));
}
