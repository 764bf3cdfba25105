/** Descriptors of provisioned paths on stock Linux: owner, group and mode, and nothing else of them. O-143, O-145. */
import type { FileIds } from '../../authority/file-ids.ts';
import { fileIds } from '../../authority/file-ids.ts';
import { defaultPathSecurity } from '../../security/defaults.ts';
import { decodeDescriptor } from '../../security/descriptor.ts';
import { fileMode } from '../../security/file-mode.ts';
import type { Sid } from '../../security/sid.ts';
import { principalName } from '../../security/well-known.ts';
import type { PathOwners } from '../path-ownership.ts';

const nameOf = (sid: Sid): string => principalName(sid) ?? sid;

export const hostedPathOwners: PathOwners = (authority) => {
  const ids: FileIds = fileIds(authority);
  return (bytes, kind) => {
    const descriptor = bytes === null ? defaultPathSecurity[kind] : decodeDescriptor(bytes);
    if ('malformed' in descriptor) return `is no security descriptor: ${descriptor.malformed}`;
    const { owner, group } = descriptor;
    const uid = owner === null ? null : ids.uidOf(owner);
    const gid = group === null ? null : ids.gidOf(group);
    const mode = fileMode(descriptor, kind, gid === null ? null : group);
    if ('problem' in mode) return `cannot be evaluated: ${mode.problem}`;
    const missing = [
      ...(uid === null && owner !== null ? [`its owner ${nameOf(owner)} has no user id`] : []),
      ...(gid === null && group !== null ? [`its group ${nameOf(group)} has no group id`] : []),
    ];
    return { uid: uid ?? 0, gid: gid ?? 0, mode: mode.mode, missing, unkept: bytes === null ? [] : mode.unkept.map(nameOf) };
  };
};
