import { RegistryFailure } from '../../../registry/failure.ts';
import type { Holder } from '../../../wire/places.ts';

/** What one user holds on all of its connections; SYSTEM is bounded by its connections alone. O-90. */

export const userLimits = { handles: 2048, watches: 64 } as const;
type What = keyof typeof userLimits;

export class Quota {
  readonly #held = new Map<Holder['user'], { handles: number; watches: number }>();

  /** Throws ENOSPC. */
  take({ user, isSystem }: Holder, what: What): void {
    if (isSystem) return;
    const held = this.#held.get(user) ?? { handles: 0, watches: 0 };
    if (held[what] >= userLimits[what])
      throw new RegistryFailure('ENOSPC', `this user has ${userLimits[what]} ${what} on all of its connections already; close some`);
    held[what] += 1;
    this.#held.set(user, held);
  }

  giveBack({ user, isSystem }: Holder, what: What): void {
    const held = isSystem ? undefined : this.#held.get(user);
    if (held === undefined) return;
    held[what] -= 1;
    if (held.handles === 0 && held.watches === 0) this.#held.delete(user);
  }
}
