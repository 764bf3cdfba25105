import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { withoutColours } from './colours.ts';
import { Machines } from './machines.ts';
import type { Marked } from './marked.ts';
import { blockOf, columnsOf, isAlike, markedIn, shapeOf } from './marked.ts';
import { drawnIn, pictureOf } from './picture.ts';

const project = join(import.meta.dirname, '../..');
const words = process.argv.slice(2);
const checks = words.includes('--check');
const renewsAll = words.includes('--all');
const named = words.filter((word) => !word.startsWith('--')).map((word) => relative(project, resolve(word)));
process.chdir(project);

const pages = ['README.md', ...readdirSync('docs').map((name) => join('docs', name))].filter((name) => name.endsWith('.md'));
let outdated = 0;

/** Whether it is to be written; says so. */
function isOutdated(page: string, { line, picture }: Marked, was: string, is: string): boolean {
  if (was === is || (!renewsAll && isAlike(was, is))) return false;
  outdated += 1;
  console.log(`${page}:${line}: ${picture ?? 'the block below it'} ${checks ? 'is not what comes of it now' : 'is new'}`);
  if (checks) console.log(difference(was, is));
  return true;
}

/** Lines that only one of them has. */
function difference(was: string, is: string): string {
  const lacking = (text: string, other: string): readonly string[] => {
    const shapes = new Set(other.split('\n').map(shapeOf));
    return text.split('\n').filter((line) => !shapes.has(shapeOf(line)));
  };
  return [...lacking(was, is).map((line) => `  - ${line}`), ...lacking(is, was).map((line) => `  + ${line}`)].join('\n');
}

async function capture(page: string): Promise<void> {
  const text = readFileSync(page, 'utf8');
  const marked = markedIn(page, text);
  const machines = new Machines();
  let [written, from] = ['', 0];
  try {
    for (const one of marked) {
      const runs = await machines.ran(one).catch((error: unknown) => {
        throw new Error(`${page}:${one.line}: ${error instanceof Error ? error.message : String(error)}`);
      });
      if (one.picture === null) {
        const block = blockOf(
          one,
          runs.map(({ command, output }) => ({ command, output: withoutColours(output) })),
        );
        written += text.slice(from, one.at) + (isOutdated(page, one, one.shown, block) ? block : one.shown);
        from = one.at + one.shown.length;
        continue;
      }
      const picture = drawnIn(runs) ?? pictureOf(one.title, runs, columnsOf(one));
      const before = existsSync(one.picture) ? readFileSync(one.picture, 'utf8') : '';
      if (isOutdated(page, one, before, picture) && !checks) writeFileSync(one.picture, picture);
    }
  } finally {
    await machines.close();
  }
  if (!checks && from > 0) writeFileSync(page, written + text.slice(from));
}

for (const page of pages) if (named.length === 0 || named.includes(page)) await capture(page);
process.exitCode = checks && outdated > 0 ? 1 : 0;
