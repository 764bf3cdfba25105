import t from 'tap';
import type { AccessAnswer, AccessRequest, AccessStep } from '../../../src/security/access-check.ts';
import { accessCheck, intent } from '../../../src/security/access-check.ts';
import type { Ace } from '../../../src/security/ace.ts';
import { aceFlag } from '../../../src/security/ace.ts';
import { defaultControlSecurity, defaultServiceSecurity } from '../../../src/security/defaults.ts';
import { machineMapping, serviceMapping } from '../../../src/security/mappings.ts';
import { privilegeBit } from '../../../src/security/privileges.ts';
import { groupAttributes, ordinaryGroup } from '../../../src/security/token.ts';
import { integrity, wellKnown } from '../../../src/security/well-known.ts';
import { aceOf, alice, bob, securityOf, tokenOf } from '../../support/security.ts';

const maximum = 0x02000000;
const member = (sid: string, attributes: number = ordinaryGroup) => ({ sid, attributes });
const admin = tokenOf({ groups: [member(wellKnown.administrators)] });
const system = tokenOf({ user: wellKnown.system, integrity: integrity.system });

const ask = (request: Partial<AccessRequest>): AccessAnswer =>
  accessCheck({ token: tokenOf(), descriptor: securityOf([]), desired: maximum, mapping: serviceMapping, ...request });

/** Granted bits in hexadecimal, or why there is no answer. */
const granted = (request: Partial<AccessRequest>): string => {
  const answer = ask(request);
  return answer.status === 'failed' ? answer.reason : `${answer.status} ${answer.granted.toString(16)}`;
};
/** Outcome, audits and alarms. */
const audited = (request: Partial<AccessRequest>) => {
  const answer = ask(request);
  return answer.status === 'failed' ? null : [answer.status, answer.audits, answer.alarms];
};
const dacl = (...aces: readonly Ace[]): Partial<AccessRequest> => ({ descriptor: securityOf(aces) });

t.test(
  'SEC-003 SEC-004 SEC-005 the default of services gives Administrators query and stop, SYSTEM everything, others nothing',
  async (t) => {
    const descriptor = defaultServiceSecurity;
    for (const [desired, word] of [
      [1, 'allowed'],
      [4, 'allowed'],
      [2, 'denied'],
      [8, 'denied'],
      [6, 'denied'],
    ] as const)
      t.equal(ask({ token: admin, descriptor, desired }).status, word, `${desired}`);
    t.equal(granted({ token: admin, descriptor }), 'allowed 5');
    t.equal(granted({ token: system, descriptor }), 'allowed f000f');
    t.equal(granted({ descriptor }), 'allowed 0');
    t.equal(granted({ descriptor, desired: 1 }), 'denied 0');
  },
);

t.test('SEC-010 SEC-011 SEC-012 the default of the machine gives Administrators both rights', async (t) => {
  const machine = { descriptor: defaultControlSecurity, mapping: machineMapping };
  t.equal(granted({ token: admin, ...machine }), 'allowed 3');
  t.equal(granted({ token: system, ...machine }), 'allowed f0003');
  t.equal(granted({ ...machine, desired: 2 }), 'denied 0');
});

t.test('SEC-025 SEC-026 generic rights mean what the mappings say', async (t) => {
  const generic = (mask: number, mapping: AccessRequest['mapping']) => granted({ ...dacl(aceOf('allow', mask, alice)), mapping });
  t.equal(generic(0x80000000, serviceMapping), 'allowed 20001');
  t.equal(generic(0x40000000, serviceMapping), 'allowed 2000e');
  t.equal(generic(0x20000000, serviceMapping), 'allowed 20000');
  t.equal(generic(0x10000000, serviceMapping), 'allowed f000f');
  t.equal(generic(0x80000000, machineMapping), 'allowed 20000');
  t.equal(generic(0x40000000, machineMapping), 'allowed 20003');
  t.equal(generic(0x20000000, machineMapping), 'allowed 20000');
  t.equal(generic(0x10000000, machineMapping), 'allowed f0003');
});

