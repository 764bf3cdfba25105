import t from 'tap';
import { wrap } from '../../../src/output/wrap.ts';

t.test('a line that fits stays, a longer one is broken between words and goes on indented', async (t) => {
  t.equal(wrap('ab cd', 5, 2), 'ab cd');
  t.equal(wrap('ab cd ef gh', 5, 2), 'ab cd\n  ef\n  gh');
  t.equal(wrap('  ab cd', 6, 4), '  ab\n    cd');
});

t.test('a word that does not fit is left whole', async (t) => {
  t.equal(wrap('see /a/very/long/path for more', 10, 2), 'see\n  /a/very/long/path\n  for more');
  t.equal(wrap('/a/very/long/path', 10, 2), '/a/very/long/path');
});

t.test('no line is wider than asked for, and nothing is lost', async (t) => {
  const text = Array.from({ length: 200 }, (_, index) => 'w'.repeat(1 + ((index * 7) % 20))).join(' ');
  for (let width = 30; width < 100; width++) {
    const lines = wrap(text, width, 4).split('\n');
    t.ok(lines.every((line) => line.length <= width));
    t.equal(lines.map((line) => line.trim()).join(' '), text);
  }
});
