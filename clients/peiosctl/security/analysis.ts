/** A report on the security of a service: who it is, who may do what with it, and what is weaker than it need be. */
import { Refused } from '../../../src/authority/refused.ts';
import type { GuardedMachine, GuardedService } from '../../../src/judge/machine.ts';
import { capabilitiesOf, capabilityNames } from '../../../src/platform/hosted/identity/capabilities.ts';
import { allPrivileges, isPrivilege, privilegeBit, privilegeMask, privilegeNames } from '../../../src/security/privileges.ts';
import type { Sid } from '../../../src/security/sid.ts';
import { decide } from './decisions.ts';
import type { Guarded } from './guarded.ts';
import { guardOf } from './guarded.ts';
import type { Principals } from './principals.ts';

export interface Weakness {
  readonly what: string;
  readonly remedy: string;
}

export interface Report {
  readonly service: string;
  /** The principal; null: it has none that could be told. */
  readonly identity: string | null;
  readonly privileges: readonly string[];
  readonly capabilities: readonly string[];
  /** By right: names of those that the descriptor lets in. */
  readonly may: Readonly<Record<string, readonly string[]>>;
  /** Files of hooks that run as SYSTEM. */
  readonly systemHooks: readonly string[];
  readonly weaknesses: readonly Weakness[];
}

/** Who besides root may change a file, in words; null: nobody, or it is not there to be looked at. */
export type WritableBy = (file: string) => string | null;

export function analyse(machine: GuardedMachine, principals: Principals, service: GuardedService, writableBy: WritableBy): Report {
  const guarded = guardOf(machine, service.name);
  const { identity, present, weakness } = identityOf(principals, service);
  const required = service.definition?.requiredPrivileges ?? null;
  const privileges = required === null ? present : present & maskOf(required);
  const may = whoMay(guarded, principals);
  const isSystem = identity === 'SYSTEM';
  const hooks = service.definition?.hooks ?? [];
  const hookIdentity = service.definition?.hookIdentity ?? null;
  const systemHooks = hookIdentity === null ? (isSystem ? hooks : []) : hookIdentity.toLowerCase() === 'system' ? hooks : [];
  const files = [...new Set([...(isSystem && service.definition !== null ? [service.definition.program] : []), ...systemHooks])];
  return {
    service: service.name,
    identity,
    privileges: privilegeNames(privileges),
    capabilities: capabilityNames(capabilitiesOf(privileges)),
    may,
    systemHooks,
    weaknesses: [
      ...weakness,
      ...(isSystem ? ofSystem(service, required) : ofPrivileges(service.name, privileges)),
      ...(required === null ? [] : missing(service.name, required, present)),
      ...sharedAccount(machine, principals, service, identity),
      ...(isSystem || systemHooks.length === 0 ? [] : [hooksOfSystem(service.name)]),
      ...files.flatMap((file) => replaceable(file, writableBy)),
      ...environmentOf(service.definition?.environmentFile ?? null, isSystem || systemHooks.length > 0, writableBy),
      ...ofDescriptor(guarded, may),
    ],
  };
}

const maskOf = (names: readonly string[]): bigint => {
  const mask = privilegeMask(names.filter(isPrivilege));
  return typeof mask === 'bigint' ? mask : 0n;
};

function identityOf(
  principals: Principals,
  service: GuardedService,
): { readonly identity: string | null; readonly present: bigint; readonly weakness: readonly Weakness[] } {
  try {
    const somebody = principals.ofService(service);
    if (somebody === null)
      return {
        identity: null,
        present: 0n,
        weakness: [{ what: 'its definition is broken, so it does not start', remedy: `peiosctl explain ${service.name} tells why` }],
      };
    return { identity: somebody.name, present: somebody.token.privilegesPresent, weakness: [] };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return {
      identity: null,
      present: 0n,
      weakness: [{ what: `it has no identity: ${error.message}`, remedy: `correct Identity of ${service.name}` }],
    };
  }
}

const ofSystem = ({ name, isPlatform }: GuardedService, required: readonly string[] | null): readonly Weakness[] =>
  required !== null || isPlatform
    ? []
    : [
        {
          what: 'it runs as SYSTEM with every privilege: whoever takes it over has the machine',
          remedy: `leave Identity out (LocalService) or name an account; else list in RequiredPrivileges of ${name} what it needs`,
        },
      ];

/** With one of these its holder comes to all the others. */
const grave = [
  'SeTcbPrivilege',
  'SeCreateTokenPrivilege',
  'SeAssignPrimaryTokenPrivilege',
  'SeLoadDriverPrivilege',
  'SeDebugPrivilege',
  'SeRestorePrivilege',
  'SeTakeOwnershipPrivilege',
  'SeBackupPrivilege',
] as const;

