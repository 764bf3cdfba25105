/** `peiosctl security` and `peiosctl analyze security`: what they print, word for word. */
import { chmodSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t from 'tap';
import { security as analyzeSecurity } from '../../../clients/peiosctl/commands/analyze/security.ts';
import { securityVerbs } from '../../../clients/peiosctl/commands/security/index.ts';
import type { RegistryVerb } from '../../../clients/peiosctl/registry-verb.ts';
import type { RegistryConnection } from '../../../clients/typescript/registry.ts';
import { serviceSid } from '../../../src/security/service-sid.ts';
import { readSeed } from '../../../src/seed/read-seed.ts';
import { said } from '../../support/peiosctl.ts';

const base = `
Machine\\System\\Services:
  SchemaVersion: 1
`;

type Values = { name: string; type: string; data: unknown };

/** A registry of one seed, which takes values and tells them. */
async function registryOf(seed: string) {
  const keys = await readSeed('seed.yaml', base + seed);
  const nodes = keys.map(({ path, values }) => ({ path: path.slice(2).join('\\'), values: [...values] as Values[] }));
  const nodeOf = (path: string) => {
    const relative = path.split('\\').slice(2).join('\\');
    const found = nodes.find((node) => node.path === relative);
    if (found !== undefined) return found;
    const made = { path: relative, values: [] as Values[] };
    nodes.push(made);
    return made;
  };
  const registry = {
    readTree: async ({ path }: { path: string }) => {
      const below = path.split('\\').slice(2).join('\\');
      const found = nodes.filter((node) => below === '' || node.path === below || node.path.startsWith(`${below}\\`));
      return { nodes: structuredClone(found).map((node) => ({ ...node, path: node.path.slice(below === '' ? 0 : below.length + 1) })) };
    },
    begin: async () => ({ transaction: 1 }),
    abort: async () => ({}),
    commit: async () => ({}),
    create: async () => ({}),
    set: async ({ path, name, type, data }: Values & { path: string }) => {
      const node = nodeOf(path);
      node.values = [...node.values.filter((value) => value.name !== name), { name, type, data }];
      return { sequence: '1' };
    },
    deleteValue: async ({ path, name }: { path: string; name: string }) => {
      const node = nodeOf(path);
      node.values = node.values.filter((value) => value.name !== name);
      return {};
    },
  };
  return registry as unknown as RegistryConnection;
}

async function run(verb: RegistryVerb | undefined, registry: RegistryConnection, ...words: readonly string[]) {
  const { context, printed, complained } = said(words);
  try {
    const status = await verb!.run(registry, context, context.arguments);
    return { status, printed, complained };
  } catch (error) {
    return { status: 'thrown', printed, complained: [...complained, (error as Error).message] };
  }
}

const { show, check, grant, revoke, set } = securityVerbs;

const machine = `
Machine\\System\\Services\\web:
  ImagePath: /bin/true
  ServiceSecurity: {sddl: "O:SYG:SYD:(A;;GA;;;SY)(D;;0x2;;;LS)(A;;0xf;;;BA)(A;;0x1;;;AU)S:(AU;FA;0xe;;;WD)"}
Machine\\System\\Services\\db:
  ImagePath: /bin/true
  Identity: dbowner
Machine\\System\\Services\\plain:
  ImagePath: /bin/true
Machine\\System\\Authority\\Accounts\\dbowner:
  Description: the database
Machine\\System\\Authority\\Privileges\\service:web:
  Privileges: [SeBindPrivilegedPortPrivilege]
Machine\\System\\Authority:
  MachineSid: S-1-5-21-1-2-3
`;

t.test('SEC-002 SEC-003 SEC-004 show tells where the descriptor comes from, and each entry in words', async (t) => {
  const registry = await registryOf(machine);
  t.strictSame(await run(show, registry, 'WEB'), {
    status: 0,
    printed: [
      'web: its own descriptor',
      '  O:SYG:SYD:(A;;GA;;;SY)(D;;0x2;;;LS)(A;;0xf;;;BA)(A;;0x1;;;AU)S:(AU;FA;0xe;;;WD)',
      '',
      '  1  allows  SYSTEM              everything',
      '  2  denies  LocalService        start',
      '  3  allows  Administrators      see, start, stop, reload',
      '  4  allows  AuthenticatedUsers  see',
      '  Nobody else may do anything.',
      '',
      '  Labels and audits:',
      '  1  audits  Everyone  start, stop, reload  when it is refused',
      '',
      '  Its owner is SYSTEM.',
      '  Callers below medium integrity may not start, stop or reload.',
    ],
    complained: [],
  });
  t.equal((await run(show, registry, 'db')).printed[0], 'db: the built-in descriptor of services');
  t.strictSame((await run(show, registry, '--machine')).printed.slice(0, 5), [
    'the machine: the built-in descriptor of machines',
    '  O:SYG:SYD:(A;;0xf0003;;;SY)(A;;0x3;;;BA)',
    '',
    '  1  allows  SYSTEM          everything',
    '  2  allows  Administrators  shut down, reload definitions',
  ]);
  t.strictSame((await run(show, registry, 'wbe')).complained, ['there is no service wbe. Is web meant?']);
  const shared = await registryOf(machine);
  t.equal((await run(set, shared, '--shared', 'O:SYD:')).status, 0);
  t.equal((await run(show, shared, 'db')).printed[0], 'db: Machine\\System\\Services\\ServiceSecurity');
  t.equal((await run(show, shared, 'db')).printed[3], '  The list is empty: nobody may do anything.');
});

t.test('SEC-016 SEC-017 check tells what somebody would get, and which entry decides each right', async (t) => {
  const registry = await registryOf(machine);
  const checked = async (...words: readonly string[]) => (await run(check, registry, ...words)).printed;
  t.strictSame(await checked('web', 'LocalService'), [
    'LocalService and web, by its own descriptor:',
    '  see     yes  ACE 4 allows it to AuthenticatedUsers',
    '  start   no   ACE 2 denies it for LocalService',
    '  stop    no   no ACE grants it',
    '  reload  no   no ACE grants it',
  ]);
  t.strictSame(await checked('plain', 'Administrators'), [
    'a member of Administrators and plain, by the built-in descriptor of services:',
    '  see     yes  ACE 2 allows it to Administrators',
    '  start   no   no ACE grants it',
    '  stop    yes  ACE 2 allows it to Administrators',
    '  reload  no   no ACE grants it',
  ]);
  t.equal((await checked('web', 'service:db'))[0], 'the service db (dbowner) and web, by its own descriptor:');
  t.equal((await checked('--machine', 'SYSTEM'))[1], '  shut down           yes  ACE 1 allows it to SYSTEM');
  t.equal((await checked('web', 'Anonymous'))[1], '  see     no  no ACE grants it');
  const groups = `${machine}Machine\\System\\Authority\\Groups\\staff:\n  Rid: 1100\nMachine\\System\\Authority\\Groups\\new: {}\n`;
  const grouped = await registryOf(groups.replace(';;0x1;;;AU', ';;0x1;;;S-1-5-21-1-2-3-1100'));
  t.strictSame((await run(check, grouped, 'web', 'staff')).printed.slice(0, 2), [
    'a member of staff and web, by its own descriptor:',
    '  see     yes  ACE 4 allows it to staff',
  ]);
  t.strictSame((await run(check, grouped, 'web', 'new')).complained, ['new has no SID yet: authd gives it one']);
  t.match((await run(check, registry, 'web', 'nobody-at-all')).complained.join(), /no user in \/etc\/passwd called "nobody-at-all"/);
  t.strictSame((await run(check, registry, 'web')).complained, ['PRINCIPAL is missing']);
  const owner = await registryOf(machine.replace('O:SYG:SYD:', 'O:BAG:SYD:'));
  const [answer] = (await run(check, owner, 'web', 'unix:daemon', '--json')).printed.map((line) => JSON.parse(line));
  t.strictSame(answer.decisions[0], { right: 'see', granted: true, because: 'ACE 4 allows it to AuthenticatedUsers', ace: 4 });
});

t.test('SEC-009 set writes a descriptor in one transaction and shows what holds, --inherit takes it out', async (t) => {
  const registry = await registryOf(machine);
  const done = await run(set, registry, 'plain', 'O:SYG:SYD:(A;;GA;;;SY)(A;;0x1;;;AU)');
  t.equal(done.status, 0);
  t.equal(done.printed[0], 'plain: its own descriptor');
  t.equal(done.printed[4], '  2  allows  AuthenticatedUsers  see');
  t.strictSame(done.complained, []);
  const inherited = await run(set, registry, 'plain', '--inherit');
  t.equal(inherited.printed[0], 'plain: the built-in descriptor of services');
  t.strictSame((await run(set, registry, 'plain', '--default')).printed, [
    'plain has no descriptor of its own; in force is the built-in descriptor of services',
  ]);
  t.strictSame((await run(set, registry, '--machine', 'O:SYD:(A;;0x2;;;SY)')).complained, [
    'warning: SYSTEM itself may not shut down any more, and so may no service that runs as it',
  ]);
});

t.test('SEC-028 set refuses what is no descriptor, with the place, and what could not be evaluated unless it is forced', async (t) => {
  const registry = await registryOf(machine);
  const wrong = await run(set, registry, 'web', 'O:SYD:(A;;QQ;;;SY)');
  t.equal(wrong.status, 2);
  t.match(wrong.complained.join(), /^SDDL, character 11 \(QQ;;;SY\)\): ACE 1 of the DACL: QQ are no rights/);
  t.match((await run(set, registry, 'web', 'O:')).complained.join(), /^SDDL, character 3, its end: the owner: a SID is missing here/);
  const ownerless = await run(set, registry, 'web', 'D:');
  t.equal(ownerless.status, 2);
  t.match(ownerless.complained[0], /ServiceSecurity cannot be evaluated: the descriptor has no owner\. Until it is corrected/);
  t.equal(ownerless.complained[1], 'nothing was set: nobody could use it; --force writes it all the same');
  t.equal((await run(set, registry, 'web', '--inherit', 'D:')).complained[0], '--inherit takes no SDDL');
  t.equal((await run(set, registry)).complained[0], 'SERVICE is missing');
});

