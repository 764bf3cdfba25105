import type { Holder } from '../../../wire/places.ts';

/**
 * Work that is done a piece at a time, so that records go on being stored while somebody searches through millions of them: one slice in
 * each round of the loop, user by user, and of each user one after another.
 */

export interface Work {
  readonly user: Holder['user'];
  /** A bounded piece; whether another one can be done now. */
  step(): boolean;
}

const sliceMs = 2;

export class Slices {
  /** In the order of their next slice. */
  readonly #waiting = new Map<Holder['user'], Set<Work>>();
  readonly #now: () => number;
  #armed: NodeJS.Immediate | null = null;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** It can go on. */
  ready(work: Work): void {
    const waiting = this.#waiting.get(work.user);
    if (waiting === undefined) this.#waiting.set(work.user, new Set([work]));
    else waiting.add(work);
    this.#armed ??= setImmediate(() => this.#round());
  }

  /** It is over. */
  leave(work: Work): void {
    const waiting = this.#waiting.get(work.user);
    waiting?.delete(work);
    if (waiting?.size === 0) this.#waiting.delete(work.user);
  }

  close(): void {
    this.#waiting.clear();
    if (this.#armed !== null) clearImmediate(this.#armed);
    this.#armed = null;
  }

  #round(): void {
    this.#armed = null;
    const work = this.#next();
    if (work !== null && this.#run(work)) this.ready(work);
    if (this.#waiting.size > 0) this.#armed ??= setImmediate(() => this.#round());
  }

  /** Takes it out; its user is behind all others then. */
  #next(): Work | null {
    const [first] = this.#waiting;
    if (first === undefined) return null;
    const [user, waiting] = first;
    const [work] = waiting;
    this.#waiting.delete(user);
    if (work === undefined) return null;
    waiting.delete(work);
    if (waiting.size > 0) this.#waiting.set(user, waiting);
    return work;
  }

  #run(work: Work): boolean {
    const until = this.#now() + sliceMs;
    do if (!work.step()) return false;
    while (this.#now() < until);
    return true;
  }
}
