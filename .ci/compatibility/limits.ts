/** Bounds of a value. What clients write may be bounded less, what they read may be bounded more; the other way round is a break. */
import type { ExactNumber, WireMember } from '../../spec/plugin/targets/json/wire-document.ts';
import type { Differences } from './differences.ts';

/** Who meets the bound: `written` by clients, `read` by them, or neither, as values of the registry, which people write. */
export interface Direction {
  readonly written: boolean;
  readonly read: boolean;
}

export function compareRange(
  differences: Differences,
  where: string,
  before: { readonly min?: ExactNumber; readonly max?: ExactNumber },
  now: { readonly min?: ExactNumber; readonly max?: ExactNumber },
  direction: Direction,
): void {
  const range = ({ min, max }: typeof before) => `${min} to ${max}`;
  const narrower = order(now.min) > order(before.min) || order(now.max) < order(before.max);
  const wider = order(now.min) < order(before.min) || order(now.max) > order(before.max);
  told(differences, where, `goes from ${range(now)}, before from ${range(before)}`, { narrower, wider }, direction);
}

const order = (value: ExactNumber | undefined): bigint => BigInt(value ?? 0);

/** 0 is no limit. */
export function compareLength(differences: Differences, where: string, before: WireMember, now: WireMember, direction: Direction): void {
  const length = ({ maxLength = 0 }: WireMember): number => (maxLength === 0 ? Number.POSITIVE_INFINITY : maxLength);
  const words = (one: WireMember): string => (length(one) === Number.POSITIVE_INFINITY ? 'any' : String(one.maxLength));
  const change = { narrower: length(now) < length(before), wider: length(now) > length(before) };
  told(differences, where, `has a length of ${words(now)}, before ${words(before)}`, change, direction);
}

/** Two patterns cannot be compared; one more or one less can. */
export function comparePattern(differences: Differences, where: string, before: WireMember, now: WireMember, direction: Direction): void {
  const { pattern: old = '' } = before;
  const { pattern = '' } = now;
  if (old === pattern) return;
  const words = (text: string): string => (text === '' ? 'anything' : text);
  const change = { narrower: pattern !== '', wider: old !== '' };
  told(differences, where, `matches ${words(pattern)}, before ${words(old)}`, change, direction);
}

function told(
  differences: Differences,
  where: string,
  what: string,
  { narrower, wider }: { readonly narrower: boolean; readonly wider: boolean },
  { written, read }: Direction,
): void {
  if (!narrower && !wider) return;
  if (narrower && written) differences.broken(where, `is bounded more for those who write it: it ${what}`);
  else if (wider && read) differences.broken(where, `is bounded less for those who read it: it ${what}`);
  else differences.added(where, what);
}