t.test(
  'SEC-009 SEC-016 grant and revoke change one entry, by the name of whom it is about, and tell what other entries still do',
  async (t) => {
    const registry = await registryOf(machine);
    const sddl = async (verb: RegistryVerb | undefined, ...words: readonly string[]) => {
      const { status, printed, complained } = await run(verb, registry, ...words);
      return [status, printed[1]?.trim(), ...complained];
    };
    t.strictSame(await sddl(grant, 'plain', 'daemon', 'see', 'restart'), [
      0,
      'O:SYG:SYD:(A;;0xf000f;;;SY)(A;;0x5;;;BA)(A;;0x7;;;S-1-22-1-1)',
    ]);
    t.strictSame(await sddl(grant, 'plain', 'unix:daemon', 'SERVICE_INTERROGATE'), [
      0,
      'O:SYG:SYD:(A;;0xf000f;;;SY)(A;;0x5;;;BA)(A;;0xf;;;S-1-22-1-1)',
    ]);
    t.strictSame(await sddl(grant, 'plain', 'unix:tty', 'see'), [
      0,
      'O:SYG:SYD:(A;;0xf000f;;;SY)(A;;0x5;;;BA)(A;;0xf;;;S-1-22-1-1)(A;;0x1;;;S-1-22-2-5)',
    ]);
    t.strictSame(await sddl(revoke, 'plain', 'daemon', 'reload'), [
      0,
      'O:SYG:SYD:(A;;0xf000f;;;SY)(A;;0x5;;;BA)(A;;0x7;;;S-1-22-1-1)(A;;0x1;;;S-1-22-2-5)',
    ]);
    t.strictSame(await sddl(revoke, 'plain', 'S-1-22-1-1'), [0, 'O:SYG:SYD:(A;;0xf000f;;;SY)(A;;0x5;;;BA)(A;;0x1;;;S-1-22-2-5)']);
    t.strictSame(await sddl(revoke, 'plain', 'daemon'), [
      'thrown',
      undefined,
      'no entry lets unix:daemon do that with plain; in force is its own descriptor',
    ]);
    t.strictSame(await sddl(grant, '--machine', 'service:db', 'shutdown', 'reload-config', 'see-jobs'), [
      0,
      `O:SYG:SYD:(A;;0xf0003;;;SY)(A;;0x3;;;BA)(A;;0x7;;;${serviceSid('db')})`,
    ]);
    const denied = 'O:SYG:SYD:(A;;GA;;;SY)(D;;0x2;;;LS)(A;;0xf;;;BA)(A;;0x1;;;AU)';
    const audits = 'S:(AU;FA;0xe;;;WD)';
    t.strictSame(await sddl(grant, 'web', 'LocalService', 'see', 'start'), [
      0,
      `${denied}(A;;0x3;;;LS)${audits}`,
      'warning: LocalService still may not start: ACE 2 denies it for LocalService',
    ]);
    t.strictSame(await sddl(revoke, 'web', 'LocalService'), [
      0,
      `${denied}${audits}`,
      'warning: LocalService still may see: ACE 4 allows it to AuthenticatedUsers',
    ]);
    t.strictSame(await sddl(grant, 'web', 'daemon', 'strat'), [
      'thrown',
      undefined,
      'strat is no right; there are see, start, stop, reload',
    ]);
    t.strictSame(await sddl(grant, 'web', 'daemon'), ['thrown', undefined, 'RIGHT... is missing']);
    t.match((await sddl(grant, 'web', 'nobody-at-all', 'see'))[2], /no user in \/etc\/passwd called "nobody-at-all"/);
  },
);

