import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { checkPage } from '../../../.ci/doc-examples.ts';

const root = t.testdir({});
mkdirSync(join(root, 'clients'));
writeFileSync(
  join(root, 'clients/tool.py'),
  'import peinit\n\n# [call]\ndef call():\n    # [inner]\n    peinit.start()\n    # [/inner]\n# [/call]\n',
);
writeFileSync(join(root, 'clients/tool.c'), '/* [open] */\nint main;\n');

const block = (language: string, ...lines: readonly string[]): string => ['```'.concat(language), ...lines, '```'].join('\n');

t.test('a block equals its file or its region, which are shown without the comments that mark regions', async (t) => {
  const text = [
    '<!-- file: clients/tool.py -->',
    '',
    block('python', 'import peinit', '', 'def call():', '    peinit.start()'),
    '<!-- file: clients/tool.py#call -->',
    block('python', 'def call():', '    peinit.start()'),
    '<!-- file: clients/tool.py#inner -->',
    block('python', 'peinit.start()'),
    block('sh', 'pip install peinit'),
    block('toml', 'peinit = "0.2"'),
  ].join('\n');
  t.strictSame(checkPage(root, text), { violations: [], text });
});

t.test('what differs is named and put right', async (t) => {
  const page = (line: string) => ['# Tool', '<!-- file: clients/tool.py#inner -->', block('python', line), 'Afterwards.', ''].join('\n');
  const { violations, text } = checkPage(root, page('peinit.stop()'));
  t.strictSame(violations, ['3 is not what clients/tool.py#inner says; --write puts it right']);
  t.equal(text, page('peinit.start()'));
});

t.test('each block that is no file, and each mark without one, is named with its line', async (t) => {
  const complaints: readonly (readonly [string, readonly string[]])[] = [
    [block('rust', 'fn main() {}'), ['1 a block of rust without a mark <!-- file: PATH --> above it']],
    [block('yaml', 'a: 1'), ['1 a block of yaml without a mark <!-- file: PATH --> above it']],
    [block('', 'a'), ['1 a block of no language without a mark <!-- file: PATH --> above it']],
    [`<!-- file: clients/gone.py -->\n${block('python')}`, ['1 there is no clients/gone.py']],
    [`<!-- file: clients/tool.py#gone -->\n${block('python')}`, ['1 clients/tool.py has no region [gone]']],
    [`<!-- file: clients/tool.c#open -->\n${block('c')}`, ['1 clients/tool.c does not end its region with [/open]']],
    ['<!-- file: clients/tool.py -->\nProse.', ['1 no block follows']],
    ['<!-- file: clients/tool.py -->\n<!-- file: clients/tool.py -->', ['1 no block follows', '2 no block follows']],
    ['```sh\nls', ['1 this block does not end']],
  ];
  for (const [text, expected] of complaints) {
    const checked = checkPage(root, text);
    t.strictSame(checked, { violations: expected, text }, text);
  }
});
