import type { RegistryError, WatchType } from '../../gen/registry/types.ts';
import type { RegistryValue } from '../registry/value.ts';

/**
 * The registry as PID 1 sees it, whatever kernel is below: a port of non-blocking calls. Every call is answered exactly once
 * through its callback, never before the call itself has returned, and a failure is an outcome with the name of its errno.
 *
 * Paths are canonical: components separated by backslash, no separator at either end (`Machine\System\Services`). Names are
 * compared without case and keep the spelling they were created with. PSD-005.
 */

/** The errno's name; EIO also when the registry is not there or was lost, ETIMEDOUT also when it did not answer in time. */
export interface RegistryFailure {
  readonly ok: false;
  readonly error: RegistryError;
  /** For people: names call, key and value. */
  readonly message: string;
}

export type RegistryOutcome<T> = { readonly ok: true; readonly value: T } | RegistryFailure;

/** Text of one tree on the wire at most; a registry that large is not what a machine boots from. */
export const maxTreeBytes = 64 * 1024 * 1024;

/** One key of a tree. */
export interface RegistryNode {
  /** Path below the key asked for, in stored spelling; empty: that key itself. */
  readonly path: string;
  readonly values: readonly RegistryValue[];
  /** Its descriptor keeps the reader out: what it holds, and what is below it, is not known. */
  readonly denied?: true;
}

/** A change. On `overflow` path and name are those of the watched key and empty: read everything again. */
export interface RegistryEvent {
  readonly type: WatchType;
  /** Full path of the key it happened to, in stored spelling. */
  readonly path: string;
  /** The value or subkey; empty where there is none. */
  readonly name: string;
}

export interface RegistryWatch {
  /** Ends the watch; its handlers never run again. */
  close(): void;
}

export interface RegistryPort {
  /** Whether calls can be made now. False before the connection stands and after it was lost. */
  readonly connected: boolean;
  /**
   * Connects; the outcome says whether calls can be made. Also after a loss, when watches have to be set anew.
   * A second call while one is under way, or while connected, is answered with that state.
   */
  connect(done: (outcome: RegistryOutcome<null>) => void): void;
  /** One consistent read of a key and all below it, parents before children. `depth` null: no limit; 0: the key alone. */
  readTree(path: string, depth: number | null, done: (outcome: RegistryOutcome<readonly RegistryNode[]>) => void): void;
  /** One value. */
  query(path: string, name: string, done: (outcome: RegistryOutcome<RegistryValue>) => void): void;
  /** Sets one value of an existing key. TMR-031. */
  set(path: string, value: RegistryValue, done: (outcome: RegistryOutcome<null>) => void): void;
  /** Creates a key whose parent exists; true: it was not there before. TMR-032. */
  createKey(path: string, done: (outcome: RegistryOutcome<boolean>) => void): void;
  /**
   * Reports changes of a key, with `subtree` also those below it. Events of one commit come in one batch. `done` says whether
   * the watch stands; no event comes before it. A lost connection ends every watch without a further event.
   */
  watch(
    path: string,
    subtree: boolean,
    onEvents: (events: readonly RegistryEvent[]) => void,
    done: (outcome: RegistryOutcome<null>) => void,
  ): RegistryWatch;
  /** Fails what is under way with EIO and closes; onLost is not called. */
  close(): void;
}

/** What a registry reports by itself. */
export interface RegistryHost {
  /** The connection is gone; calls under way have been answered with EIO already. */
  onLost(reason: string): void;
}
