/**
 * A token as bytes: what a handle holds that one process gives another. Version 2 of the form that the kernel of Peios makes tokens from:
 * a header of 192 bytes and sections that lie one after the other, each named by its offset. Claims, device groups and registry
 * credentials, which nothing here evaluates, are refused.
 */
import type { Acl } from './acl.ts';
import { decodeAcl, encodeAcl } from './acl.ts';
import { concat, putU32, putU64, slice, u8, u32, u64 } from './bytes.ts';
import type { Malformed } from './malformed.ts';
import { orMalformed, refuse } from './malformed.ts';
import type { Sid } from './sid.ts';
import { exactSid, sidToBytes } from './sid.ts';
import type { ImpersonationLevel, Token, TokenGroup } from './token.ts';
import { mandatoryPolicy, ordinaryGroup } from './token.ts';

/** What a token is on Linux, and what its source says of it, beside the token itself. */
export interface TokenSpec {
  readonly token: Token;
  readonly uid: number;
  readonly gid: number;
  /** Supplementary groups of Linux. */
  readonly supplementary: readonly number[];
  /** Who made it: at most 8 characters of ASCII. */
  readonly source: string;
  readonly sourceId: bigint;
  /** 0: the user, else the number of a group counted from 1. */
  readonly ownerIndex: number;
  readonly primaryGroupIndex: number;
  readonly session: bigint;
  readonly origin: bigint;
  /** Nanoseconds since 1970; 0: never. */
  readonly expiry: bigint;
  readonly auditPolicy: number;
  readonly scope: number;
  readonly isolated: boolean;
  /** Null: none. */
  readonly defaultDacl: Acl | null;
}

type Optional = 'sourceId' | 'ownerIndex' | 'primaryGroupIndex' | 'session' | 'origin' | 'expiry' | 'auditPolicy' | 'scope' | 'isolated';

/** A whole one, of what must be said and what is not usual. */
export const tokenSpec = (stated: Omit<TokenSpec, Optional | 'defaultDacl'> & Partial<TokenSpec>): TokenSpec => ({
  sourceId: 0n,
  ownerIndex: 0,
  primaryGroupIndex: 0,
  session: 0n,
  origin: 0n,
  expiry: 0n,
  auditPolicy: 0,
  scope: 0,
  isolated: false,
  defaultDacl: null,
  ...stated,
});

const version = 2;
const headerSize = 192;
const maxSize = 65536;
const sourceLength = 8;
const auditBits = 0xf;
const policyBits = mandatoryPolicy.noWriteUp | mandatoryPolicy.newProcessMin;

/** Offsets of the header's fields. A section has its offset there, and 4 bytes on its count of entries or bytes, but for the user's. */
const at = {
  type: 4,
  level: 5,
  zero16: 6,
  integrity: 8,
  policy: 12,
  present: 16,
  enabled: 24,
  zero32: 32,
  uid: 36,
  gid: 40,
  audit: 44,
  expiry: 48,
  session: 56,
  ownerIndex: 64,
  primaryGroupIndex: 68,
  source: 72,
  sourceId: 80,
  user: 88,
  groups: 92,
  defaultDacl: 100,
  userClaims: 108,
  deviceClaims: 116,
  deviceGroups: 124,
  restricted: 132,
  confinement: 140,
  capabilities: 148,
  confinementExempt: 156,
  writeRestricted: 157,
  userDenyOnly: 158,
  isolated: 159,
  supplementary: 160,
  restrictedDeviceGroups: 168,
  origin: 176,
  scope: 184,
  registryCredentials: 188,
} as const;

const asGroups = (sids: readonly Sid[]): readonly TokenGroup[] => sids.map((sid) => ({ sid, attributes: ordinaryGroup }));

export function encodeTokenSpec(spec: TokenSpec): Uint8Array {
  const { token } = spec;
  const header = new Uint8Array(headerSize);
  const parts: Uint8Array[] = [header];
  let end = headerSize;
  /** `count` null: the section has none. */
  const section = (field: number, bytes: Uint8Array, count: number | null): void => {
    if (bytes.length === 0) return;
    putU32(header, field, end);
    if (count !== null) putU32(header, field + 4, count);
    parts.push(bytes);
    end += bytes.length;
  };
  putU32(header, 0, version);
  header[at.type] = token.type === 'primary' ? 1 : 2;
  header[at.level] = token.type === 'primary' ? 0 : token.level;
  putU32(header, at.integrity, token.integrity);
  putU32(header, at.policy, token.mandatoryPolicy);
  putU64(header, at.present, token.privilegesPresent);
  putU64(header, at.enabled, token.privilegesEnabled);
  putU32(header, at.uid, spec.uid);
  putU32(header, at.gid, spec.gid);
  putU32(header, at.audit, spec.auditPolicy);
  putU64(header, at.expiry, spec.expiry);
  putU64(header, at.session, spec.session);
  putU32(header, at.ownerIndex, spec.ownerIndex);
  putU32(header, at.primaryGroupIndex, spec.primaryGroupIndex);
  header.set(sourceBytes(spec.source), at.source);
  putU64(header, at.sourceId, spec.sourceId);
  header[at.confinementExempt] = Number(token.confinementExempt);
  header[at.writeRestricted] = Number(token.writeRestricted);
  header[at.userDenyOnly] = Number(token.userDenyOnly);
  header[at.isolated] = Number(spec.isolated);
  putU64(header, at.origin, spec.origin);
  putU32(header, at.scope, spec.scope);
  section(at.user, sidToBytes(token.user), null);
  section(at.groups, groupBytes(token.groups), token.groups.length);
  const dacl = spec.defaultDacl === null ? new Uint8Array() : encodeAcl(spec.defaultDacl);
  section(at.defaultDacl, dacl, dacl.length);
  section(at.restricted, groupBytes(asGroups(token.restricted)), token.restricted.length);
  const confinement = token.confinement === null ? new Uint8Array() : sidToBytes(token.confinement);
  section(at.confinement, confinement, confinement.length);
  section(at.capabilities, groupBytes(asGroups(token.capabilities)), token.capabilities.length);
  section(at.supplementary, numberBytes(spec.supplementary), spec.supplementary.length);
  return concat(parts);
}

