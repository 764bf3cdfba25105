/** Real processes for the tests of the kernel seam: a cgroup of their own, and everything ended and removed after each test. */

import { constants, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';
import t from 'tap';
import type { ExitStatus, Spawned, SpawnFailure, SpawnRequest } from '../../../src/kernel/kernel.ts';
import { createRealKernel } from '../../../src/linux/real-kernel.ts';
import { loadShim } from '../../../src/linux/shim.ts';
import { until } from '../../support/wait.ts';

if (process.geteuid?.() !== 0) {
  t.plan(0, 'needs root: cgroups, identities and namespaces of its own');
  process.exit(0);
}

const project = join(import.meta.dirname, '../../..');
/** The sanitized run names its own. */
export const shimPath = process.env['PEINIT_TEST_SHIM'] ?? join(project, 'build/shim.node');
export const helperPath = join(project, 'build/peinit-helper');
export const shim = loadShim(shimPath);
export const kernel = createRealKernel(shim);

export interface Cleanup {
  teardown(action: () => void | Promise<void>): void;
}

const cgroupMount = (): string => {
  for (const line of readFileSync('/proc/self/mountinfo', 'utf8').split('\n')) {
    const [before = '', after = ''] = line.split(' - ');
    if (after.startsWith('cgroup2 ')) return before.split(' ')[4] ?? '';
  }
  throw new Error('no cgroup2 mount in /proc/self/mountinfo');
};

export interface TestCgroup {
  readonly path: string;
  /** A descriptor to spawn into. */
  readonly fd: number;
}

let made = 0;

function removeTree(path: string): void {
  for (const entry of readdirSync(path, { withFileTypes: true })) if (entry.isDirectory()) removeTree(join(path, entry.name));
  rmdirSync(path);
}

/** A new cgroup; when the test is over what lives in it is killed and it is removed. */
export function makeCgroup(t: Cleanup): TestCgroup {
  const path = join(cgroupMount(), `peinit-test-${process.pid}-${made++}`);
  if (kernel.mkdir(path, 0o755) < 0) throw new Error(`cannot make ${path}`);
  const fd = kernel.open(path, constants.O_RDONLY | constants.O_DIRECTORY);
  t.teardown(async () => {
    kernel.close(fd);
    writeFileSync(join(path, 'cgroup.kill'), '1');
    await until(`${path} is empty`, () => {
      for (const status of kernel.reap()) ended.set(status.pid, status);
      return readFileSync(join(path, 'cgroup.events'), 'utf8').includes('populated 0');
    });
    removeTree(path);
  });
  return { path, fd };
}

/** A directory below the temporary one, removed after the test. Open to everybody. */
export function makeDirectory(t: Cleanup): string {
  const path = mkdtempSync(join(tmpdir(), 'peinit-test-'));
  kernel.chmod(path, 0o755);
  t.teardown(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A request for `sh -c SCRIPT` that changes nothing else. */
export function shell(script: string, cgroup: TestCgroup, overrides: Partial<SpawnRequest> = {}): SpawnRequest {
  return {
    path: '/bin/sh',
    argv: ['sh', '-c', script],
    environment: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
    ownPidVariables: [],
    workingDirectory: '/',
    cgroup: cgroup.fd,
    stdin: -1,
    stdout: -1,
    stderr: -1,
    stored: [],
    limits: [],
    oomScoreAdj: null,
    projection: null,
    remote: false,
    ...overrides,
  };
}

const ended = new Map<number, ExitStatus>();

/** Waits for the end of a child; every child of this process is reaped on the way. */
export async function reaped(pid: number): Promise<ExitStatus> {
  await until(`process ${pid} has ended`, () => {
    for (const status of kernel.reap()) ended.set(status.pid, status);
    return ended.has(pid);
  });
  const status = ended.get(pid) as ExitStatus;
  ended.delete(pid);
  return status;
}

export function mustSpawn(request: SpawnRequest): Spawned {
  const spawned = kernel.spawn(request);
  if ('errno' in spawned) throw new Error(`spawn failed: ${JSON.stringify(spawned)}`);
  return spawned;
}

export const failed = (result: Spawned | SpawnFailure): SpawnFailure => {
  if ('errno' in result) return result;
  throw new Error(`spawn worked: ${JSON.stringify(result)}`);
};

/** Reads a non-blocking descriptor to its end. */
export async function readToEnd(fd: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  const buffer = new Uint8Array(65536);
  await until('end of file', () => {
    for (;;) {
      const count = kernel.read(fd, buffer);
      if (count === 0) return true;
      if (count < 0) return false;
      chunks.push(buffer.slice(0, count));
    }
  });
  return Buffer.concat(chunks).toString();
}

/** Runs a test over both forms of a spawn. */
export function both(title: string, body: (t: Test, remote: boolean) => Promise<void>): void {
  t.test(`${title}: with shared memory`, (sub) => body(sub, false));
  t.test(`${title}: with memory of its own`, (sub) => body(sub, true));
}

/** Runs to the end: what it wrote to standard output, and how it ended. */
export async function run(request: SpawnRequest): Promise<{ output: string; status: ExitStatus }> {
  const pipe = kernel.pipe({ nonblockingRead: true });
  if (typeof pipe === 'number') throw new Error(`pipe: ${pipe}`);
  const [readEnd, writeEnd] = pipe;
  let spawned: Spawned;
  try {
    spawned = mustSpawn({ ...request, stdout: writeEnd });
  } finally {
    kernel.close(writeEnd);
  }
  try {
    const output = await readToEnd(readEnd);
    return { output, status: await reaped(spawned.pid) };
  } finally {
    kernel.close(readEnd);
    kernel.close(spawned.pidfd);
    if (spawned.errorPipe >= 0) kernel.close(spawned.errorPipe);
  }
}

/** The open descriptors of a program that sleeps, by number, and what each is; the program is ended afterwards. */
export async function descriptorsOf(request: SpawnRequest): Promise<Map<number, string>> {
  const spawned = mustSpawn(request);
  if (spawned.errorPipe >= 0) {
    await readToEnd(spawned.errorPipe);
    kernel.close(spawned.errorPipe);
  }
  // exec closes descriptors a moment after it has let PID 1 go on, and the dynamic linker opens some of its own.
  const sleeping = '230 '; // clock_nanosleep
  await until('it sleeps', () => readFileSync(`/proc/${spawned.pid}/syscall`, 'utf8').startsWith(sleeping));
  const directory = `/proc/${spawned.pid}/fd`;
  const numbers = readdirSync(directory).map(Number);
  const descriptors = new Map(numbers.sort((a, b) => a - b).map((fd) => [fd, readlinkSync(`${directory}/${fd}`)]));
  kernel.signal(spawned.pidfd, 9);
  await reaped(spawned.pid);
  kernel.close(spawned.pidfd);
  return descriptors;
}

/** Open descriptors of this process. */
export const openDescriptors = (): number => readdirSync('/proc/self/fd').length;
