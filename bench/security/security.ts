/** What it costs to tell what a caller may do: in PID 1 that stands before every request. */
import { accessCheck } from '../../src/security/access-check.ts';
import type { Ace } from '../../src/security/ace.ts';
import { aclOf } from '../../src/security/acl.ts';
import { decodeDescriptor, descriptorOf, encodeDescriptor } from '../../src/security/descriptor.ts';
import { serviceMapping } from '../../src/security/mappings.ts';
import { serviceSid } from '../../src/security/service-sid.ts';
import type { Token } from '../../src/security/token.ts';
import { ordinaryGroup } from '../../src/security/token.ts';
import { integrity, linuxGroup, linuxUser, wellKnown } from '../../src/security/well-known.ts';
import type { Row, Section } from '../support/report.ts';

const checksPerSample = 200_000;
const aceCount = 10;

const sid = (number: number): string => `S-1-5-21-3623811015-3361044348-30300820-${number}`;

/** Ten ACEs, of which the last one is the caller's: all are looked at. */
const aces = Array.from(
  { length: aceCount },
  (_, index): Ace => ({
    kind: 'known',
    type: index % 3 === 2 ? 'deny' : 'allow',
    flags: 0,
    mask: index === aceCount - 1 ? serviceMapping.all : 0x5,
    sid: index === aceCount - 1 ? sid(1001) : sid(2000 + index),
    object: null,
    data: null,
  }),
);

const bytes = encodeDescriptor(descriptorOf({ owner: wellKnown.system, group: wellKnown.system, sacl: null, dacl: aclOf(aces) }));

const groups = [
  wellKnown.everyone,
  wellKnown.authenticatedUsers,
  wellKnown.users,
  wellKnown.local,
  serviceSid('web'),
  ...Array.from({ length: 5 }, (_, index) => sid(3000 + index)),
];

const tokenOf = (user: string, memberOf: readonly string[]): Token => ({
  user,
  userDenyOnly: false,
  groups: memberOf.map((group) => ({ sid: group, attributes: ordinaryGroup })),
  type: 'primary',
  level: 0,
  privilegesPresent: 1n << 23n,
  privilegesEnabled: 1n << 23n,
  integrity: integrity.medium,
  mandatoryPolicy: 1,
  restricted: [],
  writeRestricted: false,
  confinement: null,
  capabilities: [],
  confinementExempt: false,
});

const member = tokenOf(sid(1001), groups);
/** Nothing names it, so that every SID of it is compared with every ACE. */
const stranger = tokenOf(linuxUser(1000), [...groups.slice(0, 2), ...Array.from({ length: 8 }, (_, index) => linuxGroup(1000 + index))]);
const restricted: Token = { ...member, restricted: [sid(1001), wellKnown.everyone] };

export async function benchSecurity(runs: number): Promise<Section> {
  const descriptor = decodeDescriptor(bytes);
  if ('malformed' in descriptor) throw new Error(descriptor.malformed);
  const check = (token: Token) => (): void => {
    accessCheck({ token, descriptor, desired: 0x6, mapping: serviceMapping });
  };
  const kinds: readonly { readonly what: string; readonly act: () => void; readonly target?: Row['target'] }[] = [
    { what: `AccessCheck, ${aceCount} ACEs, allowed by the last`, act: check(member), target: { under: 5 } },
    { what: `AccessCheck, ${aceCount} ACEs, none for the caller`, act: check(stranger), target: { under: 5 } },
    { what: `AccessCheck, ${aceCount} ACEs, restricted token`, act: check(restricted), target: { under: 5 } },
    { what: `reading a descriptor of ${aceCount} ACEs`, act: () => void decodeDescriptor(bytes) },
  ];
  const samples = kinds.map((): number[] => []);
  for (let run = 0; run <= runs; run++) {
    for (const [at, { act }] of kinds.entries()) {
      const us = sample(act);
      // The first one warms up.
      if (run > 0) samples[at]?.push(us);
    }
  }
  return {
    title: `security: what a token with ${groups.length} groups may do, ${checksPerSample} times a run, ${runs} runs`,
    rows: kinds.map(({ what, target }, at) => ({
      what,
      unit: 'us',
      samples: samples[at] ?? [],
      ...(target === undefined ? {} : { target }),
    })),
    notes: ['two rights of a service are asked for; the descriptor is parsed once, as PID 1 keeps it'],
  };
}

/** Microseconds for each time. */
function sample(act: () => void): number {
  const start = process.hrtime.bigint();
  for (let turn = 0; turn < checksPerSample; turn++) act();
  return Number(process.hrtime.bigint() - start) / checksPerSample / 1000;
}
