/** What holds for AccessCheck whatever the token and the descriptor: who is less may not do more. */
import fc from 'fast-check';
import type { Test } from 'tap';
import t from 'tap';
import type { AccessAnswer, AccessRequest } from '../../../src/security/access-check.ts';
import { accessCheck } from '../../../src/security/access-check.ts';
import { decodeDescriptor, encodeDescriptor } from '../../../src/security/descriptor.ts';
import { keyMapping, machineMapping, serviceMapping } from '../../../src/security/mappings.ts';
import { privilegeBit } from '../../../src/security/privileges.ts';
import type { Token } from '../../../src/security/token.ts';
import { withoutPrivileges } from '../../../src/security/token.ts';
import { wellKnown } from '../../../src/security/well-known.ts';
import { aceOf, anyAce, anyDescriptor, anySid, anyToken } from '../../support/security.ts';

const runs = { numRuns: 3000 };
const maximum = 0x02000000;

const anyRequest: fc.Arbitrary<AccessRequest> = fc
  .tuple(
    anyToken,
    anyDescriptor,
    fc.constantFrom(0, 1, 2, 6, 0xf, 0x60001, 0xf000f, 0x1000001, 0x80000000, 0x40000000, 0x10000000, maximum, maximum + 1),
    fc.constantFrom(serviceMapping, machineMapping, keyMapping),
    fc.option(anySid),
    fc.integer({ min: 0, max: 3 }),
    fc.constantFrom({ type: 0, trust: 0 }, { type: 512, trust: 8192 }),
  )
  .map(([token, descriptor, desired, mapping, self, intent, process]) => ({ token, descriptor, desired, mapping, self, intent, process }));

const holds = <T>(t: Test, property: fc.IProperty<T>): void => void t.doesNotThrow(() => fc.assert(property, runs));

/**
 * An ACE that grants the ownership takes the place of the privilege to take it, and of a restricted token only what privileges gave is kept
 * whatever restricts it: there less from the list can be more from the privilege.
 */
const ownershipIsPlain = ({ token: { restricted, privilegesPresent, privilegesEnabled } }: AccessRequest): boolean =>
  restricted.length === 0 || (privilegesPresent & privilegesEnabled & privilegeBit('SeTakeOwnershipPrivilege')) === 0n;
const plainRequest = anyRequest.filter(ownershipIsPlain);

/** A failure grants nothing. */
const grantedOf = (answer: AccessAnswer): number => (answer.status === 'failed' ? 0 : answer.granted);

/** Whether the second request is granted nothing that the first one is not. */
const noMore = (request: AccessRequest, less: Partial<AccessRequest>): boolean =>
  (grantedOf(accessCheck({ ...request, ...less })) & ~grantedOf(accessCheck(request))) === 0;

const lesser = (title: string, less: (request: AccessRequest) => Partial<AccessRequest>, also: fc.Arbitrary<AccessRequest> = anyRequest) =>
  t.test(title, async (t) =>
    holds(
      t,
      fc.property(also, (request) => noMore(request, less(request))),
    ),
  );

const token = (change: (token: Token) => Partial<Token>) => (request: AccessRequest) => ({
  token: { ...request.token, ...change(request.token) },
});

lesser('ID-011 PRIN-004 removing a privilege never grants more', ({ token: held }) => ({
  token: withoutPrivileges(held, 0x0555_5555_5555_5555n),
}));
lesser(
  'ID-011 disabling a privilege never grants more',
  token(({ privilegesEnabled }) => ({ privilegesEnabled: privilegesEnabled & ~0x20300n })),
);
lesser(
  'SEC-020 less integrity never grants more',
  token(({ integrity }) => ({ integrity: Math.max(0, integrity - 4096) })),
);
lesser(
  'a restriction never grants more',
  token(() => ({ restricted: [wellKnown.users] })),
  anyRequest.filter((one) => one.token.restricted.length === 0),
);
lesser(
  'one restricting SID less never grants more',
  token(({ restricted }) => ({ restricted: restricted.slice(1) })),
  anyRequest.filter((one) => one.token.restricted.length > 1),
);
lesser(
  'a confinement never grants more',
  token(() => ({ confinement: 'S-1-15-2-1', confinementExempt: false })),
  anyRequest.filter((one) => one.token.confinement === null),
);
lesser(
  'one capability less never grants more',
  token(({ capabilities }) => ({ capabilities: capabilities.slice(1) })),
);
lesser(
  'a user that only denies never grants more',
  token(() => ({ userDenyOnly: true })),
  plainRequest.filter((one) => !one.token.writeRestricted),
);
lesser('less protection of the process never grants more', () => ({ process: { type: 0, trust: 0 } }));
lesser('no intent never grants more', () => ({ intent: 0 }));

