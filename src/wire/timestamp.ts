/** Timestamps of the wire: RFC 3339 in UTC with exactly nine fractional digits and a trailing Z. PSD-007 11.1, WIRE-036. */

const nsPerSecond = 1_000_000_000n;

let cachedSecond = -1n;
let cachedText = '';

/** No year has five digits there: the last hours of the year 9999 are later than that in the west. */
const greatest = 253_402_300_799_999_999_999n;

/** Nanoseconds since the epoch, from year 0 to year 9999; what is later is the end of that. */
export function formatTimestamp(realtimeNs: bigint): string {
  if (realtimeNs > greatest) return formatTimestamp(greatest);
  let second = realtimeNs / nsPerSecond;
  let fraction = realtimeNs % nsPerSecond;
  if (fraction < 0n) {
    fraction += nsPerSecond;
    second -= 1n;
  }
  if (second !== cachedSecond) {
    cachedText = new Date(Number(second) * 1000).toISOString().slice(0, 20);
    cachedSecond = second;
  }
  return `${cachedText}${fraction.toString().padStart(9, '0')}Z`;
}

/** The wall clock's part of an instant that both clocks know. */
export const formatMomentOrNull = (moment: { readonly realtime: bigint } | null): string | null =>
  moment === null ? null : formatTimestamp(moment.realtime);

export const formatTimestampOrNull = (realtimeNs: bigint | null): string | null =>
  realtimeNs === null ? null : formatTimestamp(realtimeNs);

let parsedSecond = '';
let parsedSecondNs = 0n;

/** Nanoseconds since the epoch of a timestamp of the wire; null: it is none. */
export function parseTimestamp(text: string): bigint | null {
  if (text.length !== 30 || text[19] !== '.' || text[29] !== 'Z') return null;
  const fraction = text.slice(20, 29);
  if (!/^\d{9}$/.test(fraction)) return null;
  const second = text.slice(0, 19);
  if (second !== parsedSecond) {
    const ms = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(second) ? Date.parse(`${second}Z`) : Number.NaN;
    if (Number.isNaN(ms)) return null;
    parsedSecond = second;
    parsedSecondNs = BigInt(ms) * 1_000_000n;
  }
  return parsedSecondNs + BigInt(fraction);
}
