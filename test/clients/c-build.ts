/** The C library and its programs, built once for the tests of them: plain, and under ASan and UBSan. */
import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { project } from '../machine/sandbox/sandbox.ts';

const directory = join(project, 'clients/c');
const hasTool = (name: string): boolean => spawnSync(name, ['--version']).status === 0;

/** Why nothing can be built, or false. */
export const cannotBuild: string | false = ['gcc', 'make'].every(hasTool)
  ? false
  : 'NO C COMPILER: gcc or make is missing, so the C library is not tested';
export const cannotBuildCxx: string | false = cannotBuild || (hasTool('g++') ? false : 'NO C++ COMPILER: g++ is missing');

export const built = {
  plain: join(project, 'build/clients-c/plain'),
  sanitized: join(project, 'build/clients-c/sanitized'),
};

/** One at a time, for several test files build the same. */
export const make = (...words: readonly string[]): string =>
  execFileSync('flock', [join(project, 'build/clients-c.lock'), 'make', '-C', directory, '-j2', ...words], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });

/** All warnings are errors, in what is printed and in what is written by hand. */
export function buildAll(): void {
  make(`BUILD=${built.plain}`, 'CFLAGS=-O2', 'programs');
  make(`BUILD=${built.sanitized}`, 'SANITIZE=1', 'CFLAGS=-O1 -g', 'programs');
}
