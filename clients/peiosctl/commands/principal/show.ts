import type { Directory } from '../../../../src/authority/directory.ts';
import type { Minted } from '../../../../src/authority/mint.ts';
import { afterPrefix, servicePrefix } from '../../../../src/authority/names.ts';
import { Refused } from '../../../../src/authority/refused.ts';
import { serviceSid } from '../../../../src/security/service-sid.ts';
import { integrityName, principalName } from '../../../../src/security/well-known.ts';
import { exitStatus } from '../../exit-statuses.ts';
import { readDirectory, sidOf, wouldMint } from '../../principals.ts';
import { grantedNames, namesOf } from '../../privilege-names.ts';
import type { RegistryVerb } from '../../registry-verb.ts';
import { UsageError } from '../../usage-error.ts';

export const show: RegistryVerb = {
  text: 'Tells what the token of a principal holds: SIDs, uid and groups, privileges.',
  more: [
    'A principal is LocalService, NetworkService, an account, a user of /etc/passwd (unix:NAME where an account has its name), or a SID. ' +
      'With --service it is the token that the service gets, which has the SID of the service and the privileges granted to that.',
    'Of a group, and of service:NAME, it tells what is granted.',
  ],
  arguments: [{ name: 'PRINCIPAL', is: { kind: 'text' }, text: 'name or SID of a principal' }],
  options: ['service'],
  examples: [
    { line: 'principal show LocalService --service web', text: 'what web runs with where its Identity is LocalService' },
    { line: 'principal show www-data', text: 'a user of /etc/passwd' },
    { line: 'principal show service:nginx', text: 'privileges that nginx has, whatever it runs as' },
  ],
  exits: { failed: 'there is no token for that principal' },
  async run(registry, context, [name = '']) {
    const directory = await readDirectory(registry);
    const service = context.options.values.service ?? null;
    const holder = holderOnly(directory, name);
    if (holder !== null) {
      if (service !== null) throw new UsageError(`${name} is nobody that a service could run as`);
      const told = { principal: name, sid: holder.sid, privileges: grantedNames(directory, holder.holder) };
      if (context.options.json) context.print(JSON.stringify(told));
      else
        for (const line of lines([
          ['sid', told.sid ?? '-'],
          ['privileges', told.privileges.join(' ') || '-'],
        ]))
          context.print(line);
      return exitStatus.done;
    }
    try {
      const minted = wouldMint(directory, name, service);
      if (context.options.json) context.print(JSON.stringify(asJson(name, service, minted)));
      else for (const line of lines(rowsOf(directory, minted))) context.print(line);
      return exitStatus.done;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (context.options.json) context.print(JSON.stringify({ status: 'error', code: error.code, message: error.message }));
      context.complain(`${error.code}: ${error.message}${error.code === 'IDENTITY_NOT_FOUND' ? hintFor(name) : ''}`);
      return exitStatus.failed;
    }
  },
};

/** Services, and the names that their uids have, are no principals: what they run as is. */
function hintFor(name: string): string {
  const service = /^(?:ls|ns|svc)-(.+)$/.exec(name)?.[1] ?? name;
  return `; of a service: peiosctl analyze security ${service} tells whom it runs as`;
}

/** Groups and services have privileges and no token. */
function holderOnly(directory: Directory, name: string): { readonly holder: string; readonly sid: string | null } | null {
  const service = afterPrefix(name, servicePrefix);
  if (service !== null) return { holder: serviceSid(service), sid: serviceSid(service) };
  const group = directory.model.groups.get(name.toLowerCase());
  return group === undefined ? null : { holder: group.key.toLowerCase(), sid: sidOf(directory, group) };
}

const lines = (rows: readonly (readonly [name: string, text: string])[]): readonly string[] =>
  rows.map(([name, text]) => `${name.padEnd(10)}  ${text}`);

function rowsOf(directory: Directory, { spec, name, home, shell }: Minted): readonly (readonly [string, string])[] {
  const { token, uid, gid, supplementary } = spec;
  const groups = token.groups.map(({ sid }) => nameOf(directory, sid));
  return [
    ['user', nameOf(directory, token.user)],
    ...groups.map((group, index): [string, string] => [index === 0 ? 'groups' : '', group]),
    ['privileges', namesOf(token.privilegesPresent).join(' ')],
    ['integrity', integrityName(token.integrity) ?? `${token.integrity}`],
    ['uid', `${uid}${name === null ? '' : ` (${name})`}`],
    ['gid', [gid, ...supplementary].join(' ')],
    ['home', home],
    ['shell', shell],
  ];
}

/** The SID with the name that it has here. */
function nameOf(directory: Directory, sid: string): string {
  const known = principalName(sid) ?? directory.entryOf(sid)?.name ?? null;
  const linux = /^S-1-22-([12])-(\d+)$/.exec(sid);
  const number = Number(linux?.[2]);
  const found = linux === null ? null : linux[1] === '1' ? directory.users.userOf(number) : directory.users.groupOf(number);
  const name = known ?? found?.name ?? null;
  return name === null ? sid : `${sid} (${name})`;
}

const asJson = (principal: string, service: string | null, { spec, name, home, shell }: Minted): object => ({
  principal,
  service,
  user: spec.token.user,
  groups: spec.token.groups.map(({ sid }) => sid),
  privileges: namesOf(spec.token.privilegesPresent),
  integrity: integrityName(spec.token.integrity),
  uid: spec.uid,
  gid: spec.gid,
  supplementary: spec.supplementary,
  name,
  home,
  shell,
});
