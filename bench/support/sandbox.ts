import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { untilCalm } from './calm.ts';
import { program, project } from './programs.ts';

/** Runs of bin/peinit-sandbox's launcher, with the instant before its exec. */

export interface SandboxRun {
  /** Options of the launcher. */
  readonly options: readonly string[];
  /** COMMAND inside; null: the machine runs until its PID 1 ends. */
  readonly command: readonly string[] | null;
  /** The machine begins with what every machine begins with, the authority among it; else it has registryd alone. */
  readonly authority?: boolean;
  /** When it is killed; after three minutes if left out. */
  readonly timeoutMs?: number;
}

export interface SandboxResult {
  /** CLOCK_REALTIME in nanoseconds, just before the launcher's exec. */
  readonly begunAt: bigint;
  readonly stdout: string;
  readonly stderr: string;
}

const usualTimeoutMs = 180_000;

/** Rejects when the launcher does not exit with 0; the message carries what it said. */
export async function runSandbox({ options, command, authority = false, timeoutMs = usualTimeoutMs }: SandboxRun): Promise<SandboxResult> {
  await untilCalm();
  const launcher = join(project, 'build/peinit-launcher');
  const bare = ['--no-base', '--registry', join(project, 'test/support/bare.yaml')];
  const fixed = [
    '--runtime',
    join(project, 'build/runtime'),
    '--project',
    project,
    ...(authority || options.includes('--init') ? [] : bare),
  ];
  const words = [launcher, ...fixed, ...options, ...(command === null ? [] : ['--', ...command])];
  return new Promise((resolve, reject) => {
    const child = spawn(program('stopwatch'), words, { cwd: project, stdio: ['ignore', 'pipe', 'pipe'], timeout: timeoutMs });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.on('error', reject);
    child.on('close', (status, signal) => {
      const begun = /^stopwatch (\d+)$/m.exec(stderr)?.[1];
      if (status === 0 && begun !== undefined) resolve({ begunAt: BigInt(begun), stdout, stderr });
      else reject(new Error(`the sandbox ended with ${signal ?? status}:\n${stdout}${stderr}`));
    });
  });
}

/** What the launcher says about the import of the registry files; null: it did not import. */
export function seedingMs({ stderr }: SandboxResult): number | null {
  const found = /registry imported in (\d+) ms/.exec(stderr)?.[1];
  return found === undefined ? null : Number(found);
}

/** A directory that is gone when `body` is over. */
export async function withDirectory<T>(body: (path: string) => Promise<T>): Promise<T> {
  const path = mkdtempSync(join(tmpdir(), 'peinit-bench-'));
  try {
    return await body(path);
  } finally {
    rmSync(path, { recursive: true, force: true });
  }
}
