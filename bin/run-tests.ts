/**
 * Runs the test files, keeps their raw TAP in build/test.tap, tells people what happened, and ends with the line
 * 'N passed, N failed, N skipped'. Files run two or three at a time, the longest first (test/longest.ts), but for those that need the
 * machine to themselves (test/machine/alone.ts).
 *
 * Each file is a program of its own that prints TAP (node FILE), so it is started directly: tap's runner gives up the files after one
 * that hangs. A file that does not end in its time gets SIGTERM, which lets its teardowns run, and later SIGKILL.
 */
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { closeSync, existsSync, globSync, mkdirSync, openSync, statSync, writeSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { atATime, longestFirst } from '../test/longest.ts';
import { runsAlone } from '../test/machine/alone.ts';
import { exceptions, kindsFor } from '../test/machine/in-containers.ts';
import { TapTally } from './tap-tally.ts';

const project = join(import.meta.dirname, '..');
const bootingLevels = ['test/machine/', 'test/vm/', 'test/clients/', 'test/conformance/'];
const boots = (file: string): boolean => bootingLevels.some((level) => file.startsWith(level));
/** Of a file; on a machine that is five times busier than the usual one it still suffices. */
const timeoutSeconds = 900;
const teardownSeconds = 20;

/** Test files for one argument: the name of a level, a file or a directory (from here or from the project). */
function select(argument: string): string[] {
  const path = [join(project, 'test', argument), resolve(argument), join(project, argument)].find(existsSync);
  if (path === undefined) {
    console.error(`run-tests: there is no ${argument}`);
    process.exit(2);
  }
  const name = relative(project, path);
  return statSync(path).isDirectory() ? globSync(`${name}/**/*.test.ts`, { cwd: project }) : [name];
}

const selectors = process.argv.slice(2);
const files = [...new Set((selectors.length === 0 ? ['test'] : selectors).flatMap(select))].sort();

mkdirSync(join(project, 'build'), { recursive: true });
const raw = openSync(join(project, 'build/test.tap'), 'w');
const failures: string[] = [];
const tally = new TapTally(({ file, ok, passed, failed, skipped, seconds, failures: inFile }) => {
  const counts = [`${passed} passed`, ...(failed > 0 ? [`${failed} failed`] : []), ...(skipped > 0 ? [`${skipped} skipped`] : [])];
  console.log(`${ok ? 'ok    ' : 'FAILED'} ${file}  ${counts.join(', ')}  ${seconds.toFixed(1)} s`);
  for (const failure of inFile) failures.push(`${file}: ${failure}`);
});
let written = 0;

/** One file's output as a subtest of the whole, with its end as its diagnostics. */
function record(file: string, lines: readonly string[], trouble: string | null, elapsedMs: number): void {
  const head = `${trouble === null ? 'ok' : 'not ok'} ${++written} - ${file} # time=${elapsedMs.toFixed(0)}ms`;
  const diagnostics = trouble === null || trouble === '' ? [] : ['  ---', `  ended: ${trouble}`, '  ...'];
  for (const line of [`# Subtest: ${file}`, ...lines.map((text) => `    ${text}`.trimEnd()), head, ...diagnostics, '']) {
    writeSync(raw, `${line}\n`);
    tally.line(line);
  }
  tally.end();
}

const running = new Set<ChildProcess>();

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal);
  } catch {
    // Nobody of the group is left.
  }
}

interface Run {
  readonly file: string;
  /** In a container of this kind; null: on a machine with cgroups, or the test boots none. */
  readonly kind: string | null;
}

interface Outcome {
  readonly lines: readonly string[];
  /** How it failed; empty: its lines say so; null: it did not. */
  readonly trouble: string | null;
  readonly ms: number;
}

