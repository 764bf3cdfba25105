/**
 * `npm run powercut -- [COUNT] [--seed NUMBER]`: one machine after the other on one disk, and the power is cut at a random moment of each
 * while it boots and writes. What the next boot finds of the boot attempt counter, the registry and the records of timers is what was
 * written, or what was there before. Ends with 1 when it is not, or when a machine does not boot.
 *
 * What QEMU has taken from the machine is on the disk, as with a disk without a cache of its own.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { CutBoot } from './boot.ts';
import { bootAndCut } from './boot.ts';
import { registry } from './inside.ts';
import type { Moment } from './moments.ts';
import { momentsOf } from './moments.ts';
import { createRecords } from './records.ts';

const defaultCount = 50;
const project = join(import.meta.dirname, '../../..');
/** A machine without services of the platform: the fewer start, the more is written. */
const bare = join(project, 'test/support/bare.yaml');

export type Told = (boot: CutBoot, moment: Moment | null, number: number, image: string) => void;

/** Cuts the power COUNT times and boots once more, in order. Stops at the first boot with a problem. */
export async function cutPower(count: number, seed: number, told: Told): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'peinit-powercut-'));
  const image = join(directory, 'disk.img');
  const seedFile = join(directory, 'seed.json');
  writeFileSync(seedFile, JSON.stringify(registry));
  const records = createRecords();
  try {
    let words = ['--no-base', '--registry', bare, '--registry', seedFile, '--keep', image];
    for (const [index, moment] of [...momentsOf(seed, count), null].entries()) {
      const boot = await bootAndCut(words, directory, records, moment);
      told(boot, moment, index + 1, image);
      if (boot.problems.length > 0) return;
      words = ['--keep', image];
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const columns = [5, 32, 9, 14, 26] as const;
const row = (cells: readonly string[]): string =>
  cells
    .map((cell, index) => cell.padEnd(columns[index] ?? 0))
    .join(' ')
    .trimEnd();

function cellsOf({ found, acknowledged, problems }: CutBoot, moment: Moment | null, number: number): readonly string[] {
  const data = (answer: unknown): string => `${(answer as { data?: unknown }).data ?? 'none'}`;
  const lastRun = found === null ? '' : data(found.lastRun);
  return [
    `${number}`,
    moment === null ? 'not cut' : `${moment.name} + ${moment.delayMs} ms`,
    found === null ? '-' : (found.counter?.trim() ?? 'none'),
    found === null ? '-' : data(found.first),
    found === null ? '-' : /^\d+$/.test(lastRun) ? new Date(Number(BigInt(lastRun) / 1_000_000n)).toISOString() : lastRun,
    acknowledged === 0 ? '-' : `${acknowledged}`,
    problems.length === 0 ? '' : 'WRONG',
  ];
}

async function main(words: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...words], options: { seed: { type: 'string' } }, allowPositionals: true });
  const count = Number(positionals[0] ?? defaultCount);
  const seed = Number(values.seed ?? Date.now() % 2 ** 31);
  if (positionals.length > 1 || !Number.isInteger(count) || count < 1 || !Number.isInteger(seed)) {
    process.stderr.write('usage: npm run powercut -- [COUNT] [--seed NUMBER]\n');
    return 2;
  }
  console.log(`power is cut in ${count} boots, seed ${seed}; npm run powercut -- ${count} --seed ${seed} does it at the same moments\n`);
  console.log(row(['boot', 'cut after', 'counter', 'pair', 'last run of the timer', 'acknowledged until the cut']));
  let [boots, wrong] = [0, false];
  await cutPower(count, seed, (boot, moment, number) => {
    boots++;
    console.log(row(cellsOf(boot, moment, number)));
    if (boot.problems.length === 0) return;
    wrong = true;
    console.log(`\n${boot.problems.map((problem) => `boot ${number}: ${problem}`).join('\n')}\nits console:\n${boot.console}`);
  });
  if (!wrong) console.log(`\n${boots} boots: each record was what it was or what it was to be, and every machine came up`);
  return wrong ? 1 : 0;
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));
