import type { Clock, MonotonicNs as KernelNs, Result } from '../kernel/kernel.ts';
import type { MonotonicNs, Stamp } from '../policy/time.ts';

interface Random {
  random(bytes: number): Uint8Array | Result;
}

const poolBytes = 4096;
const bytesEach = 4;
/** Ids that one event may take. */
const spacing = 1n << 32n;
const version = 7n << 76n;
const variant = 2n << 62n;

/** The one place where an instant becomes one of the policy's. */
export const policyInstant = (instant: KernelNs): MonotonicNs => instant as MonotonicNs;

/**
 * Stamps for the policy's events: both clocks and a fresh UUID version 7, rising over the life of the process even when the wall
 * clock goes back. Bits: 48 milliseconds, 4 version, 12 zero, 2 variant, 30 random, 32 for the policy to count up. WIRE-037.
 */
export function createStamps(kernel: Clock & Random): () => Stamp {
  let pool: Uint8Array = new Uint8Array(0);
  let used = 0;
  let last = 0n;

  function random30(): bigint {
    if (used + bytesEach > pool.length) {
      const fresh = kernel.random(poolBytes);
      // Without random bytes ids stay unique and rising, only guessable.
      pool = fresh instanceof Uint8Array ? fresh : new Uint8Array(poolBytes);
      used = 0;
    }
    // By index: this runs for every event, and iterating over a typed array is slow.
    let bits = 0;
    for (const end = used + bytesEach; used < end; used++) bits = (bits << 8) | (pool[used] ?? 0);
    return BigInt(bits & 0x3fff_ffff);
  }

  return () => {
    const monotonic = policyInstant(kernel.monotonicNs());
    const realtime = kernel.realtimeNs();
    const fresh = ((realtime / 1_000_000n) << 80n) | version | variant | (random30() << 32n);
    last = fresh > last ? fresh : last + spacing;
    return { monotonic, realtime, idBase: last };
  };
}
