/**
 * Whom the boot or the shutdown waits for, a line each every few seconds: who looks at the console must see that it goes on, and until
 * when at most. Nothing wakes the machine for it once the boot has settled.
 */
import type { Clock } from '../kernel/kernel.ts';
import type { Loop } from '../kernel/loop.ts';
import type { Effect } from '../policy/effects.ts';
import type { Policy, Wait } from '../policy/view.ts';
import type { Console } from './console.ts';

const everyNs = 5_000_000_000n;
/** Named each time; of the others the number is told. */
const toldWaits = 5;
const secondNs = 1_000_000_000n;

export interface WaitsParts {
  readonly kernel: Clock;
  readonly loop: Loop;
  readonly policy: Pick<Policy, 'waits'>;
  readonly console: Pick<Console, 'line'>;
}

/** To be told every effect. */
export function createWaits({ kernel, loop, policy, console }: WaitsParts): (effect: Effect) => void {
  let armed = false;

  function look(): void {
    armed = false;
    const waits = policy.waits();
    if (waits.length === 0) return;
    const now = kernel.monotonicNs();
    // One that has just begun is late in no sense.
    const late = waits.filter(({ since }) => since === null || now - since >= everyNs);
    const weight = late.some((wait) => wait.for !== 'start') ? 'info' : 'progress';
    for (const wait of late.slice(0, toldWaits)) console.line(waitText(wait, now), weight);
    if (late.length > toldWaits) console.line(`waiting for ${late.length - toldWaits} more`, weight);
    const begins = late.length > 0 ? [] : waits.flatMap(({ since }) => (since === null ? [] : [since]));
    arm(begins.reduce((earliest, since) => (since < earliest ? since : earliest), now));
  }

  function arm(since: bigint): void {
    if (armed) return;
    armed = true;
    loop.at(since + everyNs, look);
  }

  return (effect) => {
    if (effect.kind !== 'service-changed') return;
    if ((effect.to === 'starting' || effect.to === 'stopping' || effect.cause === 'shutdown_wave') && !armed && policy.waits().length > 0)
      arm(kernel.monotonicNs());
  };
}

/** `waiting for web to stop: 12 s of at most 1 min 30 s`. */
export function waitText({ name, for: what, since, until }: Wait, now: bigint): string {
  const began = since ?? now;
  const spent = since === null ? '' : `: ${spanWords(now - began)}`;
  const most =
    until === null || until < now ? '' : since === null ? `: ${spanWords(until - now)} left` : ` of at most ${spanWords(until - began)}`;
  switch (what) {
    case 'start':
      return `${name} is still starting${spent}${most}`;
    case 'stop':
      return `waiting for ${name} to stop${spent}${most}`;
    case 'kill':
      return `waiting for ${name}, which was killed${until === null || until < now ? '' : `: ${spanWords(until - now)} left`}`;
  }
}

/** In whole seconds: `12 s`, `1 min 30 s`, `2 h`. */
function spanWords(ns: bigint): string {
  const seconds = Number((ns + secondNs / 2n) / secondNs);
  const parts = [
    [Math.floor(seconds / 3600), 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ] as const;
  const told = parts.filter(([count]) => count > 0).map(([count, unit]) => `${count} ${unit}`);
  return told.length === 0 ? '0 s' : told.join(' ');
}