t.test('SEC-016 an ACE that denies, put first, never grants more', async (t) => {
  const denials = anyAce(['deny', 'deny_object', 'deny_callback', 'deny_callback_object']);
  const property = fc.property(plainRequest, denials, (request, ace) => {
    const { descriptor } = request;
    if (descriptor.dacl === null) return true;
    return noMore(request, { descriptor: { ...descriptor, dacl: { ...descriptor.dacl, aces: [ace, ...descriptor.dacl.aces] } } });
  });
  holds(t, property);
});

t.test('SEC-016 an ACE that allows, put last, never grants less, unless it says what owners may', async (t) => {
  const property = fc.property(plainRequest, anyAce(['allow', 'allow_object']), (request, ace) => {
    const { descriptor } = request;
    if (descriptor.dacl === null || (ace.kind === 'known' && ace.sid === wellKnown.ownerRights)) return true;
    const more = { ...request, descriptor: { ...descriptor, dacl: { ...descriptor.dacl, aces: [...descriptor.dacl.aces, ace] } } };
    return noMore(more, { descriptor });
  });
  holds(t, property);
});

t.test(
  'SEC-019 allowed means that all that was asked for is granted; what neither was asked for nor belongs to the object is not',
  async (t) => {
    const property = fc.property(anyRequest, (request) => {
      const answer = accessCheck(request);
      if (answer.status === 'failed') return answer.reason.length > 10;
      const whole = (answer.requested & ~answer.granted) === 0;
      return (
        whole === (answer.status === 'allowed') && (answer.granted & ~(request.mapping.all | 0x1000000 | 0xd0000 | answer.requested)) === 0
      );
    });
    holds(t, property);
  },
);

t.test('asking for everything finds for each right what asking for it alone finds', async (t) => {
  const property = fc.property(anyRequest, fc.constantFrom(1, 2, 4, 8, 0x10000, 0x20000, 0x40000, 0x80000), (request, bit) => {
    if ((request.mapping.all & bit) === 0) return true;
    const all = grantedOf(accessCheck({ ...request, desired: maximum }));
    return (grantedOf(accessCheck({ ...request, desired: bit })) & bit) === (all & bit);
  });
  holds(t, property);
});

t.test('the steps account for all that is granted', async (t) => {
  const property = fc.property(anyRequest, (request) => {
    let granted = 0;
    const answer = accessCheck({
      ...request,
      onStep(step) {
        if (step.by === 'ace' ? step.granted : step.by === 'owner' || step.by === 'no_dacl' || step.by === 'privilege')
          granted |= step.bits;
        else if (step.by !== 'label') granted &= ~step.bits;
      },
    });
    return answer.status === 'failed' || answer.granted === granted >>> 0;
  });
  holds(t, property);
});

t.test('an ACE of an unknown type, or one that is only inherited, changes nothing', async (t) => {
  const extra = fc.constantFrom(
    { kind: 'opaque' as const, type: 0x42, flags: 0, body: new Uint8Array(4) },
    aceOf('deny', 0xf, wellKnown.everyone, { flags: 8 }),
    aceOf('allow', 0xf, wellKnown.ownerRights, { flags: 0x1b }),
  );
  const property = fc.property(anyRequest, extra, (request, ace) => {
    const { descriptor } = request;
    if (descriptor.dacl === null) return true;
    const other = { ...descriptor, dacl: { ...descriptor.dacl, aces: [ace, ...descriptor.dacl.aces] } };
    return grantedOf(accessCheck({ ...request, descriptor: other })) === grantedOf(accessCheck(request));
  });
  holds(t, property);
});

t.test('SEC-028 a descriptor that was written and read grants the same', async (t) => {
  const property = fc.property(anyRequest, (request) => {
    const again = decodeDescriptor(encodeDescriptor(request.descriptor));
    return (
      !('malformed' in again) && JSON.stringify(accessCheck({ ...request, descriptor: again })) === JSON.stringify(accessCheck(request))
    );
  });
  holds(t, property);
});
