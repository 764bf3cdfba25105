import { readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';

/** The machine that a result was measured on. */
export interface MachineFacts {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly kernel: string;
  readonly node: string;
  /** Load average of the last minute before the first run: beyond a fraction of the cores the results are noisy. */
  readonly load: number;
  readonly date: string;
}

export function machineFacts(): MachineFacts {
  const model = /^model name\s*:\s*(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? 'unknown';
  return {
    cpu: model,
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
    load: Math.round((loadavg()[0] ?? 0) * 100) / 100,
    date: new Date().toISOString().slice(0, 16),
  };
}

export function formatMachine(facts: MachineFacts): string {
  const { cpu, cores, memoryGiB, kernel, node, load, date } = facts;
  return `${cpu}, ${cores} cores, ${memoryGiB} GiB; Linux ${kernel}; Node ${node}; load ${load}; ${date}Z`;
}
