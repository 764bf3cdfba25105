/** Starting sandboxes from tests: the launcher with a stand-in for PID 1, and what the host looks like meanwhile. */

import type { ChildProcess } from 'node:child_process';
import { execFileSync, spawn } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';
import { inContainer } from '../../support/in-container.ts';
import { until } from '../../support/wait.ts';

export const project = join(import.meta.dirname, '../../..');
export const launcher = join(project, 'build/peinit-launcher');

/** Of a machine's life and of a call into it: five times what the slowest thing here takes on a busy machine. */
export const limitMs = 120_000;

execFileSync('sh', [join(project, 'bin/build-launcher')]);

/** Why no sandbox can be made by this process, or false. */
export const cannotRun = process.getuid?.() === 0 ? false : 'needs root';

export function temporaryDirectory(t: Test): string {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'peinit-sandbox-test-')));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** A runtime directory with the stand-ins in place of the bundles. */
export function standInRuntime(t: Test): string {
  const directory = temporaryDirectory(t);
  symlinkSync(realpathSync(process.execPath), join(directory, 'node'));
  for (const bundle of ['peinit.mjs', 'registryd.mjs'])
    copyFileSync(join(import.meta.dirname, 'stand-in', bundle), join(directory, bundle));
  writeFileSync(join(directory, 'base.yaml'), 'base: 1\n');
  cpSync(join(project, 'bin/inside'), join(directory, 'commands'), { recursive: true });
  // A runtime without that part.
  rmSync(join(directory, 'commands/eventd'));
  return directory;
}

/** The same with a registry import that takes its time: until then there is no PID 1 that listens. */
export function slowRuntime(t: Test): string {
  const directory = standInRuntime(t);
  const importer = join(directory, 'registryd.mjs');
  writeFileSync(importer, `await new Promise((resolve) => setTimeout(resolve, 500));\n${readFileSync(importer, 'utf8')}`);
  return directory;
}

export interface Ended {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
  stdout(): string;
  stderr(): string;
}

export interface StartOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly input?: string;
  /** How long the sandbox may take at most; then it is killed. */
  readonly limitMs?: number;
  /** Program in front of the launcher, for instance setpriv. */
  readonly through?: readonly string[];
}

/** Starts the launcher; it is killed at the end of the test if it still runs. */
export function start(t: Test, words: readonly string[], options: StartOptions = {}): Running {
  const [program, ...rest] = [...(options.through ?? []), launcher, ...inContainer(words)];
  const child = spawn(program!, rest, { cwd: options.cwd ?? project, env: options.env ?? process.env, stdio: 'pipe' });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (bytes) => {
    stdout += bytes;
  });
  child.stderr.on('data', (bytes) => {
    stderr += bytes;
  });
  child.stdin.on('error', () => {});
  if (options.input !== undefined) child.stdin.end(options.input);
  const ended = new Promise<Ended>((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`the launcher has not ended; stdout: ${stdout}; stderr: ${stderr}`));
    }, options.limitMs ?? limitMs);
    child.once('error', reject);
    child.once('close', (status, signal) => {
      clearTimeout(timer);
      resolve({ status, signal, stdout, stderr });
    });
  });
  ended.catch(() => {});
  t.teardown(async () => {
    child.kill('SIGKILL');
    await ended.catch(() => {});
    await until('the sandbox is gone', () => machineCgroups().every((name) => !name.endsWith(`-${child.pid}`)));
  });
  return { process: child, ended, stdout: () => stdout, stderr: () => stderr };
}

/** Where the launcher makes cgroups: the cgroup2 directory of this process. */
function cgroupDirectory(): string {
  const mount = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .find((line) => line.includes(' - cgroup2 '));
  const own = readFileSync('/proc/self/cgroup', 'utf8')
    .split('\n')
    .find((line) => line.startsWith('0::'));
  if (mount === undefined || own === undefined) throw new Error('this host has no cgroup2');
  return join(mount.split(' ')[4]!, own.slice(3));
}

export function machineCgroups(): string[] {
  return readdirSync(cgroupDirectory()).filter((name) => name.startsWith('peinit-sandbox-'));
}

export interface Listed {
  readonly name: string;
  readonly pid: number | null;
  readonly launcher_pid: number;
  readonly keeper_pid: number;
  readonly started_at: string;
  readonly cgroup: string;
  readonly root: string;
  readonly keep: string | null;
}

export function list(): readonly Listed[] {
  return JSON.parse(execFileSync(launcher, ['list', '--json'], { encoding: 'utf8' })).sandboxes;
}

/** The record of a sandbox whose PID 1 runs. */
export async function listed(name: string): Promise<Listed & { readonly pid: number }> {
  let found: Listed | undefined;
  await until(`${name} is listed`, () => {
    found = list().find((entry) => entry.name === name);
    return found !== undefined && found.pid !== null;
  });
  return found as Listed & { readonly pid: number };
}

/** Runs a command in a running sandbox. */
export function enter(t: Test, name: string, command: readonly string[], options: StartOptions = {}): Promise<Ended> {
  return start(t, ['exec', name, '--', ...command], options).ended;
}

/** A zombie that its parent has not reaped yet is dead. */
export function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

/** A program of this cgroup is in the foreground of its terminal: its process group is the terminal's. */
export const hasTerminal = (cgroup: string, program: string): boolean =>
  readFileSync(`${cgroup}/cgroup.procs`, 'utf8')
    .trim()
    .split('\n')
    .some((pid) => {
      const stat = existsSync(`/proc/${pid}/stat`) ? readFileSync(`/proc/${pid}/stat`, 'utf8') : '';
      const [, name, group, foreground] = /\((.*)\) \S+ \S+ (\S+) \S+ \S+ (\S+)/.exec(stat) ?? [];
      return name === program && group === foreground;
    });

/** Mounts with their per-mount and superblock flags: what a sandbox must leave as it was. */
export const hostMounts = (): string => readFileSync('/proc/self/mountinfo', 'utf8');

let counter = 0;
export const freshName = (): string => `test-${process.pid}-${++counter}`;
