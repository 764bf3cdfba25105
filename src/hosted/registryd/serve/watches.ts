import { encodeWatchEvent } from '../../../../gen/registry/encode.ts';
import type { WatchType } from '../../../../gen/registry/types.ts';
import type { Holder } from '../../../wire/places.ts';
import type { Change, Key } from '../store/keys.ts';
import { keyRight } from './access.ts';

/**
 * Watches: who hears of a change, and what happens when nobody listens. A watch is bound to its key, not to the path. What a
 * commit changed reaches each watch as one batch. Events that cannot be sent yet wait in the watch's own queue; when that is
 * full the oldest go, and the reader gets one overflow instead, before what is left. What happens to keys below the watched one is told to
 * those who may watch them; who is not SYSTEM hears of it after all others were served. PSD-005 4, O-90.
 */

/** Events a watch holds back while its reader does not read. */
const watchQueueLength = 256;
/** A larger batch is not sent at all: the reader reads everything again, which is cheaper. */
const watchBatchLength = 4096;

/** The way to a watch's reader. */
export interface WatchReader {
  /** Nothing more should be sent now; flush() is called once that is over. */
  readonly congested: boolean;
  send(line: string): void;
  /** Runs what is done for it, in its time. */
  spend(act: () => void): void;
}

/** Who watches. */
export interface Watcher {
  readonly holder: Holder;
  has(key: Key, security: Uint8Array, desired: number): boolean;
}

interface WatchEvent {
  readonly type: WatchType;
  readonly path: string;
  readonly name: string;
  readonly more: boolean;
}

export class Watch {
  readonly number: number;
  readonly key: Key;
  readonly subtree: boolean;
  readonly watcher: Watcher;
  readonly #reader: WatchReader;
  #queue: WatchEvent[] = [];
  #overflowed = false;

  constructor(number: number, key: Key, subtree: boolean, watcher: Watcher, reader: WatchReader) {
    this.number = number;
    this.key = key;
    this.subtree = subtree;
    this.watcher = watcher;
    this.#reader = reader;
  }

  deliver(changes: readonly Change[]): void {
    if (changes.length > watchBatchLength) {
      this.#overflowed = true;
      this.#queue = [];
    } else {
      const last = changes.length - 1;
      changes.forEach((change, index) => {
        this.#queue.push({ type: change.type, path: change.key.path, name: change.name, more: index < last });
      });
    }
    this.flush();
  }

  deliverInItsTime(changes: readonly Change[]): void {
    this.#reader.spend(() => this.deliver(changes));
  }

  /** Sends what the reader takes; keeps the newest of the rest. */
  flush(): void {
    let sent = 0;
    while (!this.#reader.congested) {
      if (this.#overflowed) {
        this.#overflowed = false;
        this.#send({ type: 'overflow', path: this.key.path, name: '', more: false });
        continue;
      }
      const event = this.#queue[sent];
      if (event === undefined) break;
      this.#send(event);
      sent += 1;
    }
    const excess = this.#queue.length - sent - watchQueueLength;
    if (excess > 0) this.#overflowed = true;
    this.#queue.splice(0, sent + Math.max(excess, 0));
  }

  #send(event: WatchEvent): void {
    this.#reader.send(encodeWatchEvent({ watch: this.number, ...event }));
  }
}

/** All watches of the daemon, by the key they are bound to. */
export class WatchTable {
  readonly #byKey = new Map<number, Set<Watch>>();
  readonly #securityOf: (key: Key) => Uint8Array | null;
  #later: (readonly [watch: Watch, batch: readonly Change[]])[] = [];

  /** `securityOf`: descriptor of a key as it is now; null: it is gone. */
  constructor(securityOf: (key: Key) => Uint8Array | null) {
    this.#securityOf = securityOf;
  }

  add(watch: Watch): void {
    const present = this.#byKey.get(watch.key.id);
    if (present === undefined) this.#byKey.set(watch.key.id, new Set([watch]));
    else present.add(watch);
  }

  remove(watch: Watch): void {
    const present = this.#byKey.get(watch.key.id);
    present?.delete(watch);
    if (present?.size === 0) this.#byKey.delete(watch.key.id);
  }

  /** What one commit changed, to everyone whom it concerns. */
  publish(changes: readonly Change[]): void {
    if (this.#byKey.size === 0 || changes.length === 0) return;
    const batches = new Map<Watch, Change[]>();
    for (const change of changes) {
      let security: Uint8Array | null | undefined;
      for (const id of change.key.chain) {
        for (const watch of this.#byKey.get(id) ?? []) {
          if (id !== change.key.id) {
            // That a key is gone is told to those who watch it; those above hear of a deleted subkey.
            if (!watch.subtree || change.type === 'key_deleted') continue;
            security ??= change.security ?? this.#securityOf(change.key);
            if (security === null || !watch.watcher.has(change.key, security, keyRight.notify)) continue;
          }
          const batch = batches.get(watch);
          if (batch === undefined) batches.set(watch, [change]);
          else batch.push(change);
        }
      }
    }
    for (const [watch, batch] of batches) {
      if (watch.watcher.holder.isSystem) watch.deliver(batch);
      else this.#deliverLater(watch, batch);
    }
  }

  #deliverLater(watch: Watch, batch: readonly Change[]): void {
    this.#later.push([watch, batch]);
    if (this.#later.length > 1) return;
    setImmediate(() => {
      const waiting = this.#later;
      this.#later = [];
      for (const [each, changes] of waiting) if (this.#byKey.get(each.key.id)?.has(each) === true) each.deliverInItsTime(changes);
    });
  }
}
