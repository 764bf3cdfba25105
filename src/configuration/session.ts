import type { Clock } from '../kernel/kernel.ts';
import type { Loop } from '../kernel/loop.ts';
import type { RegistryEvent, RegistryPort, RegistryWatch } from '../platform/registry.ts';
import { createReconnecting } from '../wire/reconnecting.ts';
import { isLastRunChange } from './last-runs.ts';
import { systemKey } from './model.ts';

/** Subkeys of Machine\System whose changes count by themselves. GEN-014; eventd moves to where that one says at once. O-125. */
const watched = { Services: { below: true }, Init: { below: true }, eventd: { below: false } } as const;
const watchedNames = ['Services', 'Init', 'eventd'] as const satisfies readonly (keyof typeof watched)[];
/** First pause before a lost connection is tried again; it doubles up to the longest. */
const firstPauseMs = 500;
const longestPauseMs = 30_000;
const attemptMs = 30_000;

export interface RegistrySessionParts {
  readonly kernel: Clock;
  readonly loop: Loop;
  readonly registry: RegistryPort;
  /** Something changed, or may have while nobody listened: read everything again. */
  readonly onChanged: () => void;
  /** There is a connection again. */
  readonly onConnected: () => void;
  /** registryd runs and the machine goes on: a connection is worth trying for. */
  readonly wanted: () => boolean;
  readonly warn: (text: string) => void;
}

/**
 * Keeps the connection and the watches standing for as long as registryd runs. A connection that is lost while the daemon lives,
 * or that cannot be made, is tried again; a daemon that is down is waited for. GEN-014, GEN-015, CTL-014.
 */
export interface RegistrySession {
  /** Connects if needed; null, or why it did not work. */
  connect(done: (failure: string | null) => void): void;
  /** Watches from now on. */
  watch(): void;
  /** registryd is up again: connect, watch, and take what was missed as a change. */
  resume(): void;
  /** The connection is gone; `expected`: because registryd was told to end. */
  lost(reason: string, expected: boolean): void;
}

export function createRegistrySession(parts: RegistrySessionParts): RegistrySession {
  const { kernel, loop, registry } = parts;
  /** The boot has come to where changes count. */
  let watching = false;
  /** While it stands, the watches of this connection are set. */
  const connection = createReconnecting({
    kernel,
    loop,
    firstPauseMs,
    longestPauseMs,
    attemptMs,
    wanted: parts.wanted,
    connect: (done) => registry.connect((outcome) => done(outcome.ok ? null : outcome.message)),
    connected() {
      watch();
      parts.onChanged();
      parts.onConnected();
    },
    failed: (reason) => parts.warn(`the registry cannot be reached and is tried again: ${reason}`),
  });

  function watch(): void {
    watching = true;
    // It may have been lost since it was made, when nothing was to be watched yet.
    if (!registry.connected) return connection.later();
    connection.stands();
    below.clear();
    set(systemKey, false, (events) => {
      if (events.some(({ type }) => type === 'key_deleted')) return watchLater();
      // After an overflow anything may have been made anew.
      const overflown = events.some(({ type }) => type === 'overflow');
      const made = watchedNames.filter(
        (each) => overflown || events.some(({ type, name }) => type === 'subkey_created' && sameName(name, each)),
      );
      for (const name of made) setBelow(name);
      if (made.length > 0) parts.onChanged();
    });
    for (const name of watchedNames) setBelow(name);
  }

  const sameName = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();
  const below = new Map<string, RegistryWatch>();

  /** A watch belongs to a key, not to its name: one that is made anew is watched anew. */
  function setBelow(name: keyof typeof watched): void {
    below.get(name)?.close();
    below.set(
      name,
      set(`${systemKey}\\${name}`, watched[name].below, (events) => {
        // What timers leave behind is no news, least of all their own. TMR-048, TMR-049.
        if (!events.every(isLastRunChange)) parts.onChanged();
      }),
    );
  }

  function set(key: string, subtree: boolean, onEvents: (events: readonly RegistryEvent[]) => void): RegistryWatch {
    return registry.watch(key, subtree, onEvents, (outcome) => {
      // A machine without a key Init has nothing to watch there; a lost connection is told as that.
      // A daemon that answers is worth asking soon again; one that takes connections and drops them is not.
      if (outcome.ok) connection.well();
      if (!outcome.ok && outcome.error === 'ENOENT' && key === systemKey && connection.standing) return watchLater();
      if (outcome.ok || outcome.error === 'ENOENT' || !registry.connected) return;
      parts.warn(`changes of ${key} are not noticed: ${outcome.message}`);
    });
  }

  /** With the key of the system all watches are gone: it is looked for until it is back, and what it holds then is read. */
  function watchLater(): void {
    loop.at(kernel.monotonicNs() + BigInt(connection.nextPauseMs()) * 1_000_000n, () => {
      if (!connection.standing || !parts.wanted() || !registry.connected) return;
      watch();
      parts.onChanged();
    });
  }

  return {
    connect(done) {
      registry.connect((outcome) => done(outcome.ok ? null : outcome.message));
    },
    watch,
    resume: connection.now,
    lost(reason, expected) {
      connection.lost();
      if (!expected) parts.warn(`the registry is lost: ${reason}; what was read last stays in force`);
      if (watching) connection.later();
    },
  };
}
