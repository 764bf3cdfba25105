import { checkedReading } from './checked-reading.ts';
import type { OpenOptions } from './control.ts';
import type { RegistryClient } from './generated/client.ts';
import type { RegistryCommands, WatchEvent, WatchRequest } from './generated/registry.ts';
import { registrySocket } from './generated/shapes.ts';
import { connectRegistry } from './registry.ts';

/** A watch of a key: each element is what one commit changed. Up to 4096 events are kept for its reader; beyond, it gets one overflow. */
export interface KeyWatch extends AsyncIterable<readonly WatchEvent[]> {
  /** Its number on this connection. */
  readonly watch: number;
  /** Ends the watch, as leaving the iteration does. */
  close(): void;
}

/**
 * A connection to the registry. Calls may be made without waiting for each other. Handles, transactions and watches are those of the
 * connection: when it has ended, every call is rejected, every watch ends, and another connection is to be opened.
 */
export interface Registry extends RegistryClient<RegistryCommands> {
  /** Watches a key. */
  watchKey(request: WatchRequest): Promise<KeyWatch>;
  /** Ends the connection; calls without an answer are rejected. */
  disconnect(): void;
}

/** `onSilent`: registryd has not answered for 3 s while a call waits, which goes on; called once, with a message for people. */
export interface RegistryOpenOptions extends OpenOptions {
  readonly onSilent?: (message: string) => void;
}

const patienceMs = 5_000;

/** Connects to the registry, as openControl does. A call without an answer is rejected with ETIMEDOUT after 30 s. */
export const openRegistry = ({ path, ...options }: RegistryOpenOptions = {}): Promise<Registry> =>
  connectRegistry(path, {
    patienceMs,
    reading: checkedReading(registrySocket),
    ...options,
  }) as unknown as Promise<Registry>;
