import type { Holder } from '../../wire/places.ts';

/**
 * Whose lines are served next. SYSTEM's are served at once. Everybody else gets a short slice at a time, user by user, and what has come
 * from others meanwhile is read in between; a user who asks for more than a share of the daemon's time waits until the share has grown
 * again. So a flood of one user costs the others no more than one slice each time. O-90.
 */

/** A connection that may have lines to serve. */
export interface Turn {
  readonly holder: Holder;
  /** Serves lines until `untilMs` (of performance.now()), one at least; whether more are left. */
  serve(untilMs: number): boolean;
}

const sliceMs = 0.2;
/** SYSTEM's connections give way to each other after so long. */
const systemSliceMs = 5;
/** What a user may take at once, and how much of each further millisecond. */
const burstMs = 250;
const share = 0.1;
/** Users that are remembered; of those that have all of their time nothing needs to be known. */
const mostUsers = 256;

interface Account {
  leftMs: number;
  atMs: number;
}

export class Turns {
  /** Those who wait, by user, in the order of their next turn. */
  readonly #waiting = new Map<Holder['user'], Set<Turn>>();
  readonly #system = new Set<Turn>();
  readonly #accounts = new Map<Holder['user'], Account>();
  readonly #now: () => number;
  #armed: NodeJS.Immediate | null = null;
  #later: NodeJS.Timeout | null = null;
  /** One slice in each round of the loop: what is readable now shall not become many. */
  #spent = false;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** The connection has lines, or may have some. */
  ready(turn: Turn): void {
    if (turn.holder.isSystem) {
      if (this.#run(turn, systemSliceMs)) this.#system.add(turn);
    } else if (this.#spent || this.#waiting.size > 0 || this.#left(turn.holder.user) <= 0) this.#enqueue(turn);
    else {
      this.#spent = true;
      if (this.#run(turn, sliceMs)) this.#enqueue(turn);
    }
    this.#arm();
  }

  /** It is over. */
  leave(turn: Turn): void {
    this.#system.delete(turn);
    const { user } = turn.holder;
    const waiting = this.#waiting.get(user);
    waiting?.delete(turn);
    if (waiting?.size === 0) this.#waiting.delete(user);
  }

  /** It has taken all of its time and more. */
  isSpent({ user, isSystem }: Holder): boolean {
    return !isSystem && this.#left(user) <= 0;
  }

  /** Time that was spent for a user otherwise. */
  charge({ user, isSystem }: Holder, ms: number): void {
    if (isSystem) return;
    this.#left(user);
    const account = this.#accounts.get(user);
    if (account !== undefined) account.leftMs -= ms;
  }

  close(): void {
    if (this.#armed !== null) clearImmediate(this.#armed);
    if (this.#later !== null) clearTimeout(this.#later);
    this.#system.clear();
    this.#waiting.clear();
  }

  #left(user: Holder['user']): number {
    const now = this.#now();
    let account = this.#accounts.get(user);
    if (account === undefined) {
      if (this.#accounts.size >= mostUsers) this.#forgetRested(now);
      account = { leftMs: burstMs, atMs: now };
      this.#accounts.set(user, account);
    }
    account.leftMs = Math.min(burstMs, account.leftMs + (now - account.atMs) * share);
    account.atMs = now;
    return account.leftMs;
  }

  #forgetRested(now: number): void {
    for (const [user, { leftMs, atMs }] of this.#accounts) if (leftMs + (now - atMs) * share >= burstMs) this.#accounts.delete(user);
  }

  #run(turn: Turn, ms: number): boolean {
    const begun = this.#now();
    try {
      return turn.serve(begun + ms);
    } finally {
      this.charge(turn.holder, this.#now() - begun);
    }
  }

  #enqueue(turn: Turn): void {
    const { user } = turn.holder;
    const waiting = this.#waiting.get(user);
    if (waiting === undefined) this.#waiting.set(user, new Set([turn]));
    else waiting.add(turn);
  }

  #arm(): void {
    if (this.#armed === null && (this.#spent || this.#system.size > 0 || this.#waiting.size > 0))
      this.#armed = setImmediate(() => this.#round());
  }

  #round(): void {
    this.#armed = null;
    this.#spent = false;
    const [system] = this.#system;
    if (system !== undefined) {
      this.#system.delete(system);
      if (this.#run(system, systemSliceMs)) this.#system.add(system);
    }
    const user = this.#nextUser();
    if (user === null) {
      // Those who wait have used up their share.
      if (this.#waiting.size > 0) this.#later ??= setTimeout(() => this.#rested(), this.#restMs()).unref();
      if (this.#system.size > 0) this.#arm();
      return;
    }
    const [turn] = this.#waiting.get(user) ?? [];
    if (turn !== undefined) {
      this.leave(turn);
      this.#spent = true;
      // Behind the others of its user, who is behind the other users.
      if (this.#run(turn, sliceMs)) this.#enqueue(turn);
      const rest = this.#waiting.get(user);
      this.#waiting.delete(user);
      if (rest !== undefined) this.#waiting.set(user, rest);
    }
    this.#arm();
  }

  #nextUser(): Holder['user'] | null {
    for (const user of this.#waiting.keys()) if (this.#left(user) > 0) return user;
    return null;
  }

  /** Until the first of those who wait has time again. */
  #restMs(): number {
    let most = Number.NEGATIVE_INFINITY;
    for (const user of this.#waiting.keys()) most = Math.max(most, this.#left(user));
    return Math.ceil(-most / share) + 1;
  }

  #rested(): void {
    this.#later = null;
    this.#arm();
  }
}
