/** What differs between two states of the protocol, told as sentences that begin with the place. */

export class Differences {
  /** What somebody who reads or writes by the older schema would notice. */
  readonly breaks: string[] = [];
  /** What older clients pass over. */
  readonly additions: string[] = [];

  broken(where: string, what: string): void {
    this.breaks.push(`${where} ${what}`);
  }

  added(where: string, what: string): void {
    this.additions.push(`${where} ${what}`);
  }

  /** A fact that may not change. */
  same(where: string, fact: string, before: unknown, now: unknown): void {
    if (shown(before) !== shown(now)) this.broken(where, `has another ${fact}: ${shown(now)}, before ${shown(before)}`);
  }

  /** Things that have names: none may go, all others are looked at. */
  names<T>(where: (name: string) => string, before: Named<T>, now: Named<T>, kept: (name: string, before: T, now: T) => void): void {
    for (const [name, one] of Object.entries(before)) {
      const other = now[name];
      if (other === undefined) this.broken(where(name), 'is gone');
      else kept(name, one, other);
    }
    for (const name of Object.keys(now)) if (before[name] === undefined) this.added(where(name), 'is new');
  }
}

export interface Named<T> {
  readonly [name: string]: T;
}

export const shown = (value: unknown): string => JSON.stringify(value) ?? 'none';
