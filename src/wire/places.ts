/**
 * Who may have a connection of a socket. SYSTEM may have all of them; for its sake some are kept from everybody else, and each other
 * user has a limit of its own, so that none locks the others out. O-33.
 */

/** In whose name a connection is held. */
export interface Holder {
  /** Equal for connections of the same user. */
  readonly user: string | number;
  readonly isSystem: boolean;
}

export interface PlaceLimits {
  readonly total: number;
  /** Of each user that is not SYSTEM. */
  readonly perUser: number;
}

/** Places that only SYSTEM gets; of a socket with few, half of them. */
const keptForSystem = 4;

const keptOf = (total: number): number => Math.min(keptForSystem, Math.ceil(total / 2));

export class Places {
  readonly #byUser = new Map<Holder['user'], number>();
  #taken = 0;
  #takenByOthers = 0;

  get taken(): number {
    return this.#taken;
  }

  /** Why there is none for this holder: it has as many as it may have, or all are taken that it could get. Null: there is one. */
  lack({ user, isSystem }: Holder, { total, perUser }: PlaceLimits): 'own' | 'all' | null {
    if (!isSystem && (this.#byUser.get(user) ?? 0) >= perUser) return 'own';
    if (this.#taken >= total) return 'all';
    return !isSystem && this.#takenByOthers >= total - keptOf(total) ? 'all' : null;
  }

  /** Whether there was one. */
  take(holder: Holder, limits: PlaceLimits): boolean {
    if (this.lack(holder, limits) !== null) return false;
    const { user, isSystem } = holder;
    this.#taken += 1;
    if (isSystem) return true;
    this.#takenByOthers += 1;
    this.#byUser.set(user, (this.#byUser.get(user) ?? 0) + 1);
    return true;
  }

  giveBack({ user, isSystem }: Holder): void {
    this.#taken -= 1;
    if (isSystem) return;
    this.#takenByOthers -= 1;
    const own = this.#byUser.get(user) ?? 0;
    if (own > 1) this.#byUser.set(user, own - 1);
    else this.#byUser.delete(user);
  }
}
