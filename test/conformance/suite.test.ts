/**
 * The whole suite against this implementation, in one machine: first by the suite's own driver, then through the driver of each client
 * library that is there. A case is a test, with its requirements in its title.
 */
import { execFileSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { Machine, Registry } from '../support/machine.ts';
import { bootSettled, cannotRun, project } from '../support/machine.ts';
import { usualPrefix } from './runner/names.ts';
import type { Outcome } from './runner/outcome.ts';
import { failureLines, titleOf } from './runner/report/result.ts';

const program = join(project, 'bin/peinit-conformance');
/** Of one run on a machine that is several times as busy as usual. */
const limitMs = 500_000;

interface Report {
  readonly passed: number;
  readonly skipped: number;
  readonly cases: readonly Outcome[];
}

async function report(machine: Machine, ...words: readonly string[]): Promise<Report> {
  const { stdout, stderr } = await machine.run(program, '--report', 'json', ...words);
  try {
    return JSON.parse(stdout) as Report;
  } catch {
    throw new Error(`the suite has printed no report:\n${stdout}\n${stderr}\n${machine.console()}`);
  }
}

const told = (outcome: Outcome): string => (outcome.status === 'failed' ? failureLines(outcome.failure).join('\n') : '');

/** Each client library's driver; called with `prepare` it builds what it needs and ends with 77 where its toolchain is missing. */
const drivers = globSync('clients/*/driver/start', { cwd: project }).sort();

const languageOf = (driver: string): string => driver.split('/')[1] ?? driver;
const seedOf = (prefix: string): Registry =>
  JSON.parse(execFileSync(program, ['--seed', '--prefix', prefix], { encoding: 'utf8' })) as Registry;

t.test('the conformance suite', { skip: cannotRun }, async (t) => {
  // What is built is built before there is a machine that waits.
  const missing = new Map(drivers.map((driver) => [driver, prepare(join(project, driver))]));
  // Each run has services of its own.
  const registry = Object.assign({}, ...[usualPrefix, ...drivers.map(languageOf)].map(seedOf)) as Registry;
  const machine = await bootSettled(t, { registry, authority: true, eventd: true, limitMs });
  const { cases } = await report(machine);
  const judge = async (outcome: Outcome): Promise<void> => {
    const options = outcome.status === 'skipped' ? { skip: outcome.reason } : {};
    await t.test(titleOf(outcome), options, async (t) => {
      t.equal(outcome.status, 'passed', told(outcome));
    });
  };
  for (const outcome of cases.filter(({ path }) => !path.startsWith('shutdown/'))) await judge(outcome);

  for (const driver of drivers) {
    const start = join(project, driver);
    await t.test(`the conformance suite through ${driver}`, { skip: missing.get(driver) ?? false }, async (t) => {
      const { passed, skipped, cases } = await report(machine, '--driver', start, '--prefix', languageOf(driver));
      t.comment(`${passed} passed, ${skipped} that the library does not express`);
      t.ok(passed > 0, 'it expresses some cases');
      for (const outcome of cases.filter(({ status }) => status === 'failed')) t.fail(`${outcome.path}\n${told(outcome)}`);
    });
  }

  // These end the machine, so they come last.
  const ending = await report(machine, '--with-shutdown', '--only', 'shutdown/**');
  for (const outcome of ending.cases) await judge(outcome);
});

/** Why the driver cannot be run; null: it can. */
function prepare(start: string): string | null {
  try {
    execFileSync(start, ['prepare'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
    return null;
  } catch (error) {
    const { status, stdout } = error as { readonly status?: number; readonly stdout?: string };
    if (status === 77) return stdout?.trim() ?? 'its toolchain is missing';
    throw error;
  }
}
