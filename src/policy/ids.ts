/** UUIDs out of the fresh number that every event brings (time.ts). */

/** A UUID as text, lower case. */
export function formatUuid(value: bigint): string {
  const digits = value.toString(16).padStart(32, '0');
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-${digits.slice(12, 16)}-${digits.slice(16, 20)}-${digits.slice(20)}`;
}
