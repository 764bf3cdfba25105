import t from 'tap';
import { foldName, sameName } from '../../../src/registry/folding.ts';
import { foldingRuns } from '../../../src/registry/folding-table.ts';

t.test('the table has the 1484 pairs of Unicode 16, status C and S, and no code point twice', async (t) => {
  const seen = new Set<number>();
  for (const [first, count, step] of foldingRuns) for (let index = 0; index < count; index += 1) seen.add(first + index * step);
  t.equal(seen.size, 1484);
  t.equal(
    foldingRuns.reduce((sum, [, count]) => sum + count, 0),
    1484,
  );
});

t.test('folding is one to one, done once, and agrees with the case-insensitive matching of regular expressions', async (t) => {
  // Unicode 17, which V8 may follow, adds these; nothing else may differ.
  const later = (codePoint: number): boolean =>
    (codePoint >= 0x16ea0 && codePoint <= 0x16ed3) || [0xa7ce, 0xa7cf, 0xa7d2, 0xa7d3, 0xa7d4, 0xa7d5].includes(codePoint);
  const wrong: string[] = [];
  for (let codePoint = 0; codePoint < 0x110000; codePoint += 1) {
    if (codePoint >= 0xd800 && codePoint < 0xe000) continue;
    const character = String.fromCodePoint(codePoint);
    const folded = foldName(character);
    if (folded === character) continue;
    if (foldName(folded) !== folded) wrong.push(`${codePoint.toString(16)} folds twice`);
    if (!new RegExp(`^\\u{${codePoint.toString(16)}}$`, 'iu').test(folded)) wrong.push(`${codePoint.toString(16)} folds too far`);
  }
  for (let codePoint = 0; codePoint < 0x110000; codePoint += 1) {
    if ((codePoint >= 0xd800 && codePoint < 0xe000) || later(codePoint)) continue;
    const character = String.fromCodePoint(codePoint);
    for (const other of [character.toLowerCase(), character.toUpperCase()]) {
      if ([...other].length !== 1 || other === character || !new RegExp(`^\\u{${codePoint.toString(16)}}$`, 'iu').test(other)) continue;
      if (!sameName(character, other)) wrong.push(`${codePoint.toString(16)} and ${other.codePointAt(0)?.toString(16)} differ`);
    }
  }
  t.same(wrong, []);
});

t.test('folding is not lower-casing: over 200 code points differ', async (t) => {
  let differing = 0;
  for (let codePoint = 0; codePoint < 0x110000; codePoint += 1) {
    if (codePoint >= 0xd800 && codePoint < 0xe000) continue;
    const character = String.fromCodePoint(codePoint);
    const lower = character.toLowerCase();
    if (([...lower].length === 1 ? lower : character) !== foldName(character)) differing += 1;
  }
  t.ok(differing > 200 && differing < 260, `${differing}`);
  t.ok(sameName('ς', 'Σ'), 'final sigma');
  t.ok(sameName('ͅ', 'ι'), 'iota below');
  t.ok(sameName('ſ', 'S'), 'long s');
  t.ok(sameName('\u212a', 'k'), 'the Kelvin sign');
  t.ok(sameName('ꭰ', 'Ꭰ'), 'Cherokee');
  t.equal(foldName('ꭰ'), 'Ꭰ', 'which folds to its capitals');
  t.ok(sameName('\u{10D50}', '\u{10D70}'), 'Garay, of Unicode 16');
});

t.test('no full folding and no normalisation', async (t) => {
  t.notOk(sameName('ß', 'ss'));
  t.ok(sameName('ß', 'ẞ'));
  t.notOk(sameName('İ', 'i'));
  t.notOk(sameName('é', 'e\u0301'));
  t.equal(foldName('Machine\\SYSTEM'), 'machine\\system');
});
