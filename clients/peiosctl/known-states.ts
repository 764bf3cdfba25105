import type { ServiceState } from '../../gen/events/types.ts';
import type { Cause, State } from '../../gen/service/types.ts';
import { foldName } from '../../src/policy/definition/names.ts';

/** A service as it was read or told last. */
export interface Known {
  readonly service: string;
  readonly state: State;
  readonly cause: Cause | null;
}

/** What was read of a service is another thing than what was known: steps in between were missed. */
export interface Jump {
  readonly now: Known;
  readonly before: Known;
}

/**
 * States of services, read once and then followed by events. What is read and what is told come on two connections: events of what
 * happened before it was read may come behind it, and are known by a `from` that the service is not in.
 */
export class KnownStates {
  readonly #services = new Map<string, { known: Known; isRead: boolean }>();

  get(service: string): Known | undefined {
    return this.#services.get(foldName(service))?.known;
  }

  /** What was read; null: that is no surprise. */
  read(now: Known): Jump | null {
    const before = this.get(now.service);
    this.#services.set(foldName(now.service), { known: now, isRead: true });
    return before === undefined || before.state === now.state ? null : { now, before };
  }

  /** A step that was told; false: it lies before what was read. */
  step({ service, from, to, cause }: ServiceState): boolean {
    const there = this.#services.get(foldName(service));
    if (there?.isRead === true && there.known.state !== from) return false;
    this.#services.set(foldName(service), { known: { service, state: to, cause }, isRead: false });
    return true;
  }

  /** False: nobody knew of it. */
  forget(service: string): boolean {
    return this.#services.delete(foldName(service));
  }

  /** Those that are not among the ones that were just read are gone. */
  missing(read: readonly { readonly service: string }[]): readonly Known[] {
    const there = new Set(read.map(({ service }) => foldName(service)));
    return [...this.#services].flatMap(([key, { known }]) => (there.has(key) ? [] : [known]));
  }
}