const sourceBytes = (source: string): Uint8Array =>
  Uint8Array.from({ length: sourceLength }, (_, index) => (index < source.length ? source.charCodeAt(index) & 0x7f : 0));

const groupBytes = (groups: readonly TokenGroup[]): Uint8Array =>
  concat(
    groups.flatMap(({ sid, attributes }) => {
      const bytes = sidToBytes(sid);
      return [numberBytes([bytes.length]), bytes, numberBytes([attributes])];
    }),
  );

function numberBytes(numbers: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(numbers.length * 4);
  for (const [index, number] of numbers.entries()) putU32(bytes, index * 4, number);
  return bytes;
}

export const decodeTokenSpec = (bytes: Uint8Array): TokenSpec | Malformed => orMalformed(() => decode(bytes));

function decode(bytes: Uint8Array): TokenSpec {
  if (bytes.length > maxSize) refuse(`the token has ${bytes.length} bytes, more than ${maxSize}`);
  slice(bytes, 0, headerSize, 'the token');
  const number = (field: number): number => u32(bytes, field, 'the token');
  const large = (field: number): bigint => u64(bytes, field, 'the token');
  const flag = (field: number, name: string): boolean => {
    const value = bytes[field];
    if (value !== 0 && value !== 1) refuse(`${name} of the token is ${value}, neither 0 nor 1`);
    return value === 1;
  };
  if (number(0) !== version) refuse(`the token has version ${number(0)}, not ${version}`);
  if (bytes[at.zero16] !== 0 || bytes[at.zero16 + 1] !== 0 || number(at.zero32) !== 0)
    refuse('the token has a reserved field that is not 0');
  const sections = sectionsOf(bytes);
  const token = decodeToken(bytes, sections, number, large, flag);
  const spec = {
    token,
    uid: number(at.uid),
    gid: number(at.gid),
    supplementary: sections.numbers('the supplementary groups', at.supplementary),
    source: sourceText(bytes.subarray(at.source, at.source + sourceLength)),
    sourceId: large(at.sourceId),
    ownerIndex: number(at.ownerIndex),
    primaryGroupIndex: number(at.primaryGroupIndex),
    session: large(at.session),
    origin: large(at.origin),
    expiry: large(at.expiry),
    auditPolicy: number(at.audit),
    scope: number(at.scope),
    isolated: flag(at.isolated, 'the isolation'),
    defaultDacl: sections.acl('the default DACL', at.defaultDacl),
  };
  for (const [name, index] of [
    ['owner', spec.ownerIndex],
    ['primary group', spec.primaryGroupIndex],
  ] as const)
    if (index > token.groups.length) refuse(`the ${name} is to be group ${index} of ${token.groups.length}`);
  if ((spec.auditPolicy & ~auditBits) !== 0) refuse('the audit policy of the token has unknown bits');
  if (spec.isolated && token.confinement === null) refuse('the token is isolated and not confined');
  return spec;
}

function decodeToken(
  bytes: Uint8Array,
  sections: Sections,
  number: (field: number) => number,
  large: (field: number) => bigint,
  flag: (field: number, name: string) => boolean,
): Token {
  const type = u8(bytes, at.type, 'the token');
  if (type !== 1 && type !== 2) refuse(`the token has type ${type}, neither 1 nor 2`);
  const level = levelOf(u8(bytes, at.level, 'the token'));
  if (type === 1 && level !== 0) refuse('the token is a primary one with an impersonation level');
  const token: Token = {
    user: sections.user(),
    userDenyOnly: flag(at.userDenyOnly, 'the user being deny-only'),
    groups: sections.groups('the groups', at.groups),
    type: type === 1 ? 'primary' : 'impersonation',
    level,
    privilegesPresent: large(at.present),
    privilegesEnabled: large(at.enabled),
    integrity: number(at.integrity),
    mandatoryPolicy: number(at.policy),
    restricted: sections.groups('the restricting SIDs', at.restricted).map(({ sid }) => sid),
    writeRestricted: flag(at.writeRestricted, 'the write restriction'),
    confinement: sections.sid('the confinement', at.confinement),
    capabilities: sections.groups('the capabilities', at.capabilities).map(({ sid }) => sid),
    confinementExempt: flag(at.confinementExempt, 'the exemption from confinement'),
  };
  if ((token.privilegesEnabled & ~token.privilegesPresent) !== 0n) refuse('the token has privileges enabled that it does not have');
  if ((token.mandatoryPolicy & ~policyBits) !== 0) refuse('the mandatory policy of the token has unknown bits');
  if (token.writeRestricted && !token.userDenyOnly) refuse('the token is write-restricted and its user not deny-only');
  return token;
}