/** What is weak of a service, by --json. */
async function weaknesses(seed: string, name: string): Promise<readonly string[]> {
  const result = await run(analyzeSecurity, await registryOf(seed), name, '--json');
  if (result.status !== 0) throw new Error(result.complained.join());
  const report: { readonly weaknesses: readonly { readonly what: string }[] } = JSON.parse(result.printed[0] ?? '');
  return report.weaknesses.map(({ what }) => what);
}

t.test('PRIN-011 analyze security tells who a service is, who may do what with it, and that nothing is weak', async (t) => {
  const registry = await registryOf(machine);
  t.strictSame((await run(analyzeSecurity, registry, 'web')).printed, [
    'web',
    '  runs as       LocalService',
    '  privileges    SeChangeNotifyPrivilege, SeBindPrivilegedPortPrivilege',
    '  capabilities  CAP_NET_BIND_SERVICE',
    '  may see       SYSTEM, Administrators, AuthenticatedUsers',
    '  may start     SYSTEM, Administrators',
    '  may stop      SYSTEM, Administrators',
    '  may reload    SYSTEM, Administrators',
    '',
    '1 service: nothing is weaker than it need be',
  ]);
  const all = await run(analyzeSecurity, registry);
  t.equal(all.printed.at(-1), '4 services: nothing is weaker than it need be', 'registryd is SYSTEM by what it does');
});

