/** What --grep looks for. */
import fc from 'fast-check';
import t from 'tap';
import { textPattern } from '../../../clients/peiosctl/text-pattern.ts';

const certain = (source: string, ignoresCase = false): readonly [string | null, boolean] => {
  const { text, isText } = textPattern(source, ignoresCase);
  return [text, isText];
};

t.test('the text by which eventd finds lines is one that each match holds', async (t) => {
  const rows: readonly (readonly [source: string, text: string | null, isText: boolean])[] = [
    ['port in use', 'port in use', true],
    ['a\\.b', 'a.b', true],
    ['error.*timeout', 'timeout', false],
    ['^ERROR:', 'ERROR:', false],
    ['colou?r', 'colo', false],
    ['ab+c', 'ab', false],
    ['xa{2}3}', '3}', false],
    ['warn|error', null, false],
    ['(?:warn|error) now', ' now', false],
    ['[a-z(]+ done', ' done', false],
    ['\\d+ ms', ' ms', false],
    ['\\u0041bc', 'bc', false],
    ['😀?x', 'x', false],
    ['', null, false],
    ['.*', null, false],
  ];
  for (const [source, text, isText] of rows) t.strictSame(certain(source), [text, isText], source);
  t.strictSame(certain('ERROR', true), ['ERROR', true]);
  t.strictSame(certain('Größe', true), [null, false], 'whose case is not agreed about');
  t.strictSame(certain('Größe'), ['Größe', true]);
});

t.test('no line that matches is without that text, whatever the expression', async (t) => {
  const piece = fc.constantFrom(
    'a',
    'b',
    '.',
    '*',
    '?',
    '+',
    '{2}',
    '{',
    '}',
    '(',
    ')',
    '[ab]',
    '[',
    ']',
    '|',
    '^',
    '$',
    '\\.',
    '\\d',
    '\\u0061',
    'é',
    '😀',
  );
  const property = fc.property(
    fc.array(piece, { maxLength: 8 }),
    fc.string({ unit: fc.constantFrom('a', 'b', '.', '{', '2', '}', 'é', '😀', 'A') }),
    fc.boolean(),
    (pieces, line, ignoresCase) => {
      const source = pieces.join('');
      try {
        new RegExp(source);
      } catch {
        return;
      }
      const pattern = textPattern(source, ignoresCase);
      const fold = (text: string): string => (ignoresCase ? text.toLowerCase() : text);
      const holds = pattern.text === null || fold(line).includes(fold(pattern.text));
      if (pattern.matches(line) && !holds) throw new Error(`${source} matches ${line} without ${pattern.text}`);
      if (pattern.isText && pattern.matches(line) !== holds) throw new Error(`${source} is not only the text ${pattern.text}: ${line}`);
      if (pattern.split(line).join('') !== line) throw new Error(`${source} loses something of ${line}`);
    },
  );
  t.doesNotThrow(() => fc.assert(property, { numRuns: 20_000 }));
});

t.test('what is no expression is told, with a remedy', async (t) => {
  for (const source of ['(', '[b', '*a', 'a)'])
    t.throws(() => textPattern(source, false), {
      name: 'UsageError',
      message: /^--grep takes a regular expression, and .* is none \(.*\); a backslash before .* takes it as it is$/,
    });
});

t.test('what matches is told apart, to be painted', async (t) => {
  t.strictSame(textPattern('o+', false).split('foo boo'), ['f', 'oo', ' b', 'oo', '']);
  t.strictSame(textPattern('x*', false).split('ab'), ['ab']);
});
