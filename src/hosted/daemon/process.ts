import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ownHeap } from '../../linux/heap-keeper.ts';
import type { Shim } from '../../linux/shim.ts';
import { loadShim } from '../../linux/shim.ts';
import { UsageError } from './command-line.ts';
import { createNotifier } from './notifier.ts';
import { Problem } from './problem.ts';
import { feedWatchdog } from './watchdog.ts';

/** The life of a daemon's process: from its first instruction to READY=1, and from SIGTERM to its exit status. */

/** The name it is told by, and the errors that are no defects: their message is enough. */
export interface Program {
  readonly name: string;
  isExpected(error: unknown): boolean;
}

/** Runs `main`, whose answer is the exit status. What it throws is told, and decides the status. */
export async function runProgram(program: Program, main: () => Promise<number>): Promise<void> {
  // Nothing that a daemon writes is for others to read; its socket's directory and mode are set on their own.
  process.umask(0o077);
  try {
    process.exitCode = await main();
  } catch (error) {
    process.exitCode = reportFailure(program, error);
  }
}

/** Tells on standard error why the program ends; the answer is its exit status. */
export function reportFailure({ name, isExpected }: Program, error: unknown): number {
  if (error instanceof UsageError) {
    console.error(`${name}: ${error.message}; see ${name} --help`);
    return 2;
  }
  if (error instanceof Problem) {
    console.error(`${name}: ${error.message}\n${name}: what to do: ${error.remedy}`);
    return 1;
  }
  if (!(error instanceof Error)) console.error(`${name}: ${String(error)}`);
  else console.error(`${name}: ${isExpected(error) ? error.message : error.stack}`);
  return 1;
}

/** What a daemon has once it serves. */
export interface Service {
  /** Whoever started it has been told; the time for what may wait. */
  ready(): void;
  /** Ends it in order. */
  close(): Promise<void>;
}

/** From READY=1 on; by then most boots are over. */
const settledMs = 5_000;

/** Tells whoever started us how it goes, in one line for people. */
export type TellStatus = (text: string) => void;

/** Starts, tells so, and serves until it is told to end; the answer is the exit status. Throws what `start` throws. */
export async function serveUntilTerminated(name: string, start: (shim: Shim, tell: TellStatus) => Promise<Service>): Promise<number> {
  // First, so that an early signal is not the end of a half-made store.
  const end = terminated();
  const shim = openShim();
  const notifier = createNotifier(name, shim, process.env);
  const service = await start(shim, notifier.status);
  notifier.ready();
  feedWatchdog(shim, process.env);
  service.ready();
  setTimeout(() => settle(shim), settledMs).unref();
  await end;
  // What came before the signal is served: process 1 writes its last words just before it. O-131.
  await new Promise((resolve) => setImmediate(resolve));
  await service.close();
  return 0;
}

/** What only the start has needed goes back to the kernel: garbage, what malloc keeps, code that nothing runs any more. */
function settle(shim: Shim): void {
  const heap = ownHeap(shim);
  heap?.collect();
  heap?.settle();
}

/** The addon lies beside the bundle, in development where it was built. */
function openShim(): Shim {
  const beside = join(import.meta.dirname, 'shim.node');
  return loadShim(existsSync(beside) ? beside : join(import.meta.dirname, '../../../build/shim.node'));
}

function terminated(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
  });
}
