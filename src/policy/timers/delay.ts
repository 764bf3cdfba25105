/** The random delay of a timer. Chance comes in with the event, whose stamp holds random bits (src/exec/stamp.ts). TMR-036. */
import { secondsToNs } from '../time.ts';
import type { Turn } from '../turn.ts';

const bits = 64n;
const mask = (1n << bits) - 1n;

/** Nanoseconds from 0 to that many seconds, each as likely; another one at each call. */
export function drawDelay(turn: Turn, atMostSeconds: number): bigint {
  if (atMostSeconds === 0) return 0n;
  // One that would otherwise become an id.
  const seed = turn.nextId;
  turn.nextId += 1n;
  return (mixed(seed ^ (seed >> bits)) * (secondsToNs(atMostSeconds) + 1n)) >> bits;
}

/** The last step of SplitMix64 (Steele, Lea, Flood 2014): numbers that are close come out far apart. */
function mixed(seed: bigint): bigint {
  let value = (seed * 0x9e3779b97f4a7c15n) & mask;
  value = ((value ^ (value >> 30n)) * 0xbf58476d1ce4e5b9n) & mask;
  value = ((value ^ (value >> 27n)) * 0x94d049bb133111ebn) & mask;
  return value ^ (value >> 31n);
}
