import type { Facts, Logged, Trespass } from '../trespass.ts';
import { asking, whoami } from '../trespass.ts';

const outcome = 'refused and logged';
const nobody = 'S-1-5-7';
const localService = 'S-1-5-19';
const stop = { command: 'stop', service: 'victim' };

/** A process from outside that gives itself ids, and what it does then. */
const withIds = (uid: number, groups: readonly number[], what: string): string =>
  `setpriv --reuid ${uid} --regid ${uid} --groups ${groups.join()} sh <<'END'\n. /run/attacks/asks\n${what}\nEND`;

const denied = (sid: string, payload: Readonly<Record<string, unknown>>): Logged => ({
  event: 'access.denied',
  payload: { sid, ...payload },
});

const forged = (what: string, uid: (facts: Facts) => number, groups: (facts: Facts) => readonly number[], console: string): Trespass => ({
  what,
  outcome,
  by: 'root',
  ids: 'PRIN-005 PRIN-007 O-75',
  script: (facts) => withIds(uid(facts), groups(facts), `${whoami()}\n${asking(stop)}`),
  says: () => [nobody, 'ACCESS_DENIED'],
  logged: () => [{ console: new RegExp(`counts as that of nobody: ${console}`) }, denied(nobody, { target: 'victim', requested: 4 })],
});

/** By peinit, its daemons, and the descriptors. */
export const refused: readonly Trespass[] = [
  forged(
    'a process that gives itself the mark of a token that lives, with another user id',
    () => 1000,
    ({ victim }) => [victim.mark],
    'its mark \\(group \\d+\\) is that of a token with uid',
  ),
  forged(
    'a process with the mark of a service that has ended, and its user id',
    ({ gone }) => gone.uid,
    ({ gone }) => [gone.mark],
    'its mark \\(group \\d+\\) is that of no living token',
  ),
  forged(
    'a process with the marks of two tokens, and the user id of one',
    ({ victim }) => victim.uid,
    ({ victim, other }) => [victim.mark, other.mark],
    'it has the marks of two tokens',
  ),
  {
    what: 'a service says READY=1 for another one that starts',
    outcome,
    by: 'intruder',
    ids: 'NTF-004 NTF-006 PRIN-002',
    script: () => `perl -e 'use Socket; socket(my $s, AF_UNIX, SOCK_DGRAM, 0);
print defined send($s, "READY=1", 0, pack_sockaddr_un("/run/peinit/notify.sock")) ? "sent" : $!, "\\n"'`,
    says: () => ['sent'],
    logged: () => [{ event: 'notify.rejected', payload: { service: null } }],
  },
  {
    what: 'a service asks for what it has no right to: services',
    outcome,
    by: 'intruder',
    ids: 'SEC-006 SEC-007 PRIN-007',
    script: () => asking(stop, { command: 'status', service: 'victim' }, { command: 'list' }),
    says: () => ['ACCESS_DENIED', 'ACCESS_DENIED', 'ok'],
    logged: () => [
      denied(localService, { target: 'victim', requested: 4, granted: 0 }),
      denied(localService, { target: 'victim', requested: 1 }),
    ],
  },
  {
    what: 'a service asks for what it has no right to: the machine',
    outcome,
    by: 'intruder',
    ids: 'SEC-010 SEC-012 PRIN-007',
    script: () => asking({ command: 'shutdown', type: 'poweroff' }, { command: 'reload-config' }),
    says: () => ['ACCESS_DENIED', 'ACCESS_DENIED'],
    logged: () => [denied(localService, { target: null, requested: 1 }), denied(localService, { target: null, requested: 2 })],
  },
  {
    what: 'a service asks for what it has no right to: the registry',
    outcome,
    by: 'intruder',
    ids: 'SEC-001 BOOT-005 O-88',
    script: () =>
      `ask /run/registry/registry.sock ${[
        { id: 1, op: 'set', path: 'Machine\\System\\Services\\intruder', name: 'Identity', type: 'SZ', data: 'SYSTEM' },
        { id: 2, op: 'query-all', path: 'Machine\\System\\Services\\victim' },
        { id: 3, op: 'create', path: 'Machine\\System\\Authority\\Privileges\\service:intruder' },
      ]
        .map((request) => `'${JSON.stringify(request)}'`)
        .join(' ')}`,
    says: () => ['EACCES', 'EACCES', 'EACCES'],
    logged: () => [{ of: 'registryd', line: /access denied to LocalService \(uid \d+\)/ }],
  },
  {
    what: 'a service asks for what it has no right to: an ad-hoc job',
    outcome,
    by: 'intruder',
    ids: 'JFS-002 JFS-005 SEC-023 PRIN-007',
    script: () => `ask /run/peinit/jfs.sock '{"image_path":"/bin/true"}'`,
    says: () => ['ACCESS_DENIED'],
    logged: () => [denied(localService, { target: null, privilege: 'SeCreateJobPrivilege' })],
  },
  {
    what: 'a descriptor of random bytes guards a service: nobody gets it, SYSTEM neither, and all others stay as they are',
    outcome,
    by: 'root',
    ids: 'SEC-028 PRIN-005',
    script: () =>
      asking({ command: 'status', service: 'broken' }, { command: 'start', service: 'broken' }, { command: 'status', service: 'victim' }),
    says: () => ['INTERNAL_ERROR', 'INTERNAL_ERROR', 'ok'],
    logged: () => [{ console: /broken.*ServiceSecurity/ }],
  },
];
