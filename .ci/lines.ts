/**
 * Lines that people read: no line of code over 140 characters, comments included (the formatter leaves those alone), and in prose one
 * sentence per line, so that a change shows the sentence it changes. `node .ci/lines.ts` prints each violation as FILE:LINE and a reason.
 *
 * Tables, code blocks, links, comments and quoted output stay as they are. Generated files and lists are no prose.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isGenerated } from './generated.ts';

const width = 140;
/** Printed by the generator, or a fixture whose markers stand on the line that they are about. */
const isExempt = (file: string): boolean => isGenerated(file) || file.includes('/generator/fixtures/');
const isCode = (file: string): boolean => /\.(?:ts|mjs|c|h|sh|proto|ya?ml)$/.test(file) || /^(?:bin|\.ci)\//.test(file);

function codeLines(text: string): string[] {
  return text.split('\n').flatMap((line, index) => ([...line].length > width ? [`${index + 1} has more than ${width} characters`] : []));
}

/** Words after which a dot ends no sentence. */
const abbreviations = /(?:\b(?:e\.g|i\.e|etc|vs|cf|no)|\b[A-Z])\.$/;

/** Whether a sentence ends inside the line and another one begins. */
function holdsTwoSentences(line: string): boolean {
  const plain = line
    .replace(/^\s*\d+\.\s/, '')
    .replace(/`[^`]*`/g, (code) => 'x'.repeat(code.length))
    .replace(/\]\([^)]*\)/g, ']');
  for (const found of plain.matchAll(/[.!?]["')*_\]]*\s+(?=["'(*_[]*[A-Zx])/g)) {
    if (!abbreviations.test(plain.slice(0, found.index + 1))) return true;
  }
  return false;
}

/** Text that goes on in the line after it: neither a heading, a table, a list's next item nor the end of a paragraph. */
const isBlank = (line: string | undefined): boolean => line === undefined || line.trim() === '';
const isMarkup = (line: string): boolean => /^\s*(?:#|\||!\[|<|---|\[[^\]]+\]:)/.test(line);
const beginsItem = (line: string): boolean => /^\s*(?:[-*]|\d+\.)\s/.test(line);
const endsSentence = (line: string): boolean => /[.!?:;]["')*_\]`]*$/.test(line.replace(/\]\([^)]*\)/g, ']').trimEnd());

/** Violations of a page as 'LINE reason'. */
export function proseLines(text: string): string[] {
  const lines = text.split('\n');
  let fenced = false;
  let isComment = false;
  return lines.flatMap((line, index) => {
    if (/^\s*(?:```|~~~)/.test(line)) {
      fenced = !fenced;
      return [];
    }
    if (isComment || line.startsWith('<!--')) {
      isComment = !line.endsWith('-->');
      return [];
    }
    if (fenced || isBlank(line) || isMarkup(line) || /^ {4,}/.test(line)) return [];
    if (holdsTwoSentences(line)) return [`${index + 1} holds more than one sentence`];
    const next = lines[index + 1];
    const goesOn = next !== undefined && !isBlank(next) && !isMarkup(next) && !beginsItem(next) && !/^\s*```/.test(next);
    return goesOn && !endsSentence(line) ? [`${index + 1} breaks off in the midst of a sentence`] : [];
  });
}

/** Each violation as 'FILE:LINE reason'. */
export function checkLines(root: string): string[] {
  const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { cwd: root, encoding: 'utf8' }).split(
    '\n',
  );
  return files
    .filter((file) => file !== '' && !isExempt(file))
    .flatMap((file) => {
      if (!isCode(file) && !file.endsWith('.md')) return [];
      const text = readFileSync(join(root, file), 'utf8');
      const violations = file.endsWith('.md') ? proseLines(text) : codeLines(text);
      return violations.map((violation) => `${file}:${violation}`);
    });
}

if (import.meta.main) {
  const violations = checkLines(process.argv[2] ?? join(import.meta.dirname, '..'));
  for (const violation of violations) console.log(violation);
  console.log(violations.length === 0 ? 'lines: all well' : `lines: ${violations.length} to mend`);
  process.exitCode = violations.length === 0 ? 0 : 1;
}
