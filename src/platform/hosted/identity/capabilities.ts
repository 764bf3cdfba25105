/** What privileges are on Linux: the capabilities of processes. platform.md 6.3. */
import type { Privilege } from '../../../../gen/security/types.ts';
import { privilegeMask } from '../../../security/privileges.ts';

/** By their numbers in <linux/capability.h>. What is not here is never given: SETPCAP, SETFCAP and MAC_OVERRIDE among them. */
const capability = {
  CHOWN: 0,
  DAC_OVERRIDE: 1,
  DAC_READ_SEARCH: 2,
  FOWNER: 3,
  FSETID: 4,
  SETGID: 6,
  SETUID: 7,
  LINUX_IMMUTABLE: 9,
  NET_BIND_SERVICE: 10,
  NET_ADMIN: 12,
  NET_RAW: 13,
  IPC_LOCK: 14,
  SYS_MODULE: 16,
  SYS_RAWIO: 17,
  SYS_CHROOT: 18,
  SYS_PTRACE: 19,
  SYS_PACCT: 20,
  SYS_ADMIN: 21,
  SYS_BOOT: 22,
  SYS_NICE: 23,
  SYS_RESOURCE: 24,
  SYS_TIME: 25,
  SYS_TTY_CONFIG: 26,
  MKNOD: 27,
  AUDIT_WRITE: 29,
  AUDIT_CONTROL: 30,
  MAC_ADMIN: 33,
  SYSLOG: 34,
  WAKE_ALARM: 35,
  BLOCK_SUSPEND: 36,
  AUDIT_READ: 37,
  PERFMON: 38,
  BPF: 39,
  CHECKPOINT_RESTORE: 40,
} as const;
export type Capability = keyof typeof capability;

/** Capabilities for those who have all the privileges. */
const rows: readonly (readonly [readonly Privilege[], readonly Capability[]])[] = [
  [
    ['SeTcbPrivilege'],
    [
      'SYS_ADMIN',
      'NET_ADMIN',
      'NET_RAW',
      'SYS_RAWIO',
      'SYS_CHROOT',
      'SYS_PACCT',
      'SYS_TTY_CONFIG',
      'MKNOD',
      'LINUX_IMMUTABLE',
      'SYSLOG',
      'WAKE_ALARM',
      'BLOCK_SUSPEND',
      'BPF',
      'CHECKPOINT_RESTORE',
    ],
  ],
  [['SeBindPrivilegedPortPrivilege'], ['NET_BIND_SERVICE']],
  [['SeLockMemoryPrivilege'], ['IPC_LOCK']],
  [['SeLoadDriverPrivilege'], ['SYS_MODULE']],
  [['SeDebugPrivilege'], ['SYS_PTRACE']],
  [['SeShutdownPrivilege'], ['SYS_BOOT']],
  [['SeIncreaseBasePriorityPrivilege'], ['SYS_NICE']],
  [['SeIncreaseQuotaPrivilege'], ['SYS_RESOURCE']],
  [['SeSystemtimePrivilege'], ['SYS_TIME']],
  [['SeAuditPrivilege'], ['AUDIT_WRITE']],
  [['SeSecurityPrivilege'], ['AUDIT_CONTROL', 'AUDIT_READ', 'MAC_ADMIN']],
  [['SeProfileSingleProcessPrivilege'], ['PERFMON']],
  [['SeSystemProfilePrivilege'], ['PERFMON']],
  [['SeBackupPrivilege'], ['DAC_READ_SEARCH']],
  [['SeRestorePrivilege'], ['DAC_OVERRIDE', 'FOWNER', 'CHOWN', 'FSETID']],
  [['SeTakeOwnershipPrivilege'], ['CHOWN']],
  // Whoever sets ids may forge the marks of others.
  [
    ['SeAssignPrimaryTokenPrivilege', 'SeCreateTokenPrivilege'],
    ['SETUID', 'SETGID'],
  ],
];

const masks = rows.map(([privileges, capabilities]) => ({
  privileges: maskOf(privileges),
  capabilities: capabilities.reduce((mask, name) => mask | (1n << BigInt(capability[name])), 0n),
}));

function maskOf(privileges: readonly Privilege[]): bigint {
  const mask = privilegeMask(privileges);
  return typeof mask === 'bigint' ? mask : 0n;
}

/** Capabilities, by bit, of whoever has these privileges. */
export const capabilitiesOf = (privileges: bigint): bigint =>
  masks.reduce((mask, row) => ((privileges & row.privileges) === row.privileges ? mask | row.capabilities : mask), 0n);

/** Privileges that bring none but these capabilities. */
export const privilegesWithin = (capabilities: bigint): bigint =>
  masks.reduce((mask, row) => ((row.capabilities & ~capabilities) === 0n ? mask | row.privileges : mask), 0n);

/** Those of all privileges. */
export const allCapabilities: bigint = masks.reduce((mask, row) => mask | row.capabilities, 0n);

/** Of `CAP_NET_BIND_SERVICE`; null: no privilege has it. */
export function capabilityMask(name: string): bigint | null {
  const bit = Object.entries(capability).find(([known]) => `CAP_${known}` === name)?.[1];
  return bit === undefined ? null : 1n << BigInt(bit);
}

/** For messages: `CAP_NET_BIND_SERVICE`. */
export const capabilityNames = (mask: bigint): readonly string[] =>
  Object.entries(capability).flatMap(([name, bit]) => (((mask >> BigInt(bit)) & 1n) === 1n ? [`CAP_${name}`] : []));
