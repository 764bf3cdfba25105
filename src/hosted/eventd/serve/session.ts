import type { PlaceLimits } from '../../../wire/places.ts';
import { Places } from '../../../wire/places.ts';
import type { LineConnection } from '../../daemon/line-server.ts';
import type { Caller } from './caller.ts';
import { Refusal } from './refusal.ts';

/** Something that is under way for a connection. */
export interface UnderWay {
  stored(): void;
  drained(): void;
  renew(): void;
  end(): void;
}

/** At once, of all callers and of each that is not SYSTEM. */
const limits: PlaceLimits = { total: 256, perUser: 16 };

/** All that is under way for all connections. */
export class Questions {
  readonly #places = new Places();
  readonly #all = new Set<UnderWay>();

  get count(): number {
    return this.#all.size;
  }

  /** Something was stored. */
  stored(): void {
    for (const one of this.#all) one.stored();
  }

  /** Who may read what has changed. */
  renew(): void {
    for (const one of this.#all) one.renew();
  }

  /** Throws BUSY, and what `make` throws. */
  add({ holder }: Caller, make: () => UnderWay): UnderWay {
    const lack = this.#places.lack(holder, limits);
    if (lack === 'own') throw new Refusal('BUSY', `this user has ${limits.perUser} requests under way already`);
    if (lack !== null) throw new Refusal('BUSY', `there are ${limits.total} requests under way already`);
    const one = make();
    this.#places.take(holder, limits);
    this.#all.add(one);
    return one;
  }

  end(one: UnderWay, { holder }: Caller): void {
    if (this.#all.delete(one)) this.#places.giveBack(holder);
  }
}

/** One connection: who asks, and what is under way for it. */
export class Session {
  readonly caller: Caller;
  readonly connection: Pick<LineConnection, 'congested'>;
  readonly #questions: Questions;
  readonly #own = new Set<UnderWay>();

  constructor(caller: Caller, connection: Pick<LineConnection, 'congested'>, questions: Questions) {
    this.caller = caller;
    this.connection = connection;
    this.#questions = questions;
  }

  /** `make` begins it, with what is to be called at its end. Throws BUSY, and what `make` throws. */
  begin(make: (over: () => void) => UnderWay): void {
    const one = this.#questions.add(this.caller, () => make(() => this.#end(one)));
    this.#own.add(one);
  }

  drained(): void {
    for (const one of this.#own) one.drained();
  }

  close(): void {
    for (const one of this.#own) {
      one.end();
      this.#end(one);
    }
  }

  #end(one: UnderWay): void {
    this.#own.delete(one);
    this.#questions.end(one, this.caller);
  }
}