function levelOf(level: number): ImpersonationLevel {
  if (level === 0 || level === 1 || level === 2 || level === 3) return level;
  return refuse(`the token has the impersonation level ${level}`);
}

function sourceText(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  const named = end === -1 ? bytes : bytes.subarray(0, end);
  if (named.some((byte) => byte < 0x20 || byte > 0x7e)) refuse('the source of the token is not printable');
  return String.fromCharCode(...named);
}

interface Sections {
  user(): Sid;
  sid(name: string, field: number): Sid | null;
  acl(name: string, field: number): Acl | null;
  groups(name: string, field: number): readonly TokenGroup[];
  numbers(name: string, field: number): readonly number[];
}

/** Sections that nothing here evaluates. */
const unsupported: readonly (readonly [string, number])[] = [
  ['user claims', at.userClaims],
  ['device claims', at.deviceClaims],
  ['device groups', at.deviceGroups],
  ['restricted device groups', at.restrictedDeviceGroups],
  ['registry credentials', at.registryCredentials],
];

/** Sections by their offsets: each goes to where the next one begins, and must be read to its end. */
function sectionsOf(bytes: Uint8Array): Sections {
  const offset = (field: number): number => u32(bytes, field, 'the token');
  for (const [name, field] of unsupported) if (offset(field) !== 0) refuse(`the token has ${name}, which are not supported`);
  const fields = [at.user, at.groups, at.defaultDacl, at.restricted, at.confinement, at.capabilities, at.supplementary];
  const starts = fields
    .map(offset)
    .filter((start) => start !== 0)
    .sort((a, b) => a - b);
  for (const [index, start] of starts.entries()) {
    if (start < headerSize || start >= bytes.length) refuse(`a section of the token begins at byte ${start} of ${bytes.length}`);
    if (start === starts[index - 1]) refuse(`two sections of the token begin at byte ${start}`);
  }
  if ((starts[0] ?? headerSize) !== headerSize) refuse('the token has bytes between its header and its first section');
  const span = (start: number): Uint8Array => bytes.subarray(start, starts[starts.indexOf(start) + 1] ?? bytes.length);
  /** The bytes of a section with its count; null: it is not there. */
  const counted = (name: string, field: number): { own: Uint8Array; count: number } | null => {
    const start = offset(field);
    const count = offset(field + 4);
    if ((start === 0) !== (count === 0)) refuse(`${name} of the token have an offset without a count, or a count without an offset`);
    return start === 0 ? null : { own: span(start), count };
  };
  /** The bytes of a section whose count is its length. */
  const measured = (name: string, field: number): Uint8Array | null => {
    const found = counted(name, field);
    if (found !== null && found.count !== found.own.length) refuse(`${name} is to have ${found.count} bytes and has ${found.own.length}`);
    return found?.own ?? null;
  };
  return {
    user() {
      if (offset(at.user) === 0) refuse('the token has no user');
      return exactSid(span(offset(at.user)), 'the user of the token');
    },
    sid(name, field) {
      const own = measured(name, field);
      return own === null ? null : exactSid(own, name);
    },
    acl(name, field) {
      const own = measured(name, field);
      if (own === null) return null;
      const { acl, size } = decodeAcl(own, 0, name);
      if (size !== own.length) refuse(`${name} takes ${size} of ${own.length} bytes`);
      return acl;
    },
    groups(name, field) {
      const found = counted(name, field);
      return found === null ? [] : groupsIn(found.own, found.count, name);
    },
    numbers(name, field) {
      const found = counted(name, field);
      if (found === null) return [];
      if (found.count * 4 !== found.own.length) refuse(`${name} of the token are ${found.count} in ${found.own.length} bytes`);
      return Array.from({ length: found.count }, (_, index) => u32(found.own, index * 4, name));
    },
  };
}

function groupsIn(own: Uint8Array, count: number, name: string): readonly TokenGroup[] {
  const groups: TokenGroup[] = [];
  let next = 0;
  while (groups.length < count) {
    const length = u32(own, next, name);
    const sid = exactSid(slice(own, next + 4, length, name), `entry ${groups.length + 1} of ${name}`);
    groups.push({ sid, attributes: u32(own, next + 4 + length, name) });
    next += 8 + length;
  }
  if (next !== own.length) refuse(`${name} of the token end before their section does`);
  return groups;
}
