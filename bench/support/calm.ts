import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

const windowMs = 250;
/** How long a calm machine is waited for. */
let limitMs = 15_000;
/** Share of its time that the machine may be at work and still count as calm. */
const calmShare = 0.1;

interface Ticks {
  readonly busy: number;
  readonly all: number;
}

/** For a machine that is never calm. */
export function waitForCalm(seconds: number): void {
  limitMs = seconds * 1000;
}

function ticks(): Ticks {
  const [, ...fields] = (readFileSync('/proc/stat', 'utf8').split('\n')[0] ?? '').split(/\s+/).map(Number);
  const all = fields.reduce((sum, each) => sum + each, 0);
  const [, , , idle = 0, waiting = 0] = fields;
  return { busy: all - idle - waiting, all };
}

/**
 * Waits until the machine has hardly anything to do: the kernel takes seconds to do away with the cgroups of a machine that ended, and the
 * next measurement would pay for it. After 15 s, or what was asked for, it goes on all the same.
 */
export async function untilCalm(): Promise<void> {
  const end = Date.now() + limitMs;
  for (let before = ticks(); Date.now() < end; ) {
    await pause(windowMs);
    const now = ticks();
    if (now.busy - before.busy <= (now.all - before.all) * calmShare) return;
    before = now;
  }
  process.stderr.write('(something else is at work on this machine: what follows is measured beside it)\n');
}