function ofPrivileges(service: string, privileges: bigint): readonly Weakness[] {
  const held = grave.filter((name) => (privileges & privilegeBit(name)) !== 0n);
  if (held.length === 0) return [];
  return [
    {
      what: `it holds ${held.join(' and ')}, which ${held.length === 1 ? 'reaches' : 'reach'} what belongs to others`,
      remedy: `revoke ${held.length === 1 ? 'it' : 'them'}, or list in RequiredPrivileges of ${service} only what it needs`,
    },
  ];
}

function missing(service: string, required: readonly string[], present: bigint): readonly Weakness[] {
  const lacking = privilegeNames(maskOf(required) & ~present & allPrivileges);
  if (lacking.length === 0) return [];
  return [
    {
      what: `it requires ${lacking.join(', ')}, which its principal does not have`,
      remedy: `peiosctl principal grant service:${service} ${lacking.join(' ')}, or take ${lacking.length === 1 ? 'it' : 'them'} out`,
    },
  ];
}

function sharedAccount(
  machine: GuardedMachine,
  principals: Principals,
  service: GuardedService,
  identity: string | null,
): readonly Weakness[] {
  // Each service has a uid of its own under these two, and SYSTEM is told of elsewhere.
  if (identity === null || ['SYSTEM', 'LocalService', 'NetworkService'].includes(identity)) return [];
  const others = machine.services.filter((other) => other !== service && identityOf(principals, other).identity === identity);
  if (others.length === 0) return [];
  return [
    {
      what: `it shares ${identity} with ${others.map(({ name }) => name).join(', ')}: they reach each other's files and processes`,
      remedy: 'give it an account of its own where it need not be so',
    },
  ];
}

const hooksOfSystem = (service: string): Weakness => ({
  what: 'its hooks run as SYSTEM while it does not: what they read of it, it can make say anything',
  remedy: `have them read nothing that ${service} may write; leave HookIdentity out where they need no more than it has`,
});

function replaceable(file: string, writableBy: WritableBy): readonly Weakness[] {
  const who = writableBy(file);
  return who === null
    ? []
    : [{ what: `${file} runs as SYSTEM, and ${who} may change it`, remedy: `let it belong to root and be writable for nobody else` }];
}

/** Read as root, wherever it leads: a link in its place gives away what root alone may read, and a variable may name a library. */
function environmentOf(file: string | null, isForSystem: boolean, writableBy: WritableBy): readonly Weakness[] {
  const who = file === null ? null : writableBy(file);
  if (file === null || who === null) return [];
  const outcome = isForSystem ? 'what runs as SYSTEM gets variables from it' : 'a link in its place reads files of root';
  return [{ what: `${who} may change its EnvironmentFile ${file}: ${outcome}`, remedy: 'let it and its directory belong to root' }];
}

/** Names of those that entries which allow are about, by the rights that they would have. */
function whoMay({ descriptor, kind }: Guarded, principals: Principals): Readonly<Record<string, readonly string[]>> {
  const nameOf = (sid: Sid): string => principals.nameOf(sid);
  const may: Record<string, string[]> = Object.fromEntries(kind.rights.map(({ words }) => [words, []]));
  if ('problem' in descriptor) return may;
  if (descriptor.dacl === null) return Object.fromEntries(kind.rights.map(({ words }) => [words, ['everybody']]));
  const sids = descriptor.dacl.aces.flatMap((ace) => (ace.kind === 'known' && ace.type.startsWith('allow') ? [ace.sid] : []));
  for (const sid of new Set(sids)) {
    const made = decide(descriptor, principals.holderOf(sid), kind, nameOf);
    if ('failed' in made) continue;
    for (const { right, granted } of made.decisions) if (granted) may[right]?.push(nameOf(sid));
  }
  return may;
}

const crowds: ReadonlySet<string> = new Set(['everybody', 'Everyone', 'AuthenticatedUsers', 'Users', 'Anonymous', 'Guests', 'Interactive']);

function ofDescriptor(guarded: Guarded, may: Report['may']): readonly Weakness[] {
  const { descriptor, name, from } = guarded;
  if ('problem' in descriptor)
    return [{ what: `its descriptor cannot be read: ${descriptor.problem}`, remedy: `peiosctl security set ${name} SDDL` }];
  if (descriptor.owner === null) return [{ what: 'its descriptor has no owner', remedy: `peiosctl security set ${name} SDDL` }];
  const changing = Object.entries(may).slice(1);
  const open = changing.filter(([, who]) => who.some((one) => crowds.has(one)));
  if (open.length > 0) {
    const who = [...new Set(open.flatMap(([, all]) => all.filter((one) => crowds.has(one))))].join(' and ');
    const what = open.map(([right]) => right).join(', ');
    return [{ what: `${who} may ${what} it, by ${from}`, remedy: `peiosctl security set ${name} with the groups that need it` }];
  }
  const nobody = changing.filter(([, who]) => who.length === 0).map(([right]) => right);
  if (nobody.length > 0) return [{ what: `nobody may ${nobody.join(', ')} it`, remedy: `give SYSTEM all rights: (A;;GA;;;SY)` }];
  return [];
}
