/** The throughput program of each client library, built as its ecosystem builds what is used in earnest. */
import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { project } from '../support/programs.ts';

export interface ClientProgram {
  readonly language: string;
  readonly command: readonly string[];
}

export interface MissingProgram {
  readonly language: string;
  /** Which toolchain is not there. */
  readonly missing: string;
}

const into = join(project, 'build/bench/clients');
const home = (language: string): string => join(project, 'clients', language);

function build(program: string, words: readonly string[], cwd: string = project): void {
  execFileSync(program, words, { cwd, env: { ...process.env, GOTOOLCHAIN: 'local' }, stdio: ['ignore', 'ignore', 'inherit'] });
}

/** Each builds its program and tells its command. The first of its tools tells whether its toolchain is there. */
const languages: readonly {
  readonly language: string;
  readonly tools: readonly (readonly string[])[];
  prepare(): readonly string[];
}[] = [
  {
    language: 'TypeScript',
    tools: [],
    prepare() {
      const bundle = join(into, 'throughput.mjs');
      const source = join(home('typescript'), 'bench/status.ts');
      build('esbuild', ['--log-level=warning', '--bundle', '--platform=node', '--format=esm', `--outfile=${bundle}`, source]);
      return [process.execPath, bundle];
    },
  },
  {
    language: 'Python',
    tools: [['python3', '-c', 'import sys; sys.exit(sys.version_info < (3, 10))']],
    prepare: () => ['python3', '-B', join(home('python'), 'bench/throughput.py')],
  },
  {
    language: 'Go',
    tools: [['go', 'version']],
    prepare() {
      const program = join(into, 'throughput-go');
      build('go', ['build', '-o', program, './bench'], home('go'));
      return [program];
    },
  },
  {
    language: 'Rust',
    tools: [[join(project, 'bin/cargo'), '--version']],
    prepare() {
      build(join(project, 'bin/cargo'), ['build', '--quiet', '--locked', '--release', '--example', 'throughput']);
      return [join(project, 'build/rust/release/examples/throughput')];
    },
  },
  {
    language: 'C',
    tools: [
      ['gcc', '--version'],
      ['make', '--version'],
    ],
    prepare() {
      const program = join(into, 'c/peinit-c-bench');
      build('make', ['-s', '-C', home('c'), '-j2', `BUILD=${join(into, 'c')}`, 'CFLAGS=-O2', program]);
      return [program];
    },
  },
];

/** All that this host can build; what it cannot is told loudly, and left out. */
export function clientPrograms(): readonly (ClientProgram | MissingProgram)[] {
  return languages.map(({ language, tools, prepare }) => {
    const lacking = tools.find(([program = '', ...words]) => spawnSync(program, words).status !== 0);
    if (lacking === undefined) return { language, command: prepare() };
    const missing = `${lacking[0]} is missing or too old`;
    process.stderr.write(`run-benchmarks: SKIPPED: the ${language} client, because ${missing}\n`);
    return { language, missing };
  });
}
