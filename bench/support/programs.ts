import { execFileSync } from 'node:child_process';
import { mkdirSync, renameSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The C programs of the benchmarks, built into build/bench/ when a source is newer. */

export const project: string = join(import.meta.dirname, '../..');

const programs = {
  service: { sources: ['bench/boot/service.c'], flags: ['-static'] },
  floor: { sources: ['bench/boot/floor.c', 'src/linux/shim/child.c', 'src/linux/shim/slice.c'], flags: ['-static'] },
  stopwatch: { sources: ['bench/support/stopwatch.c'], flags: ['-static'] },
  writer: { sources: ['bench/output/writer.c'], flags: ['-static'] },
  'to-journal': { sources: ['bench/output/to-journal.c'], flags: ['-static'] },
  pairs: { sources: ['bench/output/pairs.c'], flags: ['-static'] },
  parent: { sources: ['bench/flood/parent.c'], flags: ['-static'] },
  ender: { sources: ['bench/flood/ender.c'], flags: ['-static'] },
  splitter: { sources: ['bench/output/splitter.c'], flags: ['-static'] },
  client: { sources: ['bench/control/client.c'], flags: [] },
} as const satisfies Record<string, { sources: readonly string[]; flags: readonly string[] }>;

const warnings = ['-std=gnu17', '-O2', '-Wall', '-Wextra', '-Werror', '-Wshadow', '-Wvla'];

/** Path of the built program. Throws with the compiler's words. */
export function program(name: keyof typeof programs): string {
  const { sources, flags } = programs[name];
  const target = join(project, 'build/bench', name);
  const built = statSync(target, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (sources.every((source) => statSync(join(project, source)).mtimeMs <= built)) return target;
  mkdirSync(dirname(target), { recursive: true });
  const partial = `${target}.${process.pid}`;
  execFileSync(process.env['CC'] ?? 'gcc', [...warnings, ...flags, '-o', partial, ...sources], { cwd: project, stdio: 'inherit' });
  renameSync(partial, target);
  return target;
}
