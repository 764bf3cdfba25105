import fc from 'fast-check';
import t from 'tap';
import { privilegeNames as all } from '../../../gen/security/types.ts';
import { allPrivileges, privilegeMask, privilegeNames } from '../../../src/security/privileges.ts';
import { withoutPrivileges } from '../../../src/security/token.ts';
import { anyToken } from '../../support/security.ts';

t.test('ID-014 privileges have the bits 2 to 35, 62 and 63, and no others', async (t) => {
  t.equal(allPrivileges, 0xc000000ffffffffcn);
  t.equal(privilegeMask(['SeTcbPrivilege', 'SeBindPrivilegedPortPrivilege', 'SeTcbPrivilege']), (1n << 7n) | (1n << 63n));
  t.strictSame(privilegeMask(['SeTcbPrivilege', 'SeTcb', 'SeNothing']), { unknown: 'SeTcb' });
  t.strictSame(privilegeMask(['__proto__']), { unknown: '__proto__' });
  t.strictSame(privilegeNames(2n ** 64n - 1n), all);
  for (const name of all) t.strictSame(privilegeNames(privilegeMask([name]) as bigint), [name]);
});

t.test('ID-010 ID-011 ID-012 ID-013 PRIN-004 privileges are only ever taken away, from both sets, and nothing else changes', async (t) => {
  const property = fc.property(anyToken, fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (token, keep) => {
    const { privilegesPresent, privilegesEnabled, ...rest } = withoutPrivileges(token, keep);
    const { privilegesPresent: present, privilegesEnabled: enabled, ...before } = token;
    return (
      privilegesPresent === (present & keep) && privilegesEnabled === (enabled & keep) && JSON.stringify(rest) === JSON.stringify(before)
    );
  });
  t.doesNotThrow(() => fc.assert(property));
});
