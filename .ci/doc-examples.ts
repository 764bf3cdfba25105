/**
 * What the pages of the client libraries show is what the tests run. A fenced block below `<!-- file: PATH -->` or
 * `<!-- file: PATH#REGION -->` equals that file, or the part of it between the comments `[REGION]` and `[/REGION]`; these comments are not
 * shown. Blocks of shell, text and package files are free, any other one needs its mark.
 * `node .ci/doc-examples.ts [--write] [ROOT]` prints each violation as FILE:LINE and a reason, or puts the blocks right, and ends with 1
 * when there is something left to do.
 */
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const pages = ['docs/clients/*.md', 'clients/*/README.md'];
/** Not run as they stand: what is typed, what is told, and how a project says that it needs a package. */
const free: ReadonlySet<string> = new Set(['sh', 'console', 'text', 'toml', 'json']);

const mark = /^<!-- file: (?<file>[^#\s]+)(?:#(?<region>[\w-]+))? -->$/;
/** A comment of its own line, in whatever language, that begins or ends a region. */
const border = /^\s*(?:\/\/|\/\*|#|--)\s*\[(\/?)([\w-]+)\]\s*(?:\*\/)?\s*$/;

/** The lines that a mark asks for, or why there are none. */
function asked(root: string, file: string, region: string | undefined): readonly string[] | string {
  if (!existsSync(join(root, file))) return `there is no ${file}`;
  const lines = readFileSync(join(root, file), 'utf8').trimEnd().split('\n');
  const inside: string[] = [];
  let state: 'before' | 'in' | 'behind' = region === undefined ? 'in' : 'before';
  for (const line of lines) {
    const [, end, name] = border.exec(line) ?? [];
    if (name !== undefined && name === region) state = end === '' ? 'in' : 'behind';
    if (name === undefined && state === 'in') inside.push(line);
  }
  if (state === 'before') return `${file} has no region [${region}]`;
  if (state === 'in' && region !== undefined) return `${file} does not end its region with [/${region}]`;
  return outdented(inside);
}

function outdented(lines: readonly string[]): readonly string[] {
  const depths = lines.filter((line) => line.trim() !== '').map((line) => line.length - line.trimStart().length);
  const depth = Math.min(...depths);
  return lines.map((line) => line.slice(depth));
}

export interface Checked {
  /** Violations as 'LINE reason'. */
  readonly violations: readonly string[];
  /** The page with its blocks put right. */
  readonly text: string;
}

export function checkPage(root: string, text: string): Checked {
  const violations: string[] = [];
  const written: string[] = [];
  const lines = text.split('\n');
  let marked: { readonly line: number; readonly file: string; readonly region: string | undefined } | null = null;
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? '';
    written.push(line);
    const { file, region } = mark.exec(line)?.groups ?? {};
    if (file !== undefined) {
      if (marked !== null) violations.push(`${marked.line} no block follows`);
      marked = { line: at + 1, file, region };
      continue;
    }
    const [, fence, language = ''] = /^(```+|~~~+)\s*(\S*)/.exec(line) ?? [];
    if (fence === undefined) {
      if (line.trim() !== '' && marked !== null) {
        violations.push(`${marked.line} no block follows`);
        marked = null;
      }
      continue;
    }
    const from = at + 1;
    const end = lines.indexOf(fence, from);
    const shown = lines.slice(from, end < 0 ? lines.length : end);
    if (end < 0) violations.push(`${from} this block does not end`);
    at = end < 0 ? lines.length : end;
    const wanted = marked === null ? null : asked(root, marked.file, marked.region);
    if (typeof wanted === 'string') violations.push(`${marked?.line} ${wanted}`);
    else if (wanted === null) {
      if (!free.has(language))
        violations.push(`${from} a block of ${language || 'no language'} without a mark <!-- file: PATH --> above it`);
    } else if (wanted.join('\n') !== shown.join('\n'))
      violations.push(
        `${from} is not what ${marked?.file}${marked?.region === undefined ? '' : `#${marked.region}`} says; --write puts it right`,
      );
    written.push(...(wanted === null || typeof wanted === 'string' ? shown : wanted), ...(end < 0 ? [] : [fence]));
    marked = null;
  }
  if (marked !== null) violations.push(`${marked.line} no block follows`);
  return { violations, text: written.join('\n') };
}

if (import.meta.main) {
  const words = process.argv.slice(2);
  const root = words.find((word) => word !== '--write') ?? join(import.meta.dirname, '..');
  const left = globSync(pages, { cwd: root }).flatMap((page) => {
    const before = readFileSync(join(root, page), 'utf8');
    const { text } = checkPage(root, before);
    if (words.includes('--write') && text !== before) writeFileSync(join(root, page), text);
    return checkPage(root, words.includes('--write') ? text : before).violations.map((violation) => `${page}:${violation}`);
  });
  for (const violation of left) console.log(violation);
  console.log(left.length === 0 ? 'examples of the pages: all are files' : `examples of the pages: ${left.length} to mend`);
  process.exitCode = left.length === 0 ? 0 : 1;
}