t.test('SEC-016 the first ACE that matches decides each bit, and one that is only inherited decides nothing', async (t) => {
  t.equal(granted(dacl(aceOf('allow', 3, alice), aceOf('deny', 7, alice), aceOf('allow', 0xf, alice))), 'allowed b');
  t.equal(granted(dacl(aceOf('deny', 1, wellKnown.everyone), aceOf('allow', 3, alice))), 'allowed 2');
  t.equal(granted(dacl(aceOf('deny', 1, alice, { flags: aceFlag.inheritOnly }), aceOf('allow', 3, alice))), 'allowed 3');
});

t.test('SEC-017 groups count by their attributes', async (t) => {
  const group = bob;
  const attributes = (bits: number, type: 'allow' | 'deny') =>
    granted({
      token: tokenOf({ groups: [member(group, bits)] }),
      ...dacl(aceOf(type, 1, group), aceOf('allow', 1, alice)),
      desired: 1,
    });
  t.equal(attributes(0, 'deny'), 'allowed 1', 'a disabled group does not deny');
  t.equal(attributes(groupAttributes.enabled, 'deny'), 'denied 0');
  t.equal(attributes(groupAttributes.denyOnly, 'deny'), 'denied 0');
  const allowed = (bits: number) =>
    granted({ token: tokenOf({ groups: [member(group, bits)] }), ...dacl(aceOf('allow', 1, group)), desired: 1 });
  t.equal(allowed(groupAttributes.enabled), 'allowed 1');
  t.equal(allowed(groupAttributes.enabled | groupAttributes.denyOnly), 'denied 0');
  t.equal(allowed(0), 'denied 0');
  const denyOnlyUser = { token: tokenOf({ userDenyOnly: true }) };
  t.equal(granted({ ...denyOnlyUser, ...dacl(aceOf('allow', 1, alice)), desired: 1 }), 'denied 0');
});

t.test('SEC-018 without a list everything is granted, with an empty one nothing; the owner may read and change it', async (t) => {
  t.equal(granted({ descriptor: securityOf(null) }), 'allowed f000f');
  t.equal(granted({ descriptor: securityOf([]) }), 'allowed 0');
  t.equal(granted({ descriptor: securityOf([], { owner: alice }) }), 'allowed 60000');
  const owners = (mask: number) => securityOf([aceOf('allow', mask, wellKnown.ownerRights)], { owner: alice });
  t.equal(granted({ descriptor: owners(1) }), 'allowed 1', 'what owners may is said, and nothing else');
  t.equal(granted({ token: tokenOf({ user: bob }), descriptor: owners(1) }), 'allowed 0');
  const disabled = tokenOf({ groups: [member(wellKnown.administrators, groupAttributes.denyOnly)] });
  t.equal(granted({ token: disabled, descriptor: securityOf([], { owner: wellKnown.administrators }) }), 'allowed 60000');
});

t.test('SEC-019 SEC-028 what cannot be judged is a failure with its reason, and grants nothing', async (t) => {
  const open = securityOf(null);
  t.strictSame(ask({ descriptor: { ...open, owner: null } }), { status: 'failed', reason: 'the descriptor has no owner', refused: false });
  t.strictSame(ask({ token: tokenOf({ type: 'impersonation', level: 1 }), descriptor: open }), {
    status: 'failed',
    reason: 'the token only identifies its holder and may do nothing',
    refused: true,
  });
  t.match(ask({ token: tokenOf({ writeRestricted: true }), descriptor: open }), { status: 'failed', refused: false });
  t.equal(granted({ descriptor: open, desired: 0x00200001 }), 'the requested mask 0x200001 has reserved bits');
  const label = (sid: string, mask = 2) => securityOf(null, { sacl: [aceOf('mandatory_label', mask, sid)] });
  t.equal(granted({ descriptor: label('S-1-16-8448') }), 'S-1-16-8448 in an integrity label is no integrity level');
  t.equal(granted({ descriptor: label('S-1-5-18') }), 'S-1-5-18 in an integrity label is no integrity level');
  t.equal(granted({ descriptor: label('S-1-16-8192', 0x00200000) }), 'the mask 0x200000 of an integrity label has reserved bits');
  const trust = securityOf(null, { sacl: [aceOf('trust_label', 1, 'S-1-19-512')] });
  t.equal(granted({ descriptor: trust }), 'S-1-19-512 in a trust label is no process trust');
  t.equal(granted({ token: tokenOf({ type: 'impersonation', level: 0 }), descriptor: open }), 'allowed f000f', 'Anonymous goes on');
});

