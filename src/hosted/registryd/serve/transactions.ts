import { RegistryFailure } from '../../../registry/failure.ts';
import type { Holder } from '../../../wire/places.ts';
import type { Answer } from '../../daemon/dispatch.ts';
import type { StoreConnection } from '../../sqlite/connection.ts';
import type { Change } from '../store/keys.ts';

/**
 * Transactions. Beginning one costs nothing; its first use binds it: it takes the store's write lock on a second connection, so
 * that it reads its own writes while everyone else reads the state before them. One can be bound at a time. Whoever wants to
 * write meanwhile waits in line, and is refused with EBUSY after 25 s. A transaction is dropped 30 s after its beginning, and that
 * of a user who is not SYSTEM when others have waited for as long as this user may keep them waiting. PSD-005 5.1, O-90.
 */

export const transactionLifetimeMs = 30_000;
export const lockWaitMs = 25_000;
/** Of one connection. */
const maxTransactions = 16;
/** Of all connections of a user who is not SYSTEM. */
const maxTransactionsOfUser = 32;
/** Calls that wait: of all together, and of one user who is not SYSTEM. */
const maxWaiters = 1024;
const maxWaitersOfUser = 64;
/** How long a user who is not SYSTEM may keep others waiting at once, and how much of each further millisecond. */
export const patienceOfOthersMs = 500;
const patienceShare = 0.005;

/** Whom a transaction belongs to: a connection; compared by identity. */
export interface TransactionOwner {
  readonly holder: Holder;
}

interface Transaction {
  readonly number: number;
  readonly owner: TransactionOwner;
  readonly changes: Change[];
  readonly lifetime: NodeJS.Timeout;
  /** Why it was dropped, for the next call of it. */
  dropped: string | null;
}

interface Waiter {
  readonly owner: TransactionOwner;
  readonly attempt: () => void;
  readonly patience: NodeJS.Timeout;
}

/** What a write did. */
export interface Written<T> {
  readonly response: T;
  readonly changes: readonly Change[];
}

export class Transactions {
  readonly #main: StoreConnection;
  readonly #openSecond: () => StoreConnection;
  readonly #publish: (changes: readonly Change[]) => void;
  readonly #open = new Map<number, Transaction>();
  #second: StoreConnection | null = null;
  #bound: Transaction | null = null;
  #waiting: Waiter[] = [];
  #lastNumber = 0;
  readonly #patience = new Patience();
  /** Others have waited for the transaction that is bound since then, and until it is dropped. */
  #hindering: { readonly sinceMs: number; readonly end: NodeJS.Timeout } | null = null;
  /** Numbers of the latest turn of each user in the line. */
  readonly #turns = new Map<Holder['user'], number>();
  #lastTurn = 0;

  constructor(main: StoreConnection, openSecond: () => StoreConnection, publish: (changes: readonly Change[]) => void) {
    this.#main = main;
    this.#openSecond = openSecond;
    this.#publish = publish;
  }

