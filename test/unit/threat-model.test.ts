/** docs/threat-model.md: each guarantee names tests that exist, each gap says what Peios has, and the attacks are those that are tried. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { trespasses } from '../machine/attacks/trespasses.ts';

const project = join(import.meta.dirname, '../..');
const page = readFileSync(join(project, 'docs/threat-model.md'), 'utf8');
const tests = readdirSync(join(project, 'test'), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith('.test.ts') && entry.name !== 'threat-model.test.ts')
  .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));

/** The cells of the table below a heading, without its head. */
function rowsUnder(heading: string): readonly (readonly string[])[] {
  const [, after = ''] = page.split(`\n## ${heading}\n`);
  const [section = ''] = after.split('\n## ');
  return [...section.matchAll(/^\| (.*) \|$/gm)].slice(2).map(([, row = '']) => row.split(' | '));
}

t.test('each guarantee names its modes and tests that exist', async (t) => {
  const rows = rowsUnder('What holds');
  t.ok(rows.length > 15, `${rows.length} guarantees`);
  for (const [guarantee = '', modes, shown = '', ...more] of rows) {
    const titles = [...shown.matchAll(/\*([^*]+)\*/g)].map(([, title = '']) => title);
    t.strictSame([more, modes === undefined || modes === ''], [[], false], guarantee);
    t.ok(titles.length > 0, `${guarantee} is shown by something`);
    for (const title of titles)
      t.ok(
        tests.some((text) => text.includes(title)),
        title,
      );
  }
});

t.test('each gap says what Peios has instead', async (t) => {
  const rows = rowsUnder('What does not hold');
  t.ok(rows.length > 8, `${rows.length} gaps`);
  for (const row of rows) t.equal(row.length, 2, row.join());
});

t.test('the attacks and what becomes of them are those that are tried', async (t) => {
  t.strictSame(
    rowsUnder('Attacks'),
    trespasses.map(({ what, by, outcome }) => [what, by, outcome]),
  );
});