t.test('SEC-020 a caller of low integrity may neither start, stop nor reload, whatever the list says', async (t) => {
  const low = tokenOf({ integrity: integrity.low });
  const all = securityOf([aceOf('allow', 0x10000000, alice)]);
  t.equal(granted({ token: low, descriptor: all }), 'allowed 1', 'what is read and written is kept as well');
  t.equal(granted({ token: { ...low, mandatoryPolicy: 0 }, descriptor: all }), 'allowed f000f');
  const labelled = (mask: number, level: string) =>
    securityOf([aceOf('allow', 0x10000000, alice)], { sacl: [aceOf('mandatory_label', mask, level)] });
  t.equal(granted({ descriptor: labelled(2, 'S-1-16-12288') }), 'allowed 1');
  t.equal(granted({ descriptor: labelled(0, 'S-1-16-12288') }), 'allowed 20001');
  t.equal(granted({ descriptor: labelled(1, 'S-1-16-12288') }), 'allowed 0');
  t.equal(granted({ token: low, descriptor: labelled(2, 'S-1-16-4096') }), 'allowed f000f');
  const relabels = tokenOf({ integrity: integrity.low, privilegesPresent: 1n << 32n, privilegesEnabled: 1n << 32n });
  t.equal(granted({ token: relabels, descriptor: all }), 'allowed 80001');
});

t.test('a trust label leaves callers below it its mask, privileges included', async (t) => {
  const sacl = [aceOf('trust_label', 1, 'S-1-19-512-8192')];
  const descriptor = securityOf([aceOf('allow', 0xf, alice)], { sacl });
  t.equal(granted({ descriptor }), 'allowed 1');
  t.equal(granted({ descriptor, process: { type: 512, trust: 8192 } }), 'allowed f');
  t.equal(granted({ descriptor, process: { type: 1024, trust: 0 } }), 'allowed 1');
  const security = privilegeBit('SeSecurityPrivilege');
  const token = tokenOf({ privilegesPresent: security, privilegesEnabled: security });
  t.equal(granted({ token, descriptor }), 'allowed 1');
  t.equal(granted({ token, descriptor: securityOf([aceOf('allow', 0xf, alice)]) }), 'allowed 100000f');
});

t.test('privileges that are present and enabled grant what they stand for, two of them with the intent alone', async (t) => {
  const holding = (name: Parameters<typeof privilegeBit>[0], enabled = true) =>
    tokenOf({ privilegesPresent: privilegeBit(name), privilegesEnabled: enabled ? privilegeBit(name) : 0n });
  t.equal(granted({ token: holding('SeBackupPrivilege') }), 'allowed 0');
  t.equal(granted({ token: holding('SeBackupPrivilege'), intent: intent.backup }), 'allowed 20001');
  t.equal(granted({ token: holding('SeRestorePrivilege'), intent: intent.backup }), 'allowed 0');
  t.equal(granted({ token: holding('SeRestorePrivilege'), intent: intent.restore }), 'allowed 10f000e');
  t.equal(granted({ token: holding('SeTakeOwnershipPrivilege') }), 'allowed 80000');
  t.equal(granted({ token: holding('SeTakeOwnershipPrivilege', false) }), 'allowed 0');
  t.equal(granted({ token: holding('SeTakeOwnershipPrivilege'), desired: 1 }), 'denied 0');
  t.equal(granted({ token: holding('SeTcbPrivilege') }), 'allowed 0', 'none passes by the list');
});