t.test('ID-010 ID-018 ID-019 analyze security finds what is weaker than it need be, with the remedy', async (t) => {
  const of = (values: string, more = '') => weaknesses(`Machine\\System\\Services\\it:\n  ImagePath: /bin/true\n${values}${more}`, 'it');
  t.strictSame(await of('  Identity: SYSTEM\n'), ['it runs as SYSTEM with every privilege: whoever takes it over has the machine']);
  t.strictSame(await of('  Identity: SYSTEM\n  RequiredPrivileges: [SeAuditPrivilege]\n'), []);
  t.strictSame(await of('  HookIdentity: SYSTEM\n  ExecStartPre: [/bin/true]\n'), [
    'its hooks run as SYSTEM while it does not: what they read of it, it can make say anything',
  ]);
  t.strictSame(await of('  RequiredPrivileges: [SeAuditPrivilege]\n'), ['it requires SeAuditPrivilege, which its principal does not have']);
  t.strictSame(await of('  ServiceSecurity: {sddl: "O:SYD:(A;;GA;;;SY)(A;;0x5;;;WD)"}\n'), ['Everyone may stop it, by its own descriptor']);
  t.strictSame(await of('  ServiceSecurity: {sddl: "O:SY"}\n'), ['everybody may start, stop, reload it, by its own descriptor']);
  t.strictSame(await of('  ServiceSecurity: {sddl: "O:SYD:"}\n'), ['nobody may start, stop, reload it']);
  t.strictSame(await of('  ServiceSecurity: {hex: "00"}\n'), [
    'its descriptor cannot be read: the descriptor is to have 20 bytes from byte 0 on, but only 1 are there',
  ]);
  const granted = 'Machine\\System\\Authority\\Privileges\\service:it:\n  Privileges: [SeDebugPrivilege]\n';
  t.strictSame(await of('', granted), ['it holds SeDebugPrivilege, which reaches what belongs to others']);
  const account =
    'Machine\\System\\Authority:\n  MachineSid: S-1-5-21-1-2-3\nMachine\\System\\Authority\\Accounts\\owner: {}\n' +
    'Machine\\System\\Services\\other:\n  ImagePath: /bin/true\n  Identity: owner\n';
  t.strictSame(await of('  Identity: owner\n', account), ["it shares owner with other: they reach each other's files and processes"]);
  t.match((await of('  Identity: nobody-at-all\n')).join(), /^it has no identity: there is no account/);
  const file = join(t.testdir(), 'program');
  writeFileSync(file, '');
  chmodSync(file, 0o777);
  const seed = `Machine\\System\\Services\\it:\n  ImagePath: ${file}\n  Identity: SYSTEM\n  RequiredPrivileges: [SeAuditPrivilege]\n`;
  t.strictSame(await weaknesses(seed, 'it'), [`${file} runs as SYSTEM, and everybody may change it`]);
  t.strictSame(await of(`  EnvironmentFile: -${file}\n`), [
    `everybody may change its EnvironmentFile ${file}: a link in its place reads files of root`,
  ]);
  chmodSync(file, 0o700);
  chmodSync(dirname(file), 0o777);
  t.strictSame(await weaknesses(seed, 'it'), [`${file} runs as SYSTEM, and everybody may change it`], 'by its directory');
});
