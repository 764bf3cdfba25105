import fc from 'fast-check';
import t from 'tap';
import type { RequestMember } from '../../../gen/options/rows.ts';

/** PID 1 checks a request as a whole and names its wrong member afterwards; the daemons only look at the members. Both must agree. */

interface Tables {
  readonly requests: { readonly [name: string]: { readonly members: readonly RequestMember[] } };
  readonly requestChecks: { readonly [name: string]: (value: unknown) => boolean };
}

const operation = '01234567-89ab-cdef-0123-456789abcdef';
const values = [undefined, null, true, false, '', 'SZ', 'poweroff', operation, [], {}, -1, 0, 1, 0.5, 2 ** 31, 2 ** 53];

const soundValue = ({ check }: RequestMember): fc.Arbitrary<unknown> => fc.constantFrom(...values.filter(check));

/** Mostly what the member takes, so that a request has one wrong member as often as several. */
const memberValue = (member: RequestMember): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 5, arbitrary: soundValue(member) }, fc.constantFrom(...values), fc.jsonValue());

/** Some are sound as a whole, however many members they have. */
const anyRequest = (members: readonly RequestMember[]): fc.Arbitrary<object> => {
  const of = (value: (member: RequestMember) => fc.Arbitrary<unknown>): fc.Arbitrary<object> =>
    fc.record(Object.fromEntries(members.map((member) => [member.name, value(member)])));
  return fc.oneof(of(soundValue), { weight: 3, arbitrary: of(memberValue) });
};

for (const protocol of ['control', 'registry', 'output']) {
  const { requests, requestChecks }: Tables = await import(`../../../gen/${protocol}/requests.ts`);
  t.test(`${protocol}: a request passes its check exactly when each of its members passes its own`, async (t) => {
    t.strictSame(Object.keys(requestChecks), Object.keys(requests));
    for (const [name, { members }] of Object.entries(requests)) {
      const verdicts = new Set<boolean>();
      const property = fc.property(anyRequest(members), (told) => {
        // As it comes over the wire: what is undefined is not there.
        const value: { readonly [member: string]: unknown } = JSON.parse(JSON.stringify(told));
        const verdict = members.every((member) => member.check(value[member.name]));
        verdicts.add(verdict);
        return requestChecks[name]?.(value) === verdict;
      });
      t.doesNotThrow(() => fc.assert(property, { numRuns: 200 }), name);
      t.ok(verdicts.has(true), `${name}: some pass`);
      t.equal(verdicts.has(false), members.length > 0, `${name}: some do not`);
    }
  });
}
