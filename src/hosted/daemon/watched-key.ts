import type { RegistryConnection } from '../../../clients/typescript/registry.ts';
import { connectRegistry } from '../../../clients/typescript/registry.ts';
import type { RegistryWatcher } from '../../../clients/typescript/registry-watcher.ts';
import type { WatchEvent } from '../../../gen/registry/types.ts';
import { messageOf } from './problem.ts';

/** A daemon's connection to the registry, with a watch on the key that it goes by; whenever either is lost it is made anew. */

export interface WatchedKeyOptions {
  readonly socket: string;
  /** With all below it. */
  readonly key: string;
  /** Makes what has to be there before it can be watched. */
  prepare(registry: RegistryConnection): Promise<void>;
  /** The watch stands: what is read from now on misses no change. Where it rejects everything is tried again. */
  begun(registry: RegistryConnection): Promise<void>;
  /** What one commit changed. */
  changed(events: readonly WatchEvent[]): void;
  /** There is no connection any more, for now. */
  lost(): void;
  warn(text: string): void;
}

const firstPauseMs = 20;
const longestPauseMs = 500;

/** Returns what ends it. */
export function watchKey({ socket, key, prepare, begun, changed, lost, warn }: WatchedKeyOptions): () => void {
  let connection: RegistryConnection | null = null;
  let isClosed = false;
  let told = '';

  function tell(text: string): void {
    if (text !== told && text !== '') warn(text);
    told = text;
  }

  /** Until it is lost, or the key was deleted and has to be made anew. */
  async function follow(watcher: RegistryWatcher): Promise<void> {
    for await (const events of watcher) {
      if (events.some(({ type }) => type === 'key_deleted')) return;
      changed(events);
    }
  }

  async function stand(): Promise<void> {
    let pauseMs = firstPauseMs;
    while (!isClosed) {
      let made: RegistryConnection | null = null;
      try {
        made = await connectRegistry(socket);
        connection = made;
        await prepare(made);
        const over = follow(await made.watchKey({ path: key, subtree: true }));
        await begun(made);
        tell('');
        pauseMs = firstPauseMs;
        await over;
      } catch (error) {
        if (!isClosed) tell(`the registry cannot be read: ${messageOf(error)}; tried again until it can`);
        await new Promise((done) => setTimeout(done, pauseMs).unref());
        pauseMs = Math.min(2 * pauseMs, longestPauseMs);
      }
      made?.disconnect();
      if (!isClosed) lost();
    }
  }

  void stand();
  return () => {
    isClosed = true;
    connection?.disconnect();
  };
}
