/** What a benchmark found: rows with median and spread, as a table for people or as JSON. */

export type Unit = 'ms' | 'us' | '1/s' | 'times' | 'switches' | 'MB' | 'MB/s' | 's/GB' | 'lines';

/** What is asked of a median. */
export type Target = { readonly under: number } | { readonly over: number };

export interface Row {
  readonly what: string;
  readonly unit: Unit;
  /** One for each run, in the unit. */
  readonly samples: readonly number[];
  readonly target?: Target;
}

export interface Section {
  readonly title: string;
  readonly rows: readonly Row[];
  readonly notes: readonly string[];
}

export interface Summary {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export function percentile(sorted: readonly number[], part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

export function summarise(samples: readonly number[]): Summary {
  const sorted = samples.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = percentile(sorted, 0.5);
  const median = Number.isInteger(middle) ? ((sorted[middle - 1] ?? upper) + upper) / 2 : upper;
  return { median, min: sorted[0] ?? Number.NaN, max: sorted.at(-1) ?? Number.NaN };
}

export function isMet(median: number, target: Target): boolean {
  return 'under' in target ? median < target.under : median > target.over;
}

function format(value: number, unit: Unit): string {
  switch (unit) {
    case '1/s':
      return Math.round(value).toLocaleString('en').replaceAll(',', ' ');
    case 'times':
    case 's/GB':
      return value.toFixed(2);
    case 'switches':
    case 'lines':
      return String(value);
    case 'ms':
    case 'us':
    case 'MB':
    case 'MB/s':
      return value.toFixed(1);
    default: {
      const never: never = unit;
      return never;
    }
  }
}

function targetText({ unit, target }: Row, median: number): string {
  if (target === undefined) return '';
  const words = 'under' in target ? `< ${format(target.under, unit)}` : `> ${format(target.over, unit)}`;
  return `${words} ${isMet(median, target) ? 'met' : 'MISSED'}`;
}

export function formatSection({ title, rows, notes }: Section): string {
  const cells = rows.map((row) => {
    const { median, min, max } = summarise(row.samples);
    const spread = row.samples.length > 1 ? `${format(min, row.unit)} - ${format(max, row.unit)}` : '';
    return [row.what, row.unit, format(median, row.unit), spread, targetText(row, median)];
  });
  const lines = [['', 'unit', 'median', 'min - max', 'target'], ...cells];
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...lines.map((line) => (line[column] ?? '').length)));
  const table = lines.map((line) => {
    const padded = line.map((cell, column) => (column === 2 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)));
    return `  ${padded.join('  ')}`.trimEnd();
  });
  return [title, ...table, ...notes.map((note) => `  ${note}`), ''].join('\n');
}

export interface SectionJson {
  readonly title: string;
  readonly notes: readonly string[];
  readonly rows: readonly (Row & Summary & { readonly met: boolean | null })[];
}

export function toJson(section: Section): SectionJson {
  const rows = section.rows.map((row) => {
    const summary = summarise(row.samples);
    return { ...row, ...summary, met: row.target === undefined ? null : isMet(summary.median, row.target) };
  });
  return { title: section.title, notes: section.notes, rows };
}
