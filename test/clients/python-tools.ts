/** Python, and the tools that its library is checked and packed with, at pinned versions in an environment of their own. */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { project } from '../machine/sandbox/sandbox.ts';

export const directory = join(project, 'clients/python');
const cache = join(project, '.cache/clients-python');
const tools = join(cache, 'tools');

/** Neither bytecode nor caches beside the sources. */
const environment = { ...process.env, PYTHONDONTWRITEBYTECODE: '1', RUFF_NO_CACHE: 'true', MYPY_CACHE_DIR: join(cache, 'mypy') };

export interface Ran {
  readonly status: number | null;
  readonly output: string;
}

/** Runs a program of the tools, or python itself, in the folder of the library. */
export function run(name: string, ...words: readonly string[]): Ran {
  const { status, stdout, stderr } = spawnSync(join(tools, 'bin', name), words, { cwd: directory, env: environment, encoding: 'utf8' });
  return { status, output: `${stdout}${stderr}` };
}

/** Makes the environment once for each list of tools; complete or not at all. */
function prepare(): string | false {
  const wanted = readFileSync(join(directory, 'tools.txt'), 'utf8');
  const mark = join(tools, 'made-from.txt');
  if (existsSync(mark) && readFileSync(mark, 'utf8') === wanted && run('python', '--version').status === 0) return false;
  const has310 = spawnSync('python3', ['-c', 'import sys, venv; sys.exit(sys.version_info < (3, 10))']);
  if (has310.status !== 0) return 'NO PYTHON: there is no python3 of 3.10 or later with venv, so the Python library is not tested';
  rmSync(tools, { recursive: true, force: true });
  mkdirSync(cache, { recursive: true });
  try {
    execFileSync('python3', ['-m', 'venv', tools], { stdio: 'pipe' });
    execFileSync(join(tools, 'bin/pip'), ['install', '-q', '-r', join(directory, 'tools.txt')], { stdio: 'pipe' });
  } catch (error) {
    return `NO PYTHON TOOLS: the Python library is not tested, because its tools cannot be installed: ${String(error)}`;
  }
  writeFileSync(`${mark}.new`, wanted);
  renameSync(`${mark}.new`, mark);
  return false;
}

/** Why nothing can be tested, or false. */
export const cannotTest: string | false = prepare();

/** The pip of the tools, which installs into other environments. */
export const pip: string = join(tools, 'bin/pip');

/** Packs the library without anything from outside; gives the path of the wheel, which is seen inside of machines too. */
export function packed(): string {
  const into = join(project, 'build/clients-python');
  const source = join(into, 'source');
  rmSync(into, { recursive: true, force: true });
  cpSync(directory, source, { recursive: true, filter: (path) => !/\/(?:build|__pycache__|\.\w+_cache|\w+\.egg-info)$/.test(path) });
  const words = ['wheel', '-q', '--no-deps', '--no-index', '--no-build-isolation', '-w', into, source];
  execFileSync(pip, words, { env: environment, stdio: ['ignore', 'ignore', 'pipe'] });
  const { version } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8')) as { readonly version: string };
  return join(into, `peinit-${version}-py3-none-any.whl`);
}
