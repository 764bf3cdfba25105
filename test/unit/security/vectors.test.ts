/**
 * AccessCheck against the answers of an independent implementation of the kernel's: 4000 cases, kept here in full, and those beside the
 * clone where there are any.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import t from 'tap';
import type { AccessAnswer } from '../../../src/security/access-check.ts';
import { accessCheck } from '../../../src/security/access-check.ts';
import { fromHex } from '../../../src/security/bytes.ts';
import { decodeDescriptor, encodeDescriptor } from '../../../src/security/descriptor.ts';
import type { Sid } from '../../../src/security/sid.ts';
import { sidFromBytes } from '../../../src/security/sid.ts';
import type { Token } from '../../../src/security/token.ts';

/** A SID in hexadecimal, alone or with its attributes. */
type Entry = string | readonly [string, number];

interface Case {
  readonly id: number;
  readonly sd: string;
  readonly desired: number;
  readonly map: readonly [number, number, number, number];
  readonly token: {
    readonly user: string;
    readonly user_deny_only: boolean;
    readonly groups: readonly (readonly [string, number])[];
    readonly type: Token['type'];
    readonly level: Token['level'];
    readonly privileges_present: string;
    readonly privileges_enabled: string;
    readonly integrity: number;
    readonly mandatory_policy: number;
    readonly restricted: readonly Entry[];
    readonly write_restricted: boolean;
    readonly confinement: string | null;
    readonly capabilities: readonly Entry[];
    readonly confinement_exempt: boolean;
  };
  readonly self: string | null;
  readonly intent: number;
  readonly pip: readonly [number, number];
  readonly expect: { readonly status: 'allowed' | 'denied'; readonly granted: string } | { readonly error: true };
}

const bytes = (hex: string): Uint8Array => fromHex(hex)!;
const sid = (entry: Entry): Sid => sidFromBytes(bytes(typeof entry === 'string' ? entry : entry[0]))!;

const tokenOf = ({ token }: Case): Token => ({
  user: sid(token.user),
  userDenyOnly: token.user_deny_only,
  groups: token.groups.map(([group, attributes]) => ({ sid: sid(group), attributes })),
  type: token.type,
  level: token.level,
  privilegesPresent: BigInt(token.privileges_present),
  privilegesEnabled: BigInt(token.privileges_enabled),
  integrity: token.integrity,
  mandatoryPolicy: token.mandatory_policy,
  restricted: token.restricted.map(sid),
  writeRestricted: token.write_restricted,
  confinement: token.confinement === null ? null : sid(token.confinement),
  capabilities: token.capabilities.map(sid),
  confinementExempt: token.confinement_exempt,
});

/** `again`: with the descriptor written and read once more before. */
function answer(given: Case, again: boolean): AccessAnswer {
  let descriptor = decodeDescriptor(bytes(given.sd));
  if (again && !('malformed' in descriptor)) descriptor = decodeDescriptor(encodeDescriptor(descriptor));
  if ('malformed' in descriptor) return { status: 'failed', reason: descriptor.malformed, refused: false };
  const [read, write, execute, all] = given.map;
  const [type, trust] = given.pip;
  return accessCheck({
    token: tokenOf(given),
    descriptor,
    desired: given.desired,
    mapping: { read, write, execute, all },
    self: given.self === null ? null : sid(given.self),
    intent: given.intent,
    process: { type, trust },
  });
}

const words = (got: AccessAnswer): string => (got.status === 'failed' ? 'failed' : `${got.status} ${got.granted}`);
const expected = ({ expect }: Case): string => ('error' in expect ? 'failed' : `${expect.status} ${Number(expect.granted)}`);

const cases = (text: string): readonly Case[] =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

function disagreements(all: readonly Case[]): readonly string[] {
  return all.flatMap((given) =>
    [false, true].flatMap((again) => {
      const got = answer(given, again);
      return words(got) === expected(given)
        ? []
        : [`${given.id}: ${words(got)} ${'reason' in got ? got.reason : ''}, expected ${expected(given)}`];
    }),
  );
}

const title =
  'SEC-014 SEC-015 SEC-016 SEC-017 SEC-018 SEC-019 SEC-020 SEC-028 AccessCheck answers every stored case as an independent implementation';

t.test(title, async (t) => {
  const all = cases(gunzipSync(readFileSync(join(import.meta.dirname, 'fixtures/access-check.jsonl.gz'))).toString());
  t.equal(all.length, 4000);
  t.strictSame(disagreements(all), []);
});

const beside = join(import.meta.dirname, '../../../../shared/vectors/access-check.jsonl');

t.test('AccessCheck answers the cases beside the clone', { skip: !existsSync(beside) && `there is no ${beside}` }, async (t) => {
  t.strictSame(disagreements(cases(readFileSync(beside, 'utf8'))), []);
});
