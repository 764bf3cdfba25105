/**
 * Runs inside a machine that has settled: counts the context switches of every thread of PID 1 over some seconds, without
 * talking to it; then again while the daemons of the platform that are there are paused, which tell it every ten seconds that they
 * live. Prints one line of JSON.
 *
 *   node inside.ts SECONDS
 */
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';

export interface IdleRecord {
  readonly withDaemons: Switches;
  readonly alone: Switches;
}

interface Switches {
  /** Of the thread that runs the loop. */
  readonly main: number;
  /** Of Node's other threads. */
  readonly others: number;
}

function switches(): Switches {
  const count = { main: 0, others: 0 };
  for (const thread of readdirSync('/proc/1/task')) {
    const status = readFileSync(`/proc/1/task/${thread}/status`, 'utf8');
    for (const [, value] of status.matchAll(/^(?:non)?voluntary_ctxt_switches:\s*(\d+)$/gm)) {
      count[thread === '1' ? 'main' : 'others'] += Number(value);
    }
  }
  return count;
}

async function during(seconds: number): Promise<Switches> {
  const before = switches();
  await setTimeout(seconds * 1000);
  const after = switches();
  return { main: after.main - before.main, others: after.others - before.others };
}

/** Processes of the daemons that the machine came with. */
const daemons = (): readonly number[] =>
  readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 1 && /\/(registryd|authd|eventd)\.mjs\0/.test(commandOf(pid)));

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
  } catch {
    // It has ended meanwhile.
    return '';
  }
}

if (import.meta.main) {
  const seconds = Number(process.argv[2]);
  // What the boot left to do is over, and the launcher's own question is answered.
  await setTimeout(1000);
  const withDaemons = await during(seconds);
  const paused = daemons();
  if (paused.length === 0) throw new Error('registryd is to be paused, and is not there');
  for (const pid of paused) process.kill(pid, 'SIGSTOP');
  try {
    await setTimeout(500);
    const record: IdleRecord = { withDaemons, alone: await during(seconds) };
    process.stdout.write(`${JSON.stringify(record)}\n`);
  } finally {
    for (const pid of paused) process.kill(pid, 'SIGCONT');
  }
}
