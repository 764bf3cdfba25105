/** Timestamps of the control socket as nanoseconds since the epoch. */
export function parseInstant(text: string): bigint {
  const [seconds = '', fraction = ''] = text.slice(0, -1).split('.');
  return BigInt(Date.parse(`${seconds}Z`)) * 1_000_000n + BigInt(fraction.padEnd(9, '0'));
}

export const msBetween = (from: bigint, to: bigint): number => Number(to - from) / 1e6;
