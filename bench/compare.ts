/**
 * Two trees of the project against each other: `node bench/compare.ts OTHER_TREE [BENCHMARK]... [--rounds N]`. Each round runs the
 * benchmarks once in either tree, one after the other, the first one changing from round to round; what counts is the median of the ratios
 * of the rounds, this tree to the other. Both trees must be set up (bin/setup).
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { formatMachine, machineFacts } from './support/machine.ts';
import { project } from './support/programs.ts';
import type { SectionJson } from './support/report.ts';
import { summarise } from './support/report.ts';

const usage = 'usage: node bench/compare.ts OTHER_TREE [boot|identities|spawn|demo|control|idle|policy|security|stop]... [--rounds N]';
const { values, positionals } = parseArgs({ allowPositionals: true, options: { rounds: { type: 'string', default: '10' } } });
const [other, ...benchmarks] = positionals;
const rounds = Number(values.rounds);
if (other === undefined || !Number.isInteger(rounds) || rounds < 1) {
  console.error(usage);
  process.exit(2);
}

/** Medians of one run by the name of their row. */
function measure(tree: string, directory: string): ReadonlyMap<string, number> {
  const file = join(directory, 'result.json');
  execFileSync(join(tree, 'bin/run-benchmarks'), [...benchmarks, '--runs', '1', '--json', file], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const { sections } = JSON.parse(readFileSync(file, 'utf8')) as { readonly sections: readonly SectionJson[] };
  return new Map(
    sections.flatMap(({ title, rows }) => rows.map(({ what, median }) => [`${title.replace(/, \d+ runs$/, '')}: ${what}`, median])),
  );
}

const ratios = new Map<string, number[]>();
const directory = mkdtempSync(join(tmpdir(), 'peinit-compare-'));
try {
  for (let round = 0; round < rounds; round++) {
    const trees = [project, resolve(other)];
    if (round % 2 === 1) trees.reverse();
    const measured = new Map(trees.map((tree) => [tree, measure(tree, directory)]));
    for (const [row, theirs] of measured.get(resolve(other)) ?? []) {
      const ours = measured.get(project)?.get(row);
      if (ours !== undefined && theirs > 0) ratios.set(row, [...(ratios.get(row) ?? []), ours / theirs]);
    }
    console.error(`round ${round + 1} of ${rounds}`);
  }
} finally {
  rmSync(directory, { recursive: true, force: true });
}
console.log(`${formatMachine(machineFacts())}\n\nthis tree / the other one, ${rounds} rounds: median (min - max)`);
for (const [row, samples] of ratios) {
  const { median, min, max } = summarise(samples);
  console.log(`  ${median.toFixed(2)} (${min.toFixed(2)} - ${max.toFixed(2)})  ${row}`);
}
