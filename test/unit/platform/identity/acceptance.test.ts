import t from 'tap';
import { acceptToken, grantable } from '../../../../src/platform/hosted/identity/acceptance.ts';
import { allPrivileges, privilegeNames } from '../../../../src/security/privileges.ts';
import { serviceSid } from '../../../../src/security/service-sid.ts';
import type { Token } from '../../../../src/security/token.ts';
import type { TokenSpec } from '../../../../src/security/token-spec.ts';
import { serviceToken } from '../../../support/tokens.ts';

const anyId = { refuses: () => null };
const asked = { identity: 'LocalService', service: 'web' };
const accept = (changes: Partial<Token>, ids: Partial<TokenSpec> = {}) => acceptToken(serviceToken('web', changes, ids), asked, anyId);
const group = (sid: string, attributes = 7) => ({ sid, attributes });

t.test('ID-006 the SID of the service is in the token once, with its attributes, whatever came', async (t) => {
  const own = serviceSid('web');
  for (const groups of [[], [group(own)], [group(own, 0x10)], [group(own), group(own, 0)]]) {
    const accepted = accept({ groups: [group('S-1-5-6'), ...groups] });
    t.strictSame(typeof accepted === 'string' ? accepted : accepted.token.groups, [group('S-1-5-6'), group(own)]);
  }
  const forNone = acceptToken(serviceToken('web', { groups: [] }), { ...asked, service: null }, anyId);
  t.strictSame(typeof forNone === 'string' ? forNone : forNone.token.groups, []);
});

t.test('PRIN-004 a token of another principal or another service is refused', async (t) => {
  t.match(accept({ user: 'S-1-5-20' }), /^of S-1-5-20, and S-1-5-19 was asked for$/);
  const bySid = (identity: string) => acceptToken(serviceToken('web'), { identity, service: 'web' }, anyId);
  t.match(bySid('S-1-22-1-1000'), /^of S-1-5-19, and S-1-22-1-1000 was asked for$/);
  t.type(bySid('s-1-5-19'), 'object');
  t.type(bySid('postgres'), 'object', 'whose SID an account has only the authority knows');
  t.match(accept({ groups: [group(serviceSid('other'))] }), /^with the SID of another service/);
});

t.test('PRIN-004 a user of Linux has its own uid and no other', async (t) => {
  const given = (uid: number) =>
    acceptToken(serviceToken('web', { user: 'S-1-22-1-1000' }, { uid }), { identity: 'unix:worker', service: 'web' }, anyId);
  t.equal(given(1001), 'of S-1-22-1-1000 with uid 1001');
  t.type(given(1000), 'object');
});

t.test('PRIN-004 nothing that is as good as SYSTEM is taken', async (t) => {
  const named = { identity: 'admin', service: 'web' };
  const system = serviceToken('web', { user: 'S-1-5-18' });
  t.match(acceptToken(system, named, anyId), /^of SYSTEM, which is not its to give$/);
  t.match(accept({ groups: [group('S-1-5-18')] }), /^of SYSTEM/);
  t.match(accept({ integrity: 16384 }), /integrity level of SYSTEM/);
  t.strictSame(privilegeNames(allPrivileges & ~grantable), ['SeCreateTokenPrivilege', 'SeAssignPrimaryTokenPrivilege', 'SeTcbPrivilege']);
  t.match(accept({ privilegesPresent: (1n << 7n) | (1n << 23n) }), /^with privileges that are not its to give \(SeTcbPrivilege\)$/);
  t.match(accept({ privilegesPresent: 1n << 40n }), /not its to give \(unknown ones\)/);
  t.type(accept({ privilegesPresent: grantable }), 'object');
});

t.test('PRIN-004 a token is used as a primary one, with the privileges that it has', async (t) => {
  const accepted = accept({ type: 'impersonation', level: 2 });
  const { token } = accepted as TokenSpec;
  t.strictSame([token.type, token.level, token.privilegesPresent, token.privilegesEnabled], ['primary', 0, 1n << 23n, 1n << 23n]);
});

t.test('ids that the machine does not give refuse the token', async (t) => {
  t.equal(acceptToken(serviceToken('web'), asked, { refuses: () => 'with uid 0' }), 'with uid 0');
});
