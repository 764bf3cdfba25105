/** The conformance suite as a program; `peinit-conformance --help` tells how. */
import { mkdirSync, readFileSync } from 'node:fs';
import { printJson } from '../json.ts';
import type { CommandLine } from './command-line.ts';
import { help, readCommandLine, UsageError } from './command-line.ts';
import { createDriverPool } from './drivers.ts';
import type { KnownFailure } from './known.ts';
import { parseKnown, stale, withKnown } from './known.ts';
import type { LoadedCase, Suite } from './load.ts';
import { loadSuite } from './load.ts';
import { runDirectory } from './names.ts';
import { printHtml } from './report/html.ts';
import { printReport } from './report/json.ts';
import { printTap } from './report/tap.ts';
import { chosen, runAll } from './schedule.ts';
import { seedOf } from './seed.ts';
import { FileError } from './strict.ts';

const out = (text: string): void => {
  process.stdout.write(text);
};

async function run(line: CommandLine, suite: Suite, cases: readonly LoadedCase[]): Promise<number> {
  const known: readonly KnownFailure[] =
    line.knownFailing === null ? [] : parseKnown(line.knownFailing, readFileSync(line.knownFailing, 'utf8'));
  mkdirSync(runDirectory, { recursive: true });
  const pool = createDriverPool(line.driver);
  const started = performance.now();
  const raw = await runAll(
    cases,
    { prefix: line.prefix, sockets: line.sockets, driver: line.driver, pool, shapes: suite.shapes },
    line,
    ({ path, status }) => {
      if (status === 'failed') process.stderr.write(`failed: ${path}\n`);
    },
  );
  pool.close();
  const outcomes = withKnown(raw, known);
  const paths = suite.cases.map(({ path }) => path);
  const result = { outcomes, stale: stale(known, outcomes, paths), seconds: (performance.now() - started) / 1000, driver: line.driver };
  out({ tap: printTap, json: printReport, html: printHtml }[line.report](result));
  return result.stale.length > 0 || outcomes.some(({ status }) => status === 'failed') ? 1 : 0;
}

async function main(): Promise<number> {
  const line = readCommandLine(process.argv.slice(2));
  if (line.mode === 'help') {
    out(help);
    return 0;
  }
  const suite = loadSuite();
  const cases = chosen(suite.cases, line.only);
  if (cases.length === 0) throw new UsageError(`no case matches ${line.only.join(', ')}; --list shows all`);
  if (line.mode === 'seed') {
    out(`${printJson(seedOf(cases, line.prefix), 2)}\n`);
    return 0;
  }
  if (line.mode === 'run') return run(line, suite, cases);
  for (const { path, case: one, needs } of cases) out(`${path}  ${one.proves.join(' ') || '-'}  ${[...needs].sort().join(' ') || '-'}\n`);
  return 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof UsageError || error instanceof FileError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
