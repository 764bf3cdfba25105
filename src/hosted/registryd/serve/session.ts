import { RegistryFailure } from '../../../registry/failure.ts';
import type { Holder } from '../../../wire/places.ts';
import type { Key } from '../store/keys.ts';
import type { Caller } from './caller.ts';
import type { Quota } from './quota.ts';
import type { Transactions } from './transactions.ts';
import type { WatchReader, WatchTable } from './watches.ts';
import { Watch } from './watches.ts';

/** Handles and watches of one connection at most. PSD-005 A.4. */
const maxHandles = 1024;
const maxWatches = 1024;

export interface Handle {
  readonly key: Key;
  readonly granted: number;
}

export interface SessionParts {
  readonly caller: Caller;
  readonly transactions: Transactions;
  readonly watchTable: WatchTable;
  readonly quota: Quota;
  readonly reader: WatchReader;
}

/** What one connection holds: handles, watches, transactions. All of it ends with the connection. */
export class Session {
  readonly caller: Caller;
  readonly transactions: Transactions;
  readonly #watchTable: WatchTable;
  readonly #quota: Quota;
  readonly #reader: WatchReader;
  readonly #handles = new Map<number, Handle>();
  readonly #watches = new Map<number, { readonly watch: Watch; readonly handle: number | undefined }>();
  #lastHandle = 0;
  #lastWatch = 0;

  constructor({ caller, transactions, watchTable, quota, reader }: SessionParts) {
    this.caller = caller;
    this.transactions = transactions;
    this.#watchTable = watchTable;
    this.#quota = quota;
    this.#reader = reader;
  }

  get holder(): Holder {
    return this.caller.holder;
  }

  openHandle(key: Key, granted: number): number {
    if (this.#handles.size >= maxHandles) throw new RegistryFailure('ENOSPC', `this connection has ${maxHandles} handles open already`);
    this.#quota.take(this.holder, 'handles');
    this.#lastHandle += 1;
    this.#handles.set(this.#lastHandle, { key, granted });
    return this.#lastHandle;
  }

  handle(number: number): Handle {
    const handle = this.#handles.get(number);
    if (handle === undefined) throw new RegistryFailure('EBADF', `there is no handle ${number}`);
    return handle;
  }

  /** Watches made through a handle end with it. */
  closeHandle(number: number): void {
    this.handle(number);
    this.#handles.delete(number);
    this.#quota.giveBack(this.holder, 'handles');
    for (const [watch, { handle }] of this.#watches) if (handle === number) this.endWatch(watch);
  }

  startWatch(key: Key, subtree: boolean, handle: number | undefined): number {
    if (this.#watches.size >= maxWatches) throw new RegistryFailure('ENOSPC', `this connection has ${maxWatches} watches already`);
    this.#quota.take(this.holder, 'watches');
    this.#lastWatch += 1;
    const watch = new Watch(this.#lastWatch, key, subtree, this.caller, this.#reader);
    this.#watches.set(watch.number, { watch, handle });
    this.#watchTable.add(watch);
    return watch.number;
  }

  endWatch(number: number): void {
    const held = this.#watches.get(number);
    if (held === undefined) throw new RegistryFailure('EBADF', `there is no watch ${number}`);
    this.#watches.delete(number);
    this.#quota.giveBack(this.holder, 'watches');
    this.#watchTable.remove(held.watch);
  }

  flushWatches(): void {
    for (const { watch } of this.#watches.values()) watch.flush();
  }

  end(): void {
    for (const number of [...this.#watches.keys()]) this.endWatch(number);
    for (const number of [...this.#handles.keys()]) this.closeHandle(number);
    this.transactions.dropOwner(this);
  }
}
