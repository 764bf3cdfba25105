/** A real registryd as a process of its own, on a store and a socket in a temporary directory. */

import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';
import type { RegistryConnection } from '../../../clients/typescript/registry.ts';
import { connectRegistry } from '../../../clients/typescript/registry.ts';
import type { Kernel } from '../../../src/kernel/kernel.ts';
import { createRealKernel } from '../../../src/linux/real-kernel.ts';
import { loadShim } from '../../../src/linux/shim.ts';
import { until } from '../../support/wait.ts';

const project = join(import.meta.dirname, '../../..');
const shimPath = join(project, 'build/shim.node');

export const kernel: Kernel = createRealKernel(loadShim(shimPath));

/** The program as it is shipped, which bin/build-runtime has built. */
export const registrydProgram = join(project, 'build/runtime/registryd.mjs');

/** A directory that goes with the test. */
export function temporaryDirectory(t: Test): string {
  const directory = mkdtempSync(join(tmpdir(), 'registryd-test-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Daemon {
  readonly pid: number;
  readonly directory: string;
  readonly socket: string;
  /** Milliseconds from the start of the process to READY=1. */
  readonly readyMs: number;
  /** Its first notifications. */
  readonly said: readonly string[];
  readonly ended: Promise<Ended>;
  stderr(): string;
  connect(): Promise<RegistryConnection>;
  signal(signal: NodeJS.Signals): void;
  /** SIGTERM, and the status it ends with. */
  stop(): Promise<Ended>;
}

/** Starts on `directory` (its store is there, in `store`) and waits for READY=1. Rejects with what it said when it ends before. */
export async function startDaemon(t: Test, directory: string = temporaryDirectory(t)): Promise<Daemon> {
  const socket = join(directory, 'registry.sock');
  const notifyPath = join(directory, 'notify.sock');
  rmSync(notifyPath, { force: true });
  const notify = kernel.bindDatagram(notifyPath, 0o600, 65536);
  if (notify < 0) throw new Error(`notify socket: ${notify}`);
  const begun = performance.now();
  const child = spawn(process.execPath, [registrydProgram, '--store', join(directory, 'store'), '--socket', socket], {
    env: { NOTIFY_SOCKET: notifyPath },
    stdio: ['ignore', 'inherit', 'pipe'],
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  let over: Ended | null = null;
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (code, signal) => {
      over = { code, signal };
      resolve(over);
    });
  });
  const connections: RegistryConnection[] = [];
  t.teardown(async () => {
    for (const connection of connections) connection.disconnect();
    child.kill('SIGKILL');
    await ended;
  });
  const said: string[] = [];
  let readyMs: number;
  const saysMore = (): boolean => {
    if (over !== null) throw new Error(`registryd ended with ${JSON.stringify(over)}: ${errors}`);
    const datagram = kernel.receiveDatagram(notify);
    return typeof datagram !== 'number' && said.push(Buffer.from(datagram.data).toString()) > 0;
  };
  try {
    await until('READY=1 of registryd', () => saysMore() && said.at(-1)?.includes('READY=1'));
    readyMs = performance.now() - begun;
    await until('its watchdog', saysMore);
  } finally {
    kernel.close(notify);
  }
  return {
    pid: child.pid ?? 0,
    directory,
    socket,
    readyMs,
    said,
    ended,
    stderr: () => errors,
    async connect() {
      const connection = await connectRegistry(socket);
      connections.push(connection);
      return connection;
    },
    signal: (signal) => void child.kill(signal),
    stop() {
      child.kill('SIGTERM');
      return ended;
    },
  };
}

export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs registryd with these arguments to its end. `descriptors` become 3, 4, ... */
export function runRegistryd(arguments_: readonly string[], descriptors: readonly number[] = []): Ran {
  const { status, stdout, stderr } = spawnSync(process.execPath, [registrydProgram, ...arguments_], {
    encoding: 'utf8',
    timeout: 60_000,
    stdio: ['ignore', 'pipe', 'pipe', ...descriptors],
  });
  return { status, stdout, stderr };
}

/** The name of the errno that a call is refused with; what it answers when it is not. */
export async function errnoOf(call: Promise<unknown>): Promise<unknown> {
  try {
    return await call;
  } catch (error) {
    return error instanceof Error && 'error' in error ? error.error : error;
  }
}
