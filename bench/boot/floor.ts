/** One boot of the floor (floor.c) as PID 1 of a sandbox. */
import { msBetween } from '../support/instant.ts';
import { program } from '../support/programs.ts';
import { runSandbox } from '../support/sandbox.ts';

export interface FloorBoot {
  /** From the first directory to the last READY=1, in ms. */
  readonly loop: number;
  /** From the launcher to the last READY=1, in ms. */
  readonly lastReady: number;
  /** clone3 to its return, in us. */
  readonly cloneMedian: number;
  readonly cloneLate: number;
  /** CPU time of the loop's process, in ms. */
  readonly cpu: number;
}

interface FloorRecord {
  readonly begun: string;
  readonly first: string;
  readonly last: string;
  readonly clone_p50_ns: number;
  readonly clone_p99_ns: number;
  readonly cpu_ms: number;
}

export async function bootFloor(count: number, parallel: number): Promise<FloorBoot> {
  const words = [String(count), String(parallel), program('service')].flatMap((word) => ['--init-arg', word]);
  const { begunAt, stdout } = await runSandbox({ options: ['--init', program('floor'), ...words], command: null });
  const line = stdout.split('\n').find((each) => each.startsWith('{'));
  if (line === undefined) throw new Error(`the floor printed no result:\n${stdout}`);
  const record = JSON.parse(line) as FloorRecord;
  const last = BigInt(record.last);
  return {
    loop: msBetween(BigInt(record.first), last),
    lastReady: msBetween(begunAt, last),
    cloneMedian: record.clone_p50_ns / 1000,
    cloneLate: record.clone_p99_ns / 1000,
    cpu: record.cpu_ms,
  };
}
