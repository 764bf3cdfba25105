/**
 * What each user has had done for it: a share of the time, beyond a first burst. SYSTEM is not bounded. Whoever keeps process 1 busy
 * takes the processors from it, because a scheduler lets those go first who were at rest; so others would wait although their turn comes
 * soon. O-97.
 */
import type { MonotonicNs } from '../kernel/kernel.ts';
import type { Holder } from './places.ts';

/** What a user may take at once, and one part in so many of each further moment. */
const burstNs = 100_000_000;
const part = 10;
/** Users that are remembered; of those that have all of their time nothing needs to be known. */
const mostUsers = 256;

interface Account {
  leftNs: number;
  at: MonotonicNs;
}

export class Shares {
  readonly #accounts = new Map<Holder['user'], Account>();
  readonly #now: () => MonotonicNs;

  constructor(now: () => MonotonicNs) {
    this.#now = now;
  }

  /** So much was done for it since then. */
  charge({ user, isSystem }: Holder, since: MonotonicNs): void {
    if (isSystem) return;
    const account = this.#of(user);
    account.leftNs -= Number(account.at - since);
  }

  /** How long until it has time again; 0: it has. */
  restNs({ user, isSystem }: Holder): number {
    if (isSystem) return 0;
    const { leftNs } = this.#of(user);
    return leftNs > 0 ? 0 : (1 - leftNs) * part;
  }

  #of(user: Holder['user']): Account {
    const now = this.#now();
    let account = this.#accounts.get(user);
    if (account === undefined) {
      if (this.#accounts.size >= mostUsers) this.#forget(now);
      account = { leftNs: burstNs, at: now };
      this.#accounts.set(user, account);
    }
    account.leftNs = Math.min(burstNs, account.leftNs + Number(now - account.at) / part);
    account.at = now;
    return account;
  }

  #forget(now: MonotonicNs): void {
    for (const [user, { leftNs, at }] of this.#accounts) if (leftNs + Number(now - at) / part >= burstNs) this.#accounts.delete(user);
  }
}
