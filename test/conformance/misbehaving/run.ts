/**
 * Runs inside of a machine that was booted with what `--seed` prints: for each flag the cases that are about its rule, against a server
 * that breaks it. Prints one line of JSON a flag: which case has noticed it. The flag `honest` comes first and breaks nothing.
 *
 *   run.ts [--seed | --all] [FLAG]...
 *
 * `--all` runs all cases of a flag and names each that notices; without it the first one is enough.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { printJson } from '../json.ts';
import { createDriverPool } from '../runner/drivers.ts';
import { matches } from '../runner/known.ts';
import type { LoadedCase } from '../runner/load.ts';
import { loadSuite } from '../runner/load.ts';
import { runDirectory, usualPrefix } from '../runner/names.ts';
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

async function judge(flag: Flag): Promise<Noticed> {
  const path = join(runDirectory, `misbehaving-${flag.name}`);
  const server = await misbehave(flag, path, sockets[flag.socket]);
  const setting: Setting = { prefix: usualPrefix, sockets: { ...sockets, [flag.socket]: path }, driver: null, pool, shapes: suite.shapes };
  const own = casesOf(flag);
  const started = performance.now();
  const by: string[] = [];
  let ran = 0;
  const run = async (cases: readonly LoadedCase[], workers: number): Promise<void> => {
    const left = [...cases];
    const work = async (): Promise<void> => {
      for (let next = left.shift(); next !== undefined && (all || by.length === 0); next = left.shift()) {
        ran++;
        const { status } = await runCase(next, setting);
        if (status === 'failed') by.push(next.path.slice(flag.name.length + 1));
      }
    };
    await Promise.all(Array.from({ length: workers }, work));
  };
  await run(
    own.filter(({ case: one }) => one.alone !== true),
    parallel,
  );
  await run(
    own.filter(({ case: one }) => one.alone === true),
    1,
  );
  server.close();
  rmSync(path, { force: true });
  return { flag: flag.name, rule: flag.rule, by, ran, seconds: Math.round((performance.now() - started) / 100) / 10 };
}

const tell = (noticed: Noticed | undefined): void => {
  if (noticed !== undefined) process.stdout.write(`${JSON.stringify(noticed)}\n`);
};

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
  // The honest ones by themselves: they have most cases, and nothing may disturb them.
  for (const flag of chosen.filter(({ name }) => name.startsWith('honest-'))) tell(await judge(flag));
  const left = chosen.filter(({ name }) => !name.startsWith('honest-'));
  const noticed = new Map<Flag, Noticed>();
  const order = [...left];
  const work = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) noticed.set(next, await judge(next));
  };
  await Promise.all(Array.from({ length: parallel }, work));
  for (const flag of order) tell(noticed.get(flag));
  pool.close();
  process.exit();
}
