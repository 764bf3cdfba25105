/** The rules of PSD-007 6 for small fleets, slow and plain: sets are recomputed until nothing changes any more. */
import type { Fleet, Member } from './fleet.ts';

const none: Member = {};

export class Oracle {
  readonly #fleet: Fleet;

  constructor(fleet: Fleet) {
    this.#fleet = fleet;
  }

  #of(name: string): Member {
    const member = this.#fleet[name] ?? none;
    // Of a broken definition nothing is known.
    return member.broken ? none : member;
  }

  defined(name: string): boolean {
    return name in this.#fleet;
  }

  hard(name: string): readonly string[] {
    return [...(this.#of(name).requires ?? []), ...(this.#of(name).bindsTo ?? [])];
  }

  #soft(name: string): readonly string[] {
    return this.#of(name).wants ?? [];
  }

  #conflict(one: string, other: string): boolean {
    return one !== other && ((this.#of(one).conflicts ?? []).includes(other) || (this.#of(other).conflicts ?? []).includes(one));
  }

  closure(roots: readonly string[]): ReadonlySet<string> {
    let members = new Set(roots);
    for (;;) {
      const more = [...members].flatMap((name) => [...this.hard(name), ...this.#soft(name)]);
      const next = new Set([...members, ...more.filter((name) => this.defined(name) && !this.#of(name).disabled)]);
      if (next.size === members.size) return members;
      members = next;
    }
  }

  roots(): readonly string[] {
    return Object.keys(this.#fleet).filter((name) => !this.#fleet[name]?.broken && !this.#of(name).demand && !this.#of(name).disabled);
  }

  edge(one: string, other: string): boolean {
    return this.hard(one).includes(other) || this.#soft(one).includes(other);
  }

  /** Whether a way of at least one edge leads from one to the other inside the members. */
  #reaches(one: string, other: string, members: ReadonlySet<string>, edge: (one: string, other: string) => boolean): boolean {
    const seen = new Set<string>();
    let front = [one];
    while (front.length > 0) {
      const next = [...members].filter((name) => !seen.has(name) && front.some((from) => edge(from, name)));
      if (next.includes(other)) return true;
      for (const name of next) seen.add(name);
      front = next;
    }
    return false;
  }

  /** Cause by name, of members that must not start. */
  verdicts(members: ReadonlySet<string>, up: ReadonlySet<string>): Readonly<Record<string, string>> {
    const verdicts: Record<string, string> = {};
    for (const name of members) {
      const onCycle =
        this.#reaches(name, name, members, (one, other) => this.edge(one, other)) || (this.#of(name).conflicts ?? []).includes(name);
      if (onCycle) verdicts[name] = 'cycle_detected';
      else if (this.#fleet[name]?.broken || [...members].some((other) => this.#conflict(name, other))) verdicts[name] = 'validation_error';
    }
    for (let changed = true; changed; ) {
      changed = false;
      for (const name of members) {
        if (name in verdicts || up.has(name)) continue;
        const blocked = this.hard(name).some((target) => {
          if (!this.defined(target)) return true;
          if (up.has(target)) return false;
          return members.has(target) ? target in verdicts : this.#of(target).disabled === true;
        });
        if (!blocked) continue;
        verdicts[name] = 'dependency_failure';
        changed = true;
      }
    }
    return verdicts;
  }

  /** Whether one has to stop before the other. */
  stopsBefore(one: string, other: string): boolean {
    const all = new Set(Object.keys(this.#fleet));
    const hard = (from: string, to: string) => this.hard(from).includes(to);
    return this.#reaches(one, other, all, hard) && !this.#reaches(other, one, all, hard);
  }
}