async function runFile({ file, kind }: Run): Promise<Outcome> {
  const started = performance.now();
  // A process group of its own, so that what a killed file leaves behind can be ended with it.
  const child = spawn(process.execPath, ['--enable-source-maps', '--disable-warning=ExperimentalWarning', file], {
    cwd: project,
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
    // Of a single test; its own default of 30 s is short for a busy machine.
    env: { ...process.env, TAP_TIMEOUT: String(timeoutSeconds), ...(kind === null ? {} : { PEINIT_TEST_CONTAINER: kind }) },
  });
  running.add(child);
  let expired = false;
  const timer = setTimeout(() => {
    expired = true;
    child.kill('SIGTERM');
  }, timeoutSeconds * 1000);
  const lastTimer = setTimeout(() => signalGroup(child, 'SIGKILL'), (timeoutSeconds + teardownSeconds) * 1000);
  const ended = new Promise<number | string>((done) => {
    child.on('error', (error) => done(error.message));
    child.on('exit', (status, signal) => {
      // What still holds the output open would keep us from its end.
      if (expired) signalGroup(child, 'SIGKILL');
      done(status ?? signal ?? 'unknown');
    });
  });
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) if (!/^TAP version /.test(line)) lines.push(line);
  const how = await ended;
  clearTimeout(timer);
  clearTimeout(lastTimer);
  running.delete(child);
  const inner = lines.some((line) => /^not ok\b(?!.*# (?:todo|skip))/i.test(line));
  const ran = lines.some((line) => /^1\.\.(?:[1-9]|0 # (?!no tests found))/.test(line));
  let trouble: string | null = null;
  if (expired) trouble = `not within ${timeoutSeconds} s`;
  else if (how !== 0) trouble = inner && how === 1 ? '' : `with ${typeof how === 'number' ? `status ${how}` : how}`;
  else if (inner) trouble = '';
  else if (!ran) trouble = 'without having run a test';
  return { lines, trouble, ms: performance.now() - started };
}

/** Files that failed and then passed, each with its first failures. */
const unsteady: string[] = [];

const nameOf = ({ file, kind }: Run): string => (kind === null ? file : `${file} [${kind}]`);

/** Files that boot machines and failed, with what they said. */
const failedOnce: { readonly run: Run; readonly first: Outcome }[] = [];

async function runOnce(run: Run): Promise<void> {
  const outcome = await runFile(run);
  if (outcome.trouble !== null && boots(run.file)) {
    console.log(`AGAIN  ${nameOf(run)}  it failed, and is run once more by itself`);
    failedOnce.push({ run, first: outcome });
  } else record(nameOf(run), outcome.lines, outcome.trouble, outcome.ms);
}

/**
 * A file that boots machines has the clock of a real one against it: where it fails it is run once more, by itself. If it passes then it
 * counts, and is named with its first failure, loudly, because it has to be mended all the same.
 */
async function runAgain(): Promise<void> {
  for (const { run, first } of failedOnce.splice(0)) {
    const { lines, trouble, ms } = await runFile(run);
    record(nameOf(run), lines, trouble, ms);
    const told = first.lines.filter((line) => !/^ *ok /.test(line));
    if (trouble === null) unsteady.push([nameOf(run), ...told, first.trouble].join('\n'));
  }
}

async function runAll(batch: readonly Run[], jobs: number): Promise<void> {
  const waiting = [...batch];
  const worker = async (): Promise<void> => {
    for (let run = waiting.shift(); run !== undefined; run = waiting.shift()) await runOnce(run);
  };
  await Promise.all(Array.from({ length: jobs }, worker));
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    for (const child of running) signalGroup(child, 'SIGTERM');
    process.exit(130);
  });
}

const levelOf = (file: string): string => file.split('/')[1] ?? file;
const times: string[] = [];
let unbooted = 0;
for (const level of new Set(files.map(levelOf))) {
  const ofLevel = files.filter((file) => levelOf(file) === level).sort(longestFirst);
  if (ofLevel.some(boots) && process.env['PEINIT_RUNTIME_BROKEN'] === '1') {
    unbooted += ofLevel.length;
    continue;
  }
  const started = performance.now();
  const runs = ofLevel.flatMap((file): readonly Run[] => [null, ...kindsFor(file)].map((kind) => ({ file, kind })));
  await runAll(
    runs.filter(({ file }) => !runsAlone(file)),
    atATime(level),
  );
  await runAll(
    runs.filter(({ file }) => runsAlone(file)),
    1,
  );
  await runAgain();
  times.push(`${level} ${((performance.now() - started) / 1000).toFixed(0)} s`);
}
if (unbooted > 0) record('build/runtime', [], `without a runtime, so that ${unbooted} files that boot machines did not run`, 0);
writeSync(raw, `1..${written}\n`);
closeSync(raw);

if (failures.length > 0) {
  console.log('\nFailures:\n');
  for (const failure of failures) console.log(`${failure}\n`);
}
if (unsteady.length > 0) {
  console.log(`\nUNSTEADY, failed first and then passed, to be mended (${unsteady.length}):\n`);
  for (const first of unsteady) console.log(`${first.replaceAll('\n', '\n  | ')}\n`);
}
if (tally.skips.length > 0) {
  console.log(`\nSKIPPED, NOT PROVEN (${tally.skips.length}):`);
  for (const { file, title, reason } of tally.skips) console.log(`  ${file}: ${title}\n    ${reason}`);
}
const leftOut = exceptions.filter(({ file }) => files.includes(file));
if (leftOut.length > 0) {
  console.log(`\nNot run in containers, on purpose (${leftOut.length}):`);
  for (const { file, title, reason } of leftOut) console.log(`  ${file}: ${title?.source ?? 'the whole file'}\n    ${reason}`);
}
if (tally.passed + tally.failed === 0) console.log('\nno test ran');
console.log(`\n${times.join(', ')}`);
console.log(`${tally.passed} passed, ${tally.failed} failed, ${tally.skips.length} skipped`);
process.exitCode = tally.failed === 0 && tally.passed > 0 ? 0 : 1;
