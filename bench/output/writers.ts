/** Programs that write as fast as they are let, and what they wrote. Inside a machine. */
import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdirSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { ControlClient } from '../../clients/typescript/generated/client.ts';
import { directory, serviceOf } from './load.ts';

export interface Written {
  readonly bytes: number;
  readonly ns: number;
}

const files = (suffix: string): readonly string[] => readdirSync(directory).filter((name) => name.endsWith(suffix));

export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await pause(5);
}

/** Before writers are started. */
export function prepare(): void {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory);
  execFileSync('mkfifo', [`${directory}/go`]);
}

export const allReady = (writers: number): Promise<void> => until(() => files('.ready').length === writers);

/** Writers that all wait are let go at one moment. */
export class Started {
  readonly #writers: number;
  readonly #opened: number;

  constructor(writers: number) {
    this.#writers = writers;
    this.#opened = openSync(`${directory}/go`, constants.O_RDWR);
  }

  /** What each wrote, when all are done. */
  async done(): Promise<readonly Written[]> {
    await until(() => files('.done').length === this.#writers);
    closeSync(this.#opened);
    return files('.done').map((name) => {
      const [bytes = 0, ns = 0] = readFileSync(`${directory}/${name}`, 'utf8').split(' ').map(Number);
      return { bytes, ns };
    });
  }
}

/** As services of the machine. */
export async function startServices(client: ControlClient, place: number, writers: number): Promise<void> {
  for (let number = 0; number < writers; number++) await client.start({ service: serviceOf(place, number), wait: false });
  await allReady(writers);
}

export const bytesOf = (written: readonly Written[]): number => written.reduce((sum, each) => sum + each.bytes, 0);

/** What the writer that wrote most wrote, to what the one that wrote least did. */
export function shareOf(written: readonly Written[]): number {
  const rates = written.map((each) => each.bytes / each.ns);
  return Math.max(...rates) / Math.min(...rates);
}

/** Nanoseconds, of all its threads. */
export const cpuOf = (pid: number): number => {
  const threads = readdirSync(`/proc/${pid}/task`);
  return threads.reduce((sum, thread) => sum + Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]), 0);
};

/** MB, its share of what it has in common with others. */
export const memoryOf = (pid: number): number =>
  Number(/^Pss:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1]) / 1024;
