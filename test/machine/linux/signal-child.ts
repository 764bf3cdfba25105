/**
 * Catches signals as PID 1 does and says what came. Lines on standard output: `ready PID`, then one JSON object per command
 * read from standard input: `report`, `burst COUNT`, `throw`, `end`.
 */
import { createInterface } from 'node:readline';
import { createRealKernel } from '../../../src/linux/real-kernel.ts';
import { createRealLoop } from '../../../src/linux/real-loop.ts';
import { loadShim } from '../../../src/linux/shim.ts';

const [shimPath = '', helperPath = ''] = process.argv.slice(2);
const shim = loadShim(shimPath);
const kernel = createRealKernel(shim);
const contained: string[] = [];
const uncaught: string[] = [];
let rethrow = false;
const loop = createRealLoop(shim, (error, origin) => {
  contained.push(`${origin}: ${(error as Error).message}`);
  if (rethrow) throw error;
});
process.on('uncaughtException', (error) => uncaught.push(error.message));

const counts: Record<number, number> = {};
const senders: Record<number, [number, number]> = {};
const reaped = new Map<number, number>();
const fd = kernel.catchSignals([17, 15, 2, 30]);
loop.watch(fd, { read: true }, 'signal', () => {
  for (const { signal, senderPid, senderUid } of kernel.drainSignals()) {
    counts[signal] = (counts[signal] ?? 0) + 1;
    if (senderPid !== 0) senders[signal] = [senderPid, senderUid];
  }
  for (const { pid } of kernel.reap()) reaped.set(pid, (reaped.get(pid) ?? 0) + 1);
});
loop.run();

/** Starts and forgets children without ever going back to the loop, with three SIGINTs among them. */
function burst(count: number): object {
  const started: number[] = [];
  const interrupts = [Math.floor(count * 0.1), Math.floor(count * 0.5), count - 1];
  for (let i = 0; i < count; i++) {
    const spawned = kernel.spawn({
      path: helperPath,
      argv: ['helper', 'check'],
      environment: [],
      ownPidVariables: [],
      workingDirectory: '/',
      cgroup: -1,
      stdin: -1,
      stdout: -1,
      stderr: -1,
      stored: [],
      limits: [],
      oomScoreAdj: null,
      projection: null,
      remote: false,
    });
    if ('errno' in spawned) return { failed: spawned };
    started.push(spawned.pid);
    kernel.close(spawned.pidfd);
    if (!interrupts.includes(i)) continue;
    const before = shim.signalTotal(2);
    process.kill(process.pid, 'SIGINT');
    // A pending signal of the same number would merge with the next one.
    while (shim.signalTotal(2) === before);
  }
  return { started: started.length, distinct: new Set(started).size };
}

const say = (value: object): void => void process.stdout.write(`${JSON.stringify(value)}\n`);

createInterface({ input: process.stdin }).on('line', (line) => {
  const [command, argument] = line.split(' ');
  if (command === 'burst') say(burst(Number(argument)));
  else if (command === 'report') {
    const totals = Object.fromEntries(Object.keys(counts).map((signal) => [signal, shim.signalTotal(Number(signal))]));
    const twice = [...reaped.values()].filter((times) => times !== 1).length;
    say({ counts, totals, senders, reaped: reaped.size, twice, contained, uncaught });
  } else if (command === 'throw') {
    rethrow = argument === 'through';
    loop.defer(() => {
      throw new Error(`thrown ${argument}`);
    });
    say({});
  } else process.exit(0);
});
process.stdout.write(`ready ${process.pid}\n`);
