import { execFileSync } from 'node:child_process';

/** The newest version of the C library that one of the programs asks for, as `2.34`. */
export function neededLibc(programs: readonly string[]): string {
  const listed = execFileSync('objdump', ['-T', ...programs], { encoding: 'latin1', maxBuffer: 1 << 28 });
  const minor = Math.max(...[...listed.matchAll(/\bGLIBC_2\.(\d+)/g)].map(([, digits]) => Number(digits)));
  if (!Number.isFinite(minor)) throw new Error(`objdump tells no version of the C library for ${programs.join(', ')}`);
  return `2.${minor}`;
}
