import { execFileSync } from 'node:child_process';
import t from 'tap';
import { checkLines, proseLines } from '../../../.ci/lines.ts';

t.test('prose has one sentence per line', async (t) => {
  const page = [
    '# Two. Sentences in a heading are free.',
    'One sentence, with `code. And` and [a link](a.md. B) in it.',
    'Two of them. Here is the second.',
    'Versions such as 1.2 and a name like J. Doe end nothing.',
    'This one breaks off',
    'and goes on here.',
    '',
    '1. An item.',
    '2. Another one. With two.',
    '- And "this." Is two as well.',
    '',
    '<!-- a comment',
    'With two. Sentences',
    '-->',
    '```sh',
    'Code. Is left alone',
    'as it is.',
    '```',
    '| a table. With | two. Of them |',
  ].join('\n');
  t.strictSame(proseLines(page), [
    '3 holds more than one sentence',
    '5 breaks off in the midst of a sentence',
    '9 holds more than one sentence',
    '10 holds more than one sentence',
  ]);
});

t.test('code has no line over 140 characters, comments included; what is generated is free', async (t) => {
  const long = `// ${'x'.repeat(138)}`;
  const root = t.testdir({
    'good.ts': `${long.slice(1)}\n`,
    'bad.ts': `const a = 1;\n${long}\n`,
    gen: { 'free.ts': `${long}\n` },
    'page.md': 'A page. With two.\n',
  });
  execFileSync('git', ['init', '-q'], { cwd: root });
  t.strictSame(checkLines(root), ['bad.ts:2 has more than 140 characters', 'page.md:1 holds more than one sentence']);
});
