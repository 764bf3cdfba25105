/** What cases expect is compared whole: each matcher, and what a comparison tells. */
import t from 'tap';
import type { Json } from '../../conformance/json.ts';
import { parseJson } from '../../conformance/json.ts';
import type { Scope } from '../../conformance/runner/patterns.ts';
import { compare, patternProblems } from '../../conformance/runner/patterns.ts';

const shapes = new Map([
  ['status', { $open: true, state: { $is: 'words' }, health: null }],
  ['entry', { service: { $is: 'words' }, state: { $is: 'words' } }],
]);

/** Places that differ. */
function places(expected: Json, received: Json, scope: Scope = new Map()): readonly string[] {
  return compare(expected, received, { scope, shapes }).map(({ at }) => at);
}

t.test('an object is expected with all its members, and no other one', async (t) => {
  t.strictSame(places({ a: 1, b: [1, 2] }, { a: 1, b: [1, 2] }), []);
  t.strictSame(places({ a: 1 }, { a: 1, b: 2 }), ['b']);
  t.strictSame(places({ a: 1, b: 2 }, { a: 1 }), ['b']);
  t.strictSame(places({ a: { b: [{ c: 1 }] } }, { a: { b: [{ c: 2 }] } }), ['a.b[0].c']);
  t.strictSame(places([1, 2], [1]), ['']);
  t.strictSame(places([], [1]), ['']);
  t.strictSame(places({ a: null }, {}), ['a'], 'a member that is left out is not null');
  t.strictSame(places({ a: 1 }, { a: '1' }), ['a']);
});

t.test('a shape gives the members that a case leaves out, and an open one takes more of them', async (t) => {
  t.strictSame(places({ $like: 'entry', state: 'active' }, { service: 'web', state: 'active' }), []);
  t.strictSame(places({ $like: 'entry', state: 'active' }, { service: 'web', state: 'failed' }), ['state']);
  t.strictSame(places({ $like: 'entry' }, { service: 'web', state: 'active', more: 1 }), ['more']);
  t.strictSame(places({ $like: 'status' }, { state: 'active', health: null, more: 1 }), []);
  t.strictSame(places({ $like: 'status', more: { $absent: true } }, { state: 'active', health: null, more: 1 }), ['more']);
});

const id = '0199c6a3-0c1e-7a54-9a3f-5c0d6b0e1f22';
const cases: readonly { readonly pattern: Json; readonly yes: readonly Json[]; readonly no: readonly Json[] }[] = [
  { pattern: { $is: 'id' }, yes: [id], no: [id.toUpperCase(), id.replace('-7', '-4'), '', 1, null] },
  {
    pattern: { $is: 'time' },
    yes: ['2026-06-01T12:34:56.123456789Z'],
    no: ['2026-06-01T12:34:56Z', '2026-06-01T12:34:56.123456789+00:00'],
  },
  { pattern: { $is: 'count' }, yes: [0, 7, 2n ** 63n], no: [-1, 1.5, '1'] },
  { pattern: { $is: 'words' }, yes: ['a'], no: ['', ' ', null] },
  { pattern: { $is: 'any' }, yes: [null, 1, {}], no: [] },
  { pattern: { $one_of: ['a', null] }, yes: ['a', null], no: ['b'] },
  { pattern: { $contains: ['a', 'b'] }, yes: ['xbxa'], no: ['a', 1] },
  { pattern: { $matches: '^a+$' }, yes: ['aa'], no: ['ab'] },
  { pattern: { $not: 'a' }, yes: ['b', null], no: ['a'] },
  { pattern: { $or_null: { $is: 'count' } }, yes: [null, 3], no: ['3'] },
  { pattern: { $at_least: 3 }, yes: [3, 4], no: [2, '3'] },
  { pattern: { $above: 3 }, yes: [4, 2n ** 63n], no: [3, '4'] },
  { pattern: { $at_most: 3 }, yes: [3, 2], no: [4] },
  { pattern: { $includes: [{ a: 1 }] }, yes: [[{ a: 2 }, { a: 1 }]], no: [[], [{ a: 1, b: 1 }]] },
  { pattern: { $each: { $is: 'count' } }, yes: [[], [1, 2]], no: [[1, 'a'], 1] },
  { pattern: { $any_order: [1, 2] }, yes: [[2, 1]], no: [[1], [1, 1], [1, 2, 3]] },
];

t.test('each matcher takes what it is for and nothing else', async (t) => {
  for (const { pattern, yes, no } of cases) {
    for (const value of yes) t.strictSame(places(pattern, value), [], `${JSON.stringify(pattern)} takes ${String(value)}`);
    for (const value of no) t.not(places(pattern, value).length, 0, `${JSON.stringify(pattern)} refuses ${String(value)}`);
  }
  t.strictSame(places({ a: { $optional: 1 } }, {}), []);
  t.strictSame(places({ a: { $optional: 1 } }, { a: 2 }), ['a']);
});

t.test('what is named is captured where it is as expected', async (t) => {
  const scope: Scope = new Map();
  t.strictSame(places({ a: { $is: 'count', $as: 'pid' }, b: { $as: 'all' } }, { a: 3, b: { c: 1 } }, scope), []);
  t.strictSame(
    [...scope],
    [
      ['pid', 3],
      ['all', { c: 1 }],
    ],
  );
});

t.test('numbers beyond 2^53 are compared exactly', async (t) => {
  t.strictSame(places(18446744073709551615n, parseJson('18446744073709551615')), []);
  t.strictSame(places(18446744073709551615n, parseJson('18446744073709551614')), ['']);
});

t.test('a pattern that cannot be meant is told', async (t) => {
  const sentences = (pattern: Json): readonly string[] => patternProblems(pattern, shapes).map(({ sentence }) => sentence.split(';')[0]!);
  t.strictSame(sentences({ a: { $iss: 'id' } }), ['there is no matcher $iss']);
  t.strictSame(sentences({ $is: 'uuidd' }), ['$is must be one of any, id, uuid, time, text, words, count, integer, boolean, list, object']);
  t.strictSame(sentences({ $like: 'statuss' }), ['there is no shape "statuss"']);
  t.strictSame(sentences([{ $is: 'id', more: 1 }]), ['$is stands alone, or with $as']);
  t.strictSame(sentences({ $one_of: 'a' }), ['$one_of needs a list']);
  t.strictSame(sentences({ $at_least: 'a' }), ['$at_least needs a number']);
  t.match(sentences({ $matches: '(' })[0], /^\$matches needs a regular expression/);
});