t.test('a restricted token keeps what its restricting SIDs may as well; a write-restricted one reads as it did', async (t) => {
  const descriptor = securityOf([aceOf('allow', 0xf, alice), aceOf('allow', 4, bob)]);
  t.equal(granted({ token: tokenOf({ restricted: [bob] }), descriptor }), 'allowed 4');
  const write = tokenOf({
    restricted: [bob],
    writeRestricted: true,
    userDenyOnly: true,
    groups: [member(wellKnown.everyone)],
  });
  const everyone = securityOf([aceOf('allow', 0xf, wellKnown.everyone), aceOf('allow', 4, bob)]);
  t.equal(granted({ token: write, descriptor: everyone }), 'allowed 5');
});

t.test('a confined token keeps what its confinement or a capability may as well, privileges included', async (t) => {
  const box = 'S-1-15-2-1';
  const capability = 'S-1-15-3-1';
  const security = privilegeBit('SeSecurityPrivilege');
  const confined = { confinement: box, capabilities: [capability], privilegesPresent: security, privilegesEnabled: security };
  const descriptor = securityOf([aceOf('allow', 0xf, alice), aceOf('allow', 1, box), aceOf('allow', 2, capability)]);
  t.equal(granted({ token: tokenOf(confined), descriptor }), 'allowed 3');
  t.equal(granted({ token: tokenOf({ ...confined, confinementExempt: true }), descriptor }), 'allowed 100000f');
  t.equal(granted({ token: tokenOf(confined), descriptor: securityOf([], { owner: alice }) }), 'allowed 0');
});

t.test('what S-1-5-10 stands for is told with the request', async (t) => {
  const self = dacl(aceOf('allow', 1, wellKnown.self));
  t.equal(granted({ ...self, self: alice }), 'allowed 1');
  t.equal(granted({ ...self, self: bob }), 'allowed 0');
  t.equal(granted(self), 'allowed 0');
});

t.test('an ACE for a part of an object is for the whole', async (t) => {
  const object = { otherFlags: 0, type: '00112233-4455-6677-8899-aabbccddeeff', inheritedType: null };
  t.equal(granted(dacl(aceOf('allow_object', 3, alice, { object }), aceOf('deny_object', 0xf, alice))), 'allowed 3');
});

t.test('a condition is never known: it does not allow, it does deny, and it sets off audits', async (t) => {
  const conditions = [
    new Uint8Array(),
    Uint8Array.of(0x61, 0x72, 0x74, 0x78), // no expression
    Uint8Array.of(0x61, 0x72, 0x74, 0x78, 0x04, 1, 0, 0, 0, 0, 0, 0, 0, 1, 2, 0), // the number 1
  ];
  for (const data of conditions) {
    const all = aceOf('allow', 0xf, alice);
    t.equal(granted(dacl(aceOf('allow_callback', 0xf, alice, { data }))), 'allowed 0');
    t.equal(granted(dacl(aceOf('allow_callback_object', 0xf, alice, { data }))), 'allowed 0');
    t.equal(granted(dacl(aceOf('deny_callback', 1, alice, { data }), all)), 'allowed e');
    t.equal(granted(dacl(aceOf('deny_callback_object', 2, wellKnown.everyone, { data }), all)), 'allowed d');
    t.equal(granted(dacl(aceOf('deny_callback', 2, bob, { data }), all)), 'allowed f', 'not about the caller');
    for (const type of ['audit_callback', 'audit_callback_object'] as const) {
      const audit = aceOf(type, 1, alice, { data, flags: aceFlag.success });
      const descriptor = securityOf([all], { sacl: [audit] });
      t.strictSame(audited({ descriptor, desired: 1 }), ['allowed', [{ ace: audit, success: true }], 0]);
    }
  }
  const suppressing = securityOf([aceOf('allow_callback', 1, wellKnown.ownerRights)], { owner: alice });
  t.equal(granted({ descriptor: suppressing }), 'allowed 0', 'it says what owners may, and grants none of it');
});

