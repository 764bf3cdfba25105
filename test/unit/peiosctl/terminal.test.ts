import t from 'tap';
import { hanging, table, wrap } from '../../../clients/peiosctl/paint.ts';
import { terminal } from '../../../clients/peiosctl/terminal.ts';
import { padded, shortened, textWidth } from '../../../clients/peiosctl/text-width.ts';
import { usageLines } from '../../../clients/peiosctl/usage-lines.ts';

t.test('colours only where somebody looks and nobody objects', async (t) => {
  const tty = { isTTY: true, columns: 100 };
  t.strictSame(terminal(tty, { TERM: 'xterm' }), { color: true, width: 100 });
  t.strictSame(terminal(tty, { TERM: 'xterm', NO_COLOR: '1' }), { color: false, width: 100 });
  t.strictSame(terminal(tty, { TERM: 'xterm', NO_COLOR: '' }), { color: true, width: 100 }, 'empty says nothing');
  t.strictSame(terminal(tty, { TERM: 'dumb' }), { color: false, width: 100 });
  t.strictSame(terminal({}, { TERM: 'xterm' }), { color: false, width: null }, 'a pipe');
});

t.test('COLUMNS says how wide lines may be, else the terminal', async (t) => {
  t.strictSame(terminal({ isTTY: true, columns: 0 }, {}), { color: true, width: null });
  t.strictSame(terminal({ isTTY: true, columns: 200 }, { COLUMNS: '60' }), { color: true, width: 60 });
  t.strictSame(terminal({}, { COLUMNS: '60' }), { color: false, width: 60 });
  for (const COLUMNS of ['', '0', '-5', 'wide', '1e9']) t.strictSame(terminal({}, { COLUMNS }), { color: false, width: null }, COLUMNS);
});

t.test('what a command takes goes on below itself where a terminal is narrow, and an option keeps its value', async (t) => {
  const usage = 'logs [SERVICE...] [-n N] [--since TIME] [--until TIME]';
  t.strictSame(usageLines(usage, null), [`usage: peiosctl ${usage}`]);
  t.strictSame(usageLines(usage, 52), ['usage: peiosctl logs [SERVICE...] [-n N]', '       [--since TIME] [--until TIME]']);
});

t.test('text takes as many columns as a terminal gives it', async (t) => {
  for (const [text, width] of [
    ['plain', 5],
    ['', 0],
    ['日本語', 6],
    ['한글', 4],
    ['e\u0301', 1],
    ['🚀', 2],
    ['ｶﾅ', 2],
    ['ＡＢ', 4],
    ['öß→', 3],
  ] as const)
    t.equal(textWidth(text), width, text);
  t.equal(padded('日本', 6), '日本  ');
});

t.test('what is too long ends with a mark, however long it is', async (t) => {
  t.equal(shortened('fits', 4), 'fits');
  t.equal(shortened('does not', 4), 'doe…');
  t.equal(shortened('日本語', 6), '日本語');
  t.equal(shortened('日本語日本語', 6), '日本…');
  t.equal(shortened('x'.repeat(60_000), 240), `${'x'.repeat(239)}…`);
});

t.test('wide characters do not break columns', async (t) => {
  const lines = table(
    [
      ['NAME', 'STATE'],
      ['日本語', 'active'],
      ['web', 'active'],
    ],
    (_row, _column, cell) => cell,
  );
  t.strictSame(lines, ['NAME    STATE', '日本語  active', 'web     active']);
  t.strictSame(wrap('日本 日本 日本', 9), ['日本 日本', '日本']);
});

t.test('a long text hangs below its margin where the terminal is narrow, and is one line elsewhere', async (t) => {
  const text = `! ${'word '.repeat(12)}end`;
  t.strictSame(hanging('  ', text, 44), ['  ! word word word word word word word', '    word word word word word end']);
  t.strictSame(hanging('  ', text, null), [`  ${text}`]);
});
