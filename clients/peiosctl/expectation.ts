import type { ServiceState } from '../../gen/events/types.ts';
import type { State } from '../../gen/service/types.ts';
import { foldName } from '../../src/policy/definition/names.ts';
import type { Known } from './known-states.ts';
import { KnownStates } from './known-states.ts';
import { isStuck } from './target-states.ts';

/** Services that are to be in one of some states, and how far they are. */
export class Expectation {
  readonly #names: readonly string[];
  readonly #target: ReadonlySet<State>;
  /** One of them is enough. */
  readonly #any: boolean;
  readonly #known = new KnownStates();
  /** The one that was there, if only for a moment. */
  #first: Known | null = null;

  constructor(names: readonly string[], target: ReadonlySet<State>, any: boolean) {
    this.#names = names;
    this.#target = target;
    this.#any = any || names.length === 1;
  }

  read(now: Known): void {
    this.#known.read(now);
    this.#look(now);
  }

  /** A step that lies before what was read happened after somebody began to wait all the same. */
  step(step: ServiceState): void {
    if (!this.isAbout(step.service)) return;
    this.#known.step(step);
    this.#look({ service: step.service, state: step.to, cause: step.cause });
  }

  gone(service: string): void {
    this.#known.forget(service);
  }

  isAbout(service: string): boolean {
    return this.#names.some((name) => foldName(name) === foldName(service));
  }

  get isMet(): boolean {
    return this.#any
      ? this.#first !== null || this.#names.some((name) => this.#isThere(name))
      : this.#names.every((name) => this.#isThere(name));
  }

  /** Where the service is, or was when that was enough; null: it is not defined any more. */
  at(service: string): Known | null {
    if (this.#first !== null && foldName(this.#first.service) === foldName(service)) return this.#first;
    return this.#known.get(service) ?? null;
  }

  /** Those that are not where they should be. */
  get missing(): readonly string[] {
    return this.#names.filter((name) => !this.#isThere(name));
  }

  /** Those that seem not to get there by themselves; empty as long as another one is enough and may. */
  get stuck(): readonly string[] {
    const stuck = this.missing.filter((name) => {
      const now = this.#known.get(name);
      return now === undefined || isStuck(now.state, now.cause);
    });
    return this.#any && stuck.length < this.#names.length ? [] : stuck;
  }

  #look(now: Known): void {
    if (this.#any && this.#target.has(now.state)) this.#first ??= now;
  }

  /** Nothing of what is not defined any more runs. */
  #isThere(name: string): boolean {
    return this.#target.has(this.#known.get(name)?.state ?? 'inactive');
  }
}