t.test('a policy that is not known leaves what the recovery policy grants', async (t) => {
  const descriptor = (owner = wellKnown.system) =>
    securityOf([aceOf('allow', 0xf, wellKnown.everyone)], { owner, sacl: [aceOf('scoped_policy_id', 0, 'S-1-17-1')] });
  t.equal(granted({ descriptor: descriptor() }), 'allowed 0');
  t.equal(granted({ descriptor: descriptor(alice) }), 'allowed 6000f');
  t.equal(
    granted({ token: tokenOf({ groups: [member(wellKnown.administrators), member(wellKnown.everyone)] }), descriptor: descriptor() }),
    'allowed f',
  );
  const inherited = securityOf([aceOf('allow', 0xf, alice)], {
    sacl: [aceOf('scoped_policy_id', 0, 'S-1-17-1', { flags: aceFlag.inheritOnly })],
  });
  t.equal(granted({ descriptor: inherited }), 'allowed f');
});

t.test('audit ACEs are told of successes and failures, each by its flag, for those they name', async (t) => {
  const success = aceOf('audit', 1, wellKnown.everyone, { flags: aceFlag.success });
  const failure = aceOf('audit', 3, wellKnown.everyone, { flags: aceFlag.failure });
  const others = [
    aceOf('audit', 1, bob, { flags: aceFlag.success | aceFlag.failure }),
    aceOf('audit', 8, alice, { flags: aceFlag.success | aceFlag.failure }),
    aceOf('audit', 1, alice, { flags: aceFlag.success | aceFlag.failure | aceFlag.inheritOnly }),
    aceOf('audit', 1, alice),
  ];
  const descriptor = securityOf([aceOf('allow', 1, alice)], { sacl: [success, failure, ...others] });
  t.strictSame(audited({ descriptor, desired: 1 }), ['allowed', [{ ace: success, success: true }], 0]);
  t.strictSame(audited({ descriptor, desired: 2 }), ['denied', [{ ace: failure, success: false }], 0]);
  const denyOnly = tokenOf({ groups: [member(bob, groupAttributes.denyOnly)] });
  const audits = ask({ token: denyOnly, descriptor, desired: 1 });
  t.equal(audits.status === 'failed' ? 0 : audits.audits.length, 1, 'a deny-only group is audited');
  const owner = aceOf('audit_object', 1, wellKnown.ownerRights, { flags: aceFlag.failure });
  const owned = securityOf([], { owner: alice, sacl: [owner] });
  t.strictSame(audited({ descriptor: owned, desired: 1 }), ['denied', [{ ace: owner, success: false }], 0]);
});

t.test('alarm ACEs tell the rights whose use they want to know of, conditions or not', async (t) => {
  const sacl = [
    aceOf('alarm', 1, alice),
    aceOf('alarm_callback', 0x40000000, wellKnown.everyone),
    aceOf('alarm_object', 8, bob),
    aceOf('alarm_callback_object', 0x10000, alice),
  ];
  t.strictSame(audited({ descriptor: securityOf([], { sacl }), desired: 1 }), ['denied', [], 0x3000f]);
});

t.test('each step that settles bits is told, in order', async (t) => {
  const steps: AccessStep[] = [];
  const allow = aceOf('allow', 0xf, alice);
  const deny = aceOf('deny', 4, wellKnown.everyone);
  const token = tokenOf({ integrity: integrity.low, restricted: [bob, alice] });
  ask({ token, descriptor: securityOf([deny, allow], { owner: alice }), onStep: (step) => steps.push(step) });
  t.strictSame(steps, [
    { by: 'label', bits: 0xf000e },
    { by: 'ace', index: 1, ace: allow, granted: true, bits: 1 },
  ]);
  steps.length = 0;
  ask({ token: tokenOf({ restricted: [bob] }), descriptor: securityOf(null), onStep: (step) => steps.push(step) });
  t.strictSame(steps, [{ by: 'no_dacl', bits: 0xf000f }]);
  steps.length = 0;
  ask({ token: tokenOf({ confinement: bob }), descriptor: securityOf([deny, allow]), onStep: (step) => steps.push(step) });
  t.strictSame(steps, [
    { by: 'ace', index: 0, ace: deny, granted: false, bits: 4 },
    { by: 'ace', index: 1, ace: allow, granted: true, bits: 0xb },
    { by: 'confined', bits: 0xb },
  ]);
});
