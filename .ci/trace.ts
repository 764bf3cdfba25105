/**
 * Which requirements the tests prove, and what a requirement says.
 *
 *   node .ci/trace.ts [--requirements FILE] [--missing] [--prefix ST] TAP_FILE...
 *   node .ci/trace.ts [--requirements FILE] --explain ID...
 *
 * An id is proven when it stands in the title of a test that ran at least one assertion, passed, and is neither skipped nor todo. Titles
 * name ids singly (ST-014), in a row (ST-014 ST-015) or as a range (CMD-001..CMD-009). Rows of level FACT, and rows that only the Peios
 * kernel can show, are not counted. The last line sums up. Status 1: a test that names an id failed; 2: a file or id is not there.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

export interface Requirement {
  readonly id: string;
  /** Of the specification, PSD-007. */
  readonly section: string;
  readonly level: string;
  readonly area: string;
  readonly text: string;
  /** How it shows. */
  readonly observable: string;
  /** any, vm or peios: the kernel that can show it. */
  readonly where: string;
}

/** Rows of the list by id, in its order. */
export function parseRequirements(text: string): ReadonlyMap<string, Requirement> {
  const rows = new Map<string, Requirement>();
  for (const line of text.split('\n').slice(1)) {
    const [id = '', section = '', level = '', area = '', requirement = '', observable = '', where = ''] = line.trimEnd().split('\t');
    if (requirement !== '') rows.set(id, { id, section, level, area, text: requirement, observable, where });
  }
  return rows;
}

const isCounted = ({ level, where }: Requirement): boolean => level !== 'FACT' && where !== 'peios';

/** The requirement ids that a text names. */
export function idsIn(text: string): ReadonlySet<string> {
  const ids = new Set<string>();
  for (const [, prefix = '', from = '', to = from] of text.matchAll(/\b([A-Z]{2,5})-(\d{2,3})(?:\.\.(?:\1-)?(\d{2,3}))?\b/g)) {
    for (let number = Number(from); number <= Number(to); number++) ids.add(`${prefix}-${String(number).padStart(from.length, '0')}`);
  }
  return ids;
}

export interface Trace {
  readonly proven: ReadonlySet<string>;
  readonly failed: ReadonlySet<string>;
}

/** What the TAP of a run says of the ids in its titles. */
export function traceTap(text: string): Trace {
  const [proven, failed] = [new Set<string>(), new Set<string>()];
  /** Indentation of a subtest -> its plan was 1..0, so it asserted nothing. */
  const empty = new Map<number, boolean>();
  for (const line of text.split('\n')) {
    const depth = line.length - line.trimStart().length;
    const plan = /^\s*1\.\.(\d+)/.exec(line);
    if (plan !== null) {
      empty.set(depth, plan[1] === '0');
      continue;
    }
    const [point, isFailed, rest = ''] = /^\s*(not )?ok\b\s*\d*\s*(?:-\s*)?(.*)$/.exec(line) ?? [];
    if (point === undefined) continue;
    const isEmpty = empty.get(depth + 4) ?? false;
    empty.delete(depth + 4);
    if (/#\s*(?:skip|todo)\b/i.test(rest)) continue;
    for (const id of idsIn(rest.replace(/\s#\s*time=.*$/, ''))) {
      if (isFailed !== undefined) failed.add(id);
      else if (!isEmpty) proven.add(id);
    }
  }
  return { proven, failed };
}

interface PrefixRow {
  total: number;
  proven: number;
  failed: number;
  readonly missing: Requirement[];
}

function byPrefix(requirements: Iterable<Requirement>, { proven, failed }: Trace): ReadonlyMap<string, PrefixRow> {
  const rows = new Map<string, PrefixRow>();
  for (const requirement of requirements) {
    const { id } = requirement;
    if (!isCounted(requirement) && !failed.has(id)) continue;
    const prefix = id.replace(/-\d+$/, '');
    const row = rows.get(prefix) ?? { total: 0, proven: 0, failed: 0, missing: [] };
    rows.set(prefix, row);
    row.total++;
    if (failed.has(id)) row.failed++;
    else if (proven.has(id)) row.proven++;
    else row.missing.push(requirement);
  }
  return rows;
}

/** Prints a row per prefix and the sum; false when a test that names an id failed. */
function report(requirements: ReadonlyMap<string, Requirement>, tap: string, prefix: string | undefined, missing: boolean): boolean {
  const trace = traceTap(tap);
  const rows = [...byPrefix(requirements.values(), trace)].filter(([name]) => prefix === undefined || name === prefix);
  for (const [name, row] of rows) {
    const failures = row.failed > 0 ? `  ${row.failed} failed` : '';
    console.log(`${name.padEnd(6)} ${String(row.proven).padStart(4)} / ${String(row.total).padEnd(4)}${failures}`);
    if (missing) for (const { id, text } of row.missing) console.log(`       ${id}  ${text.slice(0, 120)}`);
  }
  const sum = (member: 'proven' | 'total'): number => rows.reduce((before, [, row]) => before + row[member], 0);
  const failed = [...trace.failed].filter((id) => requirements.has(id)).length;
  console.log(`requirements proven: ${sum('proven')} of ${sum('total')}, failed: ${failed}`);
  return failed === 0;
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    console.error(`trace: ${file}: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(2);
  }
}

function explain(requirements: ReadonlyMap<string, Requirement>, ids: readonly string[]): void {
  for (const id of ids) {
    const row = requirements.get(id);
    if (row === undefined) {
      console.error(`trace: there is no requirement ${id}`);
      process.exitCode = 2;
    } else {
      const where = row.where === 'any' ? '' : `, ${row.where} only`;
      console.log(`${id}  ${row.level}, PSD-007 ${row.section}, ${row.area}${where}\n  ${row.text}\n  Shows: ${row.observable}`);
    }
  }
}

if (import.meta.main) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      requirements: { type: 'string', default: join(import.meta.dirname, '../docs/requirements.tsv') },
      missing: { type: 'boolean', default: false },
      prefix: { type: 'string' },
      explain: { type: 'boolean', default: false },
    },
  });
  const requirements = parseRequirements(read(values.requirements));
  if (values.explain) explain(requirements, positionals);
  else if (!report(requirements, positionals.map(read).join('\n'), values.prefix, values.missing)) process.exitCode = 1;
}
