/** What guards remember is what AccessCheck says. */
import fc from 'fast-check';
import t from 'tap';
import { Guards } from '../../../src/control/guards.ts';
import { ofMachine, ofService } from '../../../src/control/rights.ts';
import { accessCheck } from '../../../src/security/access-check.ts';
import { defaultServiceSecurity } from '../../../src/security/defaults.ts';
import { decodeDescriptor } from '../../../src/security/descriptor.ts';
import { Guard } from '../../../src/security/guard.ts';
import { allPrivileges } from '../../../src/security/privileges.ts';
import { alice, allowing, bob, descriptorWith, tokenOf } from '../../support/identities.ts';

const sids = [alice, bob, 'S-1-5-18', 'S-1-1-0', 'S-1-3-4', 'S-1-5-80-1-2-3-4-5'];
const sid = fc.constantFrom(...sids);
const entry = fc.record({
  type: fc.constantFrom('allow' as const, 'deny' as const),
  sid,
  mask: fc.oneof(fc.integer({ min: 0, max: 0xf }), fc.constantFrom(0x10000000, 0x20000000, 0x40000000, 0x80000000, 0xf000f)),
});
const entries = fc.option(fc.array(entry, { maxLength: 6 }));
const token = fc
  .record({
    user: sid,
    groups: fc.array(fc.record({ sid, attributes: fc.constantFrom(7, 0, 0x10, 0x17) }), { maxLength: 4 }),
    integrity: fc.constantFrom(0, 0x1000, 0x2000, 0x4000),
    restricted: fc.array(sid, { maxLength: 2 }),
    privileges: fc.constantFrom(0n, allPrivileges),
    level: fc.constantFrom(0 as const, 1 as const, 2 as const),
    type: fc.constantFrom('primary' as const, 'impersonation' as const),
  })
  .map(({ user, privileges, ...more }) => tokenOf(user, [], { ...more, privilegesPresent: privileges, privilegesEnabled: privileges }));

for (const [name, guarded] of [
  ['a service', ofService],
  ['the machine', ofMachine],
] as const) {
  t.test(`SEC-006 what a caller holds on ${name} is told once, and is what AccessCheck says of each set of rights`, async (t) => {
    fc.assert(
      fc.property(entries, token, fc.integer({ min: 1, max: guarded.all & guarded.mapping.all }), (list, caller, desired) => {
        const descriptor = decodeDescriptor(descriptorWith(list));
        if ('malformed' in descriptor) return false;
        const guard = new Guard(descriptor, guarded);
        const held = [guard.held(caller), guard.held(caller)];
        const verdict = accessCheck({ token: caller, descriptor, desired, mapping: guarded.mapping });
        if (verdict.status === 'failed') return verdict.refused && held.every((mask) => mask === 0);
        return held.every((mask) => typeof mask === 'number' && ((mask & desired) === desired) === (verdict.status === 'allowed'));
      }),
      { numRuns: 2000 },
    );
    t.pass('for all of them');
  });
}

t.test(
  'SEC-009 a descriptor is read once whoever has it, also after the registry was read again, and forgotten when nobody has it',
  async (t) => {
    const guards = new Guards(ofService, defaultServiceSecurity);
    const one = guards.of(allowing({ [alice]: 1 }));
    t.equal(guards.of(allowing({ [alice]: 1 })), one);
    t.not(guards.of(allowing({ [alice]: 2 })), one);
    guards.renew();
    t.equal(guards.of(allowing({ [alice]: 1 })), one);
    guards.renew();
    guards.renew();
    t.not(guards.of(allowing({ [alice]: 1 })), one);
    t.equal(guards.of(null), guards.byDefault);
  },
);