  begin(owner: TransactionOwner): number {
    const { user, isSystem } = owner.holder;
    let owned = 0;
    let ofUser = 0;
    for (const { owner: other } of this.#open.values()) {
      if (other === owner) owned += 1;
      if (other.holder.user === user) ofUser += 1;
    }
    if (owned >= maxTransactions) throw new RegistryFailure('EBUSY', `this connection has ${owned} transactions open already`);
    if (!isSystem && ofUser >= maxTransactionsOfUser)
      throw new RegistryFailure('EBUSY', `this user has ${ofUser} transactions open already; commit or abort some`);
    this.#lastNumber = (this.#lastNumber % 0x7fff_ffff) + 1;
    const number = this.#lastNumber;
    const lifetime = setTimeout(() => this.#expire(number), transactionLifetimeMs);
    this.#open.set(number, { number, owner, changes: [], lifetime, dropped: null });
    return number;
  }

  /** A read, in a transaction or outside. */
  read<T>(owner: TransactionOwner, number: number | undefined, body: (store: StoreConnection) => T, answer: Answer<T>): void {
    if (number === undefined) this.#settle(answer, () => body(this.#main));
    else this.#whenBound(owner, number, answer, (store) => body(store));
  }

  /** A write, in a transaction or as one of its own; answered once it is durable or part of the transaction. */
  write<T>(owner: TransactionOwner, number: number | undefined, body: (store: StoreConnection) => Written<T>, answer: Answer<T>): void {
    if (number !== undefined) {
      this.#whenBound(owner, number, answer, (store, transaction) => {
        const { response, changes } = withinSavepoint(store, body);
        transaction.changes.push(...changes);
        return response;
      });
      return;
    }
    this.#whenFree(owner, answer, () => {
      this.#settle(answer, () => {
        const { response, changes } = this.#main.atomically(() => body(this.#main));
        this.#publish(changes);
        return response;
      });
    });
  }

  commit(owner: TransactionOwner, number: number): void {
    const transaction = this.#find(owner, number);
    this.#forget(transaction);
    if (this.#bound !== transaction) return;
    try {
      this.#second?.database.exec('COMMIT');
      this.#publish(transaction.changes);
    } finally {
      this.#release();
    }
  }

  abort(owner: TransactionOwner, number: number): void {
    const transaction = this.#find(owner, number);
    this.#forget(transaction);
    if (this.#bound === transaction) this.#release();
  }

  /** Drops what an owner has open or waits for. */
  dropOwner(owner: TransactionOwner): void {
    for (const waiter of this.#waiting) if (waiter.owner === owner) clearTimeout(waiter.patience);
    this.#waiting = this.#waiting.filter((waiter) => waiter.owner !== owner);
    for (const transaction of [...this.#open.values()]) {
      if (transaction.owner !== owner) continue;
      this.#forget(transaction);
      if (this.#bound === transaction) this.#release();
    }
  }

  close(): void {
    for (const transaction of [...this.#open.values()]) this.dropOwner(transaction.owner);
    this.#second?.close();
  }

  #find(owner: TransactionOwner, number: number): Transaction {
    const transaction = this.#open.get(number);
    if (transaction === undefined || transaction.owner !== owner) throw new RegistryFailure('EBADF', `there is no transaction ${number}`);
    if (transaction.dropped !== null) {
      this.#open.delete(number);
      throw new RegistryFailure('ETIMEDOUT', `transaction ${number} ${transaction.dropped}`);
    }
    return transaction;
  }

  #forget(transaction: Transaction): void {
    clearTimeout(transaction.lifetime);
    this.#open.delete(transaction.number);
  }

  #expire(number: number): void {
    const transaction = this.#open.get(number);
    if (transaction !== undefined) this.#drop(transaction, `was open for more than ${transactionLifetimeMs / 1000} s and is dropped`);
  }

  #drop(transaction: Transaction, reason: string): void {
    transaction.dropped ??= reason;
    transaction.changes.length = 0;
    if (this.#bound === transaction) this.#release();
  }

  /** Somebody waits for the transaction that is bound: where that is another user's, not for long. */
  #hinder(waiting: Holder): void {
    const bound = this.#bound;
    if (bound === null || this.#hindering !== null) return;
    const { user, isSystem } = bound.owner.holder;
    if (isSystem || user === waiting.user) return;
    const leftMs = this.#patience.left(user);
    const drop = (): void =>
      this.#drop(bound, 'kept others waiting for as long as one user may and is dropped, with nothing written; begin it again');
    this.#hindering = { sinceMs: performance.now(), end: setTimeout(drop, leftMs) };
  }

  #hinderedNoMore(): void {
    if (this.#hindering === null || this.#bound === null) return;
    clearTimeout(this.#hindering.end);
    this.#patience.spend(this.#bound.owner.holder.user, performance.now() - this.#hindering.sinceMs);
    this.#hindering = null;
  }

  /** SYSTEM's calls before all others, and those of a user who was not served for longest before the others. */
  #nextWaiter(): Waiter | undefined {
    let next: Waiter | undefined;
    let least = Number.POSITIVE_INFINITY;
    for (const waiter of this.#waiting) {
      const { isSystem, user } = waiter.owner.holder;
      const turn = isSystem ? -1 : (this.#turns.get(user) ?? 0);
      if (turn >= least) continue;
      next = waiter;
      least = turn;
    }
    if (next === undefined) {
      this.#turns.clear();
      return undefined;
    }
    this.#waiting.splice(this.#waiting.indexOf(next), 1);
    this.#lastTurn += 1;
    this.#turns.set(next.owner.holder.user, this.#lastTurn);
    return next;
  }

  #settle<T>(answer: Answer<T>, body: () => T): void {
    let response: T;
    try {
      response = body();
    } catch (error) {
      answer.failed(error);
      return;
    }
    answer.done(response);
  }

  #whenBound<T>(
    owner: TransactionOwner,
    number: number,
    answer: Answer<T>,
    body: (store: StoreConnection, transaction: Transaction) => T,
  ): void {
    const run = (): void => {
      this.#settle(answer, () => {
        const transaction = this.#find(owner, number);
        const store = this.#bind(transaction);
        try {
          return body(store, transaction);
        } catch (error) {
          // SQLite itself gave the whole transaction up (the disk is full, say).
          if (!store.database.isTransaction) this.abort(owner, number);
          throw error;
        }
      });
    };
    if (this.#bound?.number === number) run();
    else this.#whenFree(owner, answer, run);
  }

  #bind(transaction: Transaction): StoreConnection {
    this.#second ??= this.#openSecond();
    if (this.#bound === transaction) return this.#second;
    this.#second.database.exec('BEGIN IMMEDIATE');
    this.#bound = transaction;
    return this.#second;
  }

  /** Gives the write lock back, dropping what is not committed, and lets those in line try again. */
  #release(): void {
    if (this.#second?.database.isTransaction) this.#second.database.exec('ROLLBACK');
    this.#hinderedNoMore();
    this.#bound = null;
    while (this.#bound === null) {
      const waiter = this.#nextWaiter();
      if (waiter === undefined) return;
      clearTimeout(waiter.patience);
      waiter.attempt();
    }
    for (const { owner } of this.#waiting) this.#hinder(owner.holder);
  }

  #whenFree<T>(owner: TransactionOwner, answer: Answer<T>, attempt: () => void): void {
    if (this.#bound === null) {
      attempt();
      return;
    }
    const { user, isSystem } = owner.holder;
    const ofUser = this.#waiting.filter((waiter) => waiter.owner.holder.user === user).length;
    if (this.#waiting.length >= maxWaiters || (!isSystem && ofUser >= maxWaitersOfUser)) {
      answer.failed(new RegistryFailure('EBUSY', 'too many calls wait for a transaction to end'));
      return;
    }
    const patience = setTimeout(() => {
      this.#waiting = this.#waiting.filter((waiter) => waiter.patience !== patience);
      answer.failed(new RegistryFailure('EBUSY', `a transaction has held the store for ${lockWaitMs / 1000} s`));
    }, lockWaitMs);
    this.#waiting.push({ owner, attempt, patience });
    this.#hinder(owner.holder);
  }
}

/** For how long each user may still keep others waiting. */
class Patience {
  readonly #spent = new Map<Holder['user'], { ms: number; atMs: number }>();

  left(user: Holder['user']): number {
    const spent = this.#spent.get(user);
    if (spent === undefined) return patienceOfOthersMs;
    const ms = spent.ms - (performance.now() - spent.atMs) * patienceShare;
    if (ms > 0) return Math.max(0, patienceOfOthersMs - ms);
    this.#spent.delete(user);
    return patienceOfOthersMs;
  }

  spend(user: Holder['user'], ms: number): void {
    this.#spent.set(user, { ms: patienceOfOthersMs - this.left(user) + ms, atMs: performance.now() });
  }
}

/** A failing write leaves the transaction as it was before it. */
function withinSavepoint<T>(store: StoreConnection, body: (store: StoreConnection) => T): T {
  store.database.exec('SAVEPOINT call');
  try {
    const result = body(store);
    store.database.exec('RELEASE call');
    return result;
  } catch (error) {
    if (store.database.isTransaction) store.database.exec('ROLLBACK TO call; RELEASE call');
    throw error;
  }
}
