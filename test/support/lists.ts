/** Lists compared whole, where t.match would take further items behind those it expects. */
import type { Test } from 'tap';

type MemberOf<T> = T extends unknown ? keyof T & string : never;
type Picked = Readonly<Record<string, unknown>>;

const reduced = (item: object, members: readonly string[]): Picked =>
  Object.fromEntries(members.flatMap((name) => (name in item ? [[name, Reflect.get(item, name)]] : [])));

/** These members of an object, or of every object in a list, for t.strictSame. A member that is not there stays away. */
export function only<T extends object>(items: readonly T[], ...members: readonly MemberOf<T>[]): readonly Picked[];
export function only<T extends object>(item: T, ...members: readonly MemberOf<T>[]): Picked;
export function only(from: object | readonly object[], ...members: readonly string[]): Picked | readonly Picked[] {
  return Array.isArray(from) ? from.map((item: object) => reduced(item, members)) : reduced(from, members);
}

/** As many items as patterns, and each matches its own. */
export function matchEach(t: Test, found: unknown, patterns: readonly unknown[], message = 'each'): void {
  const items: readonly unknown[] = Array.isArray(found) ? found : [];
  t.ok(Array.isArray(found), `${message}: a list`);
  t.equal(items.length, patterns.length, `${message}: as many as expected`);
  patterns.forEach((pattern, at) => {
    t.match(items[at], pattern, `${message}: item ${at}`);
  });
}

/** Those of these kinds: effects, events, findings. */
export const ofKind = <T extends { readonly kind: string }, K extends T['kind']>(
  items: readonly T[],
  ...kinds: readonly K[]
): readonly Extract<T, { readonly kind: K }>[] =>
  items.filter((item): item is Extract<T, { readonly kind: K }> => (kinds as readonly string[]).includes(item.kind));
