/** Each operator on a tiny source. */
import { globSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import t from 'tap';
import { rooms } from '../../mutation/mutants.ts';
import type { Operator } from '../../mutation/operators.ts';
import { applied, editsOf } from '../../mutation/operators.ts';

const project = resolve(import.meta.dirname, '../../..');

/** What one operator makes of a source. */
const by = (operator: Operator, source: string): readonly string[] =>
  editsOf(source)
    .filter((edit) => edit.operator === operator)
    .map((edit) => applied(source, edit));

const cases: readonly (readonly [Operator, string, ...string[]])[] = [
  ['comparison', 'a < b;', 'a <= b;', 'a >= b;'],
  ['comparison', 'a <= b;', 'a < b;', 'a > b;'],
  ['comparison', 'a > b;', 'a >= b;', 'a <= b;'],
  ['comparison', 'a >= b;', 'a > b;', 'a < b;'],
  ['comparison', 'a === b;', 'a !== b;'],
  ['comparison', '(a) !== (b);', '(a) === (b);'],
  ['arithmetic', 'a + 1;', 'a - 1;'],
  ['arithmetic', "a + ' text';"],
  ['arithmetic', 'a * b; a / b; a % b;', 'a / b; a / b; a % b;', 'a * b; a * b; a % b;', 'a * b; a / b; a * b;'],
  ['arithmetic', 'a += b;', 'a -= b;'],
  ['arithmetic', 'a++; --a;', 'a--; --a;', 'a++; ++a;'],
  ['arithmetic', 'x = -a;', 'x =  a;'],
  ['arithmetic', 'a & (b | c);', 'a | (b | c);', 'a & (b & c);'],
  ['condition', 'if (a) b();', 'if (!(a)) b();'],
  ['condition', 'if (a === b) b();'],
  ['condition', 'if (!a) b();', 'if ( a) b();'],
  ['condition', 'x = a() ? b : c;', 'x = !(a()) ? b : c;'],
  ['branch', 'if (a) b(); else { c(); }', 'if (false) b(); else { c(); }', 'if (a) b(); else {}'],
  ['branch', 'while (a) b();', 'while (false) b();'],
  ['logic', 'a && b;', 'a || b;'],
  ['logic', 'a || b;', 'a && b;'],
  ['logic', 'x = a ?? b;', 'x = a;'],
  ['number', 'x = 0; y = 5n;', 'x = 1; y = 5n;', 'x = 0; y = 6n;'],
  ['string', "x = 'a'; y = '';", "x = ''; y = '';", "x = 'a'; y = '~';"],
  ['boolean', 'x = true; y = false;', 'x = false; y = false;', 'x = true; y = true;'],
  ['statement', 'a(); b = 1;', '; b = 1;', 'a(); ;'],
  [
    'statement',
    'function f() { if (a) b(); else return; }',
    'function f() { if (a) {} else return; }',
    'function f() { if (a) b(); else {} }',
  ],
  ['statement', 'for (;;) { continue; }', 'for (;;) { ; }'],
  ['statement', "throw new Error('no');", ';'],
  ['statement', 'function f() { return; }', 'function f() { ; }'],
  ['return', 'function f() { return a; }', 'function f() { return undefined; }'],
  ['return', 'function f() { return undefined; }'],
  ['element', 'x = [a, b, ...c];', 'x = [b, ...c];', 'x = [a, ...c];', 'x = [a, b];'],
  ['element', 'x = [a];', 'x = [];'],
  ['element', 'x = { ...a, b };', 'x = { ...{}, b };'],
  ['case', 'switch (a) { case 1: b(); break; default: c(); }', 'switch (a) {  default: c(); }', 'switch (a) { case 1: b(); break;  }'],
  ['method', 'a.some(b); a.every(b);', 'a.every(b); a.every(b);', 'a.some(b); a.some(b);'],
  ['method', 'x = Math.min(a, b);', 'x = Math.max(a, b);'],
  ['method', 'x = a.filter(b).length;', 'x = a.length;'],
];

t.test('another operator may be noticed by a run that came to its left side only', async (t) => {
  const places = (source: string) => editsOf(source).map(({ operator, place }) => `${operator} ${source.slice(place)}`);
  t.strictSame(places('a && b();'), ['statement a && b();', 'logic a && b();']);
  t.strictSame(places('a() ?? b;'), ['statement a() ?? b;', 'logic  ?? b;']);
});

for (const [operator, source, ...expected] of cases) {
  t.test(`${operator}: ${source}`, async (t) => {
    t.strictSame(by(operator, source), expected);
  });
}

t.test('words for people, names of members and of modules stay', async (t) => {
  const sources = [
    "import { a } from 'module';",
    "export * from 'module';",
    "x = { 'name': a };",
    "x = { message: 'gone' };",
    "x = 'a text';",
    "throw new Error('gone');",
    "throw new WireError('gone', a ? 'b' : 'c');",
    "warn(service, 'gone');",
    "x = typeof a === 'string';",
    `x = \`$\{a ? 'b' : ''}\`;`,
    "switch (a) { case 'b': c(); }",
  ];
  for (const source of sources) t.strictSame(by('string', source), [], source);
  t.strictSame(by('statement', "turn.warn('x'); log('y');"), []);
});

t.test('types are no places, and positions are those of the source, also behind letters of several bytes', async (t) => {
  const source = "const ü: Record<'a' | 'b', true> = f<1>('€', 2 as number); type T = 1 | 2;";
  t.strictSame(
    editsOf(source).map((edit) => applied(source, edit)),
    [source.replace("'€'", "''"), source.replace('2 as', '3 as')],
  );
});

t.test('every source under trial can be read', async (t) => {
  const files = globSync(
    rooms.map((room) => `${room}/**/*.ts`),
    { cwd: project },
  );
  t.ok(files.length > 50);
  for (const file of files) t.doesNotThrow(() => editsOf(readFileSync(resolve(project, file), 'utf8')), file);
});
