import { encodeWatchEvent } from '../../../../gen/registry/encode.ts';
import type { WatchType } from '../../../../gen/registry/types.ts';
import type { Change, Key } from '../store/keys.ts';

/**
 * Watches: who hears of a change, and what happens when nobody listens. A watch is bound to its key, not to the path. What a
 * commit changed reaches each watch as one batch. Events that cannot be sent yet wait in the watch's own queue; when that is
 * full the oldest go, and the reader gets one overflow instead, before what is left. PSD-005 4.
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
  readonly #reader: WatchReader;
  #queue: WatchEvent[] = [];
  #overflowed = false;

  constructor(number: number, key: Key, subtree: boolean, reader: WatchReader) {
    this.number = number;
    this.key = key;
    this.subtree = subtree;
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
      for (const id of change.key.chain) {
        for (const watch of this.#byKey.get(id) ?? []) {
          // That a key is gone is told to those who watch it; those above hear of a deleted subkey.
          const concerned = id === change.key.id || (watch.subtree && change.type !== 'key_deleted');
          if (!concerned) continue;
          const batch = batches.get(watch);
          if (batch === undefined) batches.set(watch, [change]);
          else batch.push(change);
        }
      }
    }
    for (const [watch, batch] of batches) watch.deliver(batch);
  }
}
