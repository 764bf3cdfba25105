/**
 * Runs inside of a machine that was booted with what `--seed` prints: for each flag the cases that are about its rule, against a server
 * that breaks it. Prints one line of JSON a flag: which case has noticed it. The flag `honest` comes first and breaks nothing.
 *
 *   run.ts [--seed | --all] [--tell] [FLAG]...
 *
 * `--all` runs all cases of a flag and names each that notices; without it the first one is enough. How a case failed is told on standard
 * error: always where nothing is broken, with `--tell` of every flag.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { printJson } from '../json.ts';
import { createDriverPool } from '../runner/drivers.ts';
import { matches } from '../runner/known.ts';
import type { LoadedCase } from '../runner/load.ts';
import { loadSuite } from '../runner/load.ts';
import { runDirectory, usualPrefix } from '../runner/names.ts';
import { failureLines } from '../runner/report/result.ts';
import type { Setting } from '../runner/run-case.ts';
import { runCase } from '../runner/run-case.ts';
import { seedOf } from '../runner/seed.ts';
import type { Flag } from './flag.ts';
import { flags } from './flags.ts';
import { misbehave } from './server.ts';

export interface Noticed {
  readonly flag: string;
  readonly rule: string;
  /** Cases that failed. */
  readonly by: readonly string[];
  /** Cases that ran. */
  readonly ran: number;
  readonly seconds: number;
}

const sockets = {
  control: '/run/peinit/control.sock',
  jobs: '/run/peinit/jfs.sock',
  registry: '/run/registry/registry.sock',
  query: '/run/eventd/query.sock',
} as const;
const parallel = 4;
/** What a flag makes never come is not waited for as long as what is only late. */
const patience = 0.3;

const words = process.argv.slice(2);
const all = words.includes('--all');
const named = words.filter((word) => !word.startsWith('--'));
const suite = loadSuite();
const pool = createDriverPool(null);

/** The cases of a flag, each with services of its own: none can be run twice. */
const casesOf = (flag: Flag): readonly LoadedCase[] =>
  suite.cases
    .filter(({ needs, path }) => !needs.has('shutdown') && flag.cases.some((pattern) => matches(pattern, path)))
    .map((one) => ({ ...one, path: `${flag.name}/${one.path}` }));

/** What the cases of a flag have come to so far. */
class Judgement {
  readonly flag: Flag;
  readonly #by: string[] = [];
  readonly #cases: readonly LoadedCase[];
  #ran = 0;
  #ms = 0;

  constructor(flag: Flag) {
    this.flag = flag;
    this.#cases = casesOf(flag);
  }

  /** Runs those of its cases that are, or are not, to have the machine alone; without `--all` only until one has noticed. */
  async run(alone: boolean): Promise<void> {
    const { flag } = this;
    const left = this.#cases.filter(({ case: one }) => (one.alone === true) === alone);
    const isOver = (): boolean => left.length === 0 || (!all && this.#by.length > 0);
    if (isOver()) return;
    const path = join(runDirectory, `misbehaving-${flag.name}`);
    const server = await misbehave(flag, path, sockets[flag.socket]);
    const setting: Setting = {
      prefix: usualPrefix,
      sockets: { ...sockets, [flag.socket]: path },
      driver: null,
      pool,
      shapes: suite.shapes,
      patience: isHonest(flag) ? 1 : patience,
    };
    const told = words.includes('--tell') || isHonest(flag);
    const started = performance.now();
    const work = async (): Promise<void> => {
      while (!isOver()) {
        const next = left.shift();
        if (next === undefined) return;
        this.#ran++;
        const outcome = await runCase(next, setting);
        if (outcome.status !== 'failed') continue;
        this.#by.push(next.path.slice(flag.name.length + 1));
        if (told) process.stderr.write(`${next.path}\n${failureLines(outcome.failure).join('\n')}\n`);
      }
    };
    await Promise.all(Array.from({ length: alone ? 1 : parallel }, work));
    server.close();
    rmSync(path, { force: true });
    this.#ms += performance.now() - started;
  }

  get noticed(): Noticed {
    const { name, rule } = this.flag;
    return { flag: name, rule, by: this.#by, ran: this.#ran, seconds: Math.round(this.#ms / 100) / 10 };
  }
}

const isHonest = ({ name }: Flag): boolean => name.startsWith('honest-');

const tell = ({ noticed }: Judgement): void => void process.stdout.write(`${JSON.stringify(noticed)}\n`);

/** Passes everything on: what fails behind it fails because of the proxy. */
const honest: readonly Flag[] = (['control', 'jobs', 'registry', 'query'] as const).map((socket) => ({
  name: `honest-${socket}`,
  rule: 'nothing is broken',
  cases: [...new Set(flags.filter((flag) => flag.socket === socket).flatMap((flag) => flag.cases))],
  socket,
}));

const chosen = [...honest, ...flags].filter(({ name }) => named.length === 0 || named.includes(name));
if (words.includes('--seed')) process.stdout.write(`${printJson(seedOf(chosen.flatMap(casesOf)), 2)}\n`);
else {
  mkdirSync(runDirectory, { recursive: true });
  const judgements = chosen.map((flag) => new Judgement(flag));
  // The honest ones by themselves: they have most cases, and nothing may disturb them.
  for (const judgement of judgements.filter(({ flag }) => isHonest(flag))) {
    await judgement.run(false);
    await judgement.run(true);
    tell(judgement);
  }
  const flawed = judgements.filter(({ flag }) => !isHonest(flag));
  const left = [...flawed];
  const work = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) await next.run(false);
  };
  await Promise.all(Array.from({ length: parallel }, work));
  for (const judgement of flawed) {
    await judgement.run(true);
    tell(judgement);
  }
  pool.close();
  process.exit();
}
