import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t from 'tap';
import { definitionFields } from '../../gen/definition/facts.ts';

const project = join(import.meta.dirname, '../..');
const pages = [
  'README.md',
  ...readdirSync(join(project, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

for (const page of pages)
  t.test(`${page}: what it links to and the programs it names exist`, async (t) => {
    const text = readFileSync(join(project, page), 'utf8');
    for (const [, target] of text.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)) {
      if (target === undefined || /^https?:/.test(target)) continue;
      t.ok(existsSync(join(project, dirname(page), target)), target);
    }
    for (const [name] of text.matchAll(/(?<![\w/])bin\/[a-z-]+/g)) t.ok(existsSync(join(project, name)), name);
    for (const [name] of text.matchAll(/\bexamples\/[a-z/-]+\.yaml/g)) t.ok(existsSync(join(project, name)), name);
    t.pass('read');
  });

t.test('docs/services.md names only fields that exist', async (t) => {
  const known = new Set(Object.values(definitionFields).map(({ name }) => name));
  const text = readFileSync(join(project, 'docs/services.md'), 'utf8');
  for (const [, block] of text.matchAll(/```yaml\n([\s\S]*?)```/g))
    for (const [, name] of (block ?? '').matchAll(/^ {2}([A-Z]\w+):/gm)) t.ok(known.has(name ?? ''), name ?? '');
});
