import type { Clock } from '../kernel/kernel.ts';
import type { Loop } from '../kernel/loop.ts';
import type { RegistryFailure, RegistryOutcome, RegistryPort } from '../platform/registry.ts';
import type { SaveLastRun } from '../policy/effects.ts';
import { placeOf } from './last-runs.ts';

/**
 * Writes when timers fired last, one value after the other. Of each value only the newest time waits, for as long as registryd takes
 * nothing; what it refuses is told and forgotten. Timers wait for none of that. PSD-007 9.1, TMR-023, TMR-048.
 */
export interface LastRunWriter {
  save(run: SaveLastRun): void;
  /** There is a connection again. */
  resume(): void;
  /** The machine ends: what waits goes out at once, while registryd is still there, and nobody waits for it. O-131. */
  sendAll(): void;
  /** The machine ends at once: the same, and whoever ends it waits until all is answered, but no longer than that. TMR-034. */
  flush(limitNs: bigint, done: () => void): void;
  /** Nothing can be written any more. */
  close(): void;
}

export interface LastRunWriterParts {
  readonly kernel: Clock;
  readonly loop: Loop;
  readonly registry: Pick<RegistryPort, 'connected' | 'set' | 'createKey'>;
  readonly warn: (text: string) => void;
}

/** Until registryd is asked again that did not answer, or had too much to do. */
const againNs = 10_000_000_000n;
/** Refusals that are remembered so that they are told once. */
const mostTold = 256;

/** The registry said nothing of the value: it is not there, stands still, or is busy. */
const isUnheard = ({ error }: RegistryFailure): boolean => error === 'EIO' || error === 'ETIMEDOUT' || error === 'EBUSY';

export function createLastRunWriter({ kernel, loop, registry, warn }: LastRunWriterParts): LastRunWriter {
  const waiting = new Map<string, SaveLastRun>();
  let underWay = 0;
  let pausing = false;
  let ending = false;
  /** It was told that registryd does not answer. */
  let toldUnheard = false;
  let whenAnswered = (): void => undefined;
  const toldRefusals = new Set<string>();

  function write(run: SaveLastRun, done: (outcome: RegistryOutcome<null>) => void): void {
    const { key, isOwnKey, name } = placeOf(run);
    let made: RegistryOutcome<unknown> | null = null;
    if (isOwnKey) {
      registry.createKey(key, (outcome) => {
        made = outcome;
      });
    }
    // Calls of a connection are answered in their order.
    registry.set(key, { name, type: 'QWORD', data: run.at }, (outcome) => done(outcome.ok || made === null || made.ok ? outcome : made));
  }

  function send(id: string, run: SaveLastRun): void {
    waiting.delete(id);
    underWay += 1;
    write(run, (outcome) => {
      underWay -= 1;
      if (outcome.ok) toldUnheard = false;
      else if (isUnheard(outcome)) unheard(id, run, outcome);
      else refused(outcome);
      if (underWay === 0) whenAnswered();
      next();
    });
  }

  function unheard(id: string, run: SaveLastRun, { message }: RegistryFailure): void {
    if (!waiting.has(id)) waiting.set(id, run);
    // Of a connection that is lost others tell.
    if (!registry.connected || ending) return;
    if (!toldUnheard) warn(`when timers fired last is not in the registry, and is written when it can be: ${message}`);
    toldUnheard = true;
    if (pausing) return;
    pausing = true;
    loop.at(kernel.monotonicNs() + againNs, () => {
      pausing = false;
      next();
    });
  }

  function refused({ message }: RegistryFailure): void {
    if (toldRefusals.has(message)) return;
    if (toldRefusals.size >= mostTold) toldRefusals.clear();
    toldRefusals.add(message);
    warn(`when a timer fired last is not in the registry: ${message}`);
  }

  function next(): void {
    if (underWay > 0 || pausing || ending || !registry.connected) return;
    const [first] = waiting;
    if (first !== undefined) send(...first);
  }

  function sendAll(): void {
    ending = true;
    if (registry.connected) for (const entry of [...waiting]) send(...entry);
  }

  return {
    save(run) {
      waiting.set(`${run.key}\n${run.schedule ?? ''}`, run);
      next();
    },
    resume() {
      toldRefusals.clear();
      next();
    },
    sendAll,
    flush(limitNs, done) {
      sendAll();
      if (underWay === 0 || !registry.connected) return done();
      whenAnswered = once(done);
      loop.at(kernel.monotonicNs() + limitNs, whenAnswered);
    },
    close() {
      const lost = waiting.size + underWay;
      waiting.clear();
      if (lost > 0) warn(`when ${lost === 1 ? 'a timer' : `${lost} timers`} fired last could not be written before the machine ended`);
    },
  };
}

function once(act: () => void): () => void {
  let isDone = false;
  return () => {
    if (isDone) return;
    isDone = true;
    act();
  };
}
