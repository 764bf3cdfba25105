/** What somebody who only asks can make of a search: it must stay quick, whatever is looked for in whatever was written. */
import t from 'tap';
import { matchesAny, textCondition } from '../../../../src/hosted/eventd/store/text.ts';
import { createRandom, seeded } from '../../../support/random.ts';
import { firstBoot, log, logFilter, openTestStore, partsOf, scanOptions, textsOf } from './fixture.ts';

const random = seeded();

t.test('a form with stars is what an expression of the same meaning is', async (t) => {
  t.comment(`PEINIT_SEED=${random.seed}`);
  const one = createRandom(random.seed);
  const textOf = (letters: readonly string[], most: number): string =>
    Array.from({ length: one.below(most) }, () => one.pick(letters)).join('');
  for (let run = 0; run < 3_000; run += 1) {
    const pattern = textOf(['a', 'b', '.', '*', '*'], 8);
    const name = textOf(['a', 'b', '.', '*'], 8);
    const expected = new RegExp(`^${pattern.split('*').map(RegExp.escape).join('.*')}$`, 's').test(name);
    t.equal(matchesAny(['none', pattern], name), expected, `${pattern} and ${name}`);
  }
});

t.test('a form of nothing but stars is looked through once', async (t) => {
  t.equal(matchesAny([`${'*'.repeat(127)}x`], 'operation.requested'), false);
  t.equal(matchesAny([`${'*e'.repeat(63)}`], 'e'.repeat(400).concat('x')), false);
  t.equal(matchesAny(['*'.repeat(128)], 'operation.requested'), true);
});

t.test('a long text is found as a whole, cut where it may be', async (t) => {
  const store = openTestStore(t);
  const long = `${'x'.repeat(31)}\u{1f986}${'Y'.repeat(100)}`;
  store.ingest(firstBoot, [log('a', 1, [`-${long}-`, long.toLowerCase(), long.slice(0, -1), `${long.slice(0, 60)}%_\\`])]);
  const found = (text: string, ignoreCase: boolean): readonly number[] => textsOf(store, { text, ignoreCase }).map((line) => line.length);
  t.strictSame(found(long, false), [long.length + 2]);
  t.strictSame(found(long, true), [long.length + 2, long.length]);
  t.strictSame(found(`${long.slice(0, 60)}%_\\`, true), [63]);
  t.strictSame(found(`${long.slice(0, 60)}__\\`, true), []);
});

t.test('only the letters a to z count in either case', async (t) => {
  const { matches } = textCondition('kelvin ÄB', true, 'text', null);
  t.strictSame(['KELVIN Äb', 'kelvin äb', '\u212aelvin Äb'].map(matches), [true, false, false]);
});

t.test('no search keeps others waiting, although it is nearly found everywhere', async (t) => {
  const store = openTestStore(t);
  const rows = 24;
  for (let row = 0; row < rows; row += 1)
    store.ingest(firstBoot, [
      log(
        `s${row}`,
        1 + row * 8,
        Array.from({ length: 8 }, () => 'a'.repeat(8_181)),
      ),
    ]);
  for (const text of [`${'a'.repeat(4_095)}b`, `${'a'.repeat(2_048)}b${'a'.repeat(2_047)}`])
    for (const ignoreCase of [false, true]) {
      const begun = performance.now();
      const parts = partsOf(store.logs(logFilter({ text, ignoreCase }), scanOptions({ order: 'newest' })));
      const took = performance.now() - begun;
      // One that is over soon needs no steps.
      t.ok(
        parts.length >= 3 || took < 200,
        `${parts.length} steps in ${took} ms for ${text.length} characters, ${ignoreCase ? 'in any' : 'in this'} case`,
      );
      t.strictSame(
        parts.flatMap(({ entries }) => entries),
        [],
      );
    }
});
