/**
 * Runs inside a machine that has settled: counts the context switches of every thread of PID 1 over some seconds, without
 * talking to it. Prints one line of JSON.
 *
 *   node inside.ts SECONDS
 */
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';

export interface IdleRecord {
  readonly seconds: number;
  /** Of the thread that runs the loop. */
  readonly main: number;
  /** Of Node's other threads. */
  readonly others: number;
}

function switches(): { readonly main: number; readonly others: number } {
  const count = { main: 0, others: 0 };
  for (const thread of readdirSync('/proc/1/task')) {
    const status = readFileSync(`/proc/1/task/${thread}/status`, 'utf8');
    for (const [, value] of status.matchAll(/^(?:non)?voluntary_ctxt_switches:\s*(\d+)$/gm)) {
      count[thread === '1' ? 'main' : 'others'] += Number(value);
    }
  }
  return count;
}

if (import.meta.main) {
  const seconds = Number(process.argv[2]);
  // What the boot left to do is over, and the launcher's own question is answered.
  await setTimeout(1000);
  const before = switches();
  await setTimeout(seconds * 1000);
  const after = switches();
  const record: IdleRecord = { seconds, main: after.main - before.main, others: after.others - before.others };
  process.stdout.write(`${JSON.stringify(record)}\n`);
}
