import type { Effect } from '../policy/effects.ts';
import type { PolicyEvent } from '../policy/events.ts';
import type { Stamp } from '../policy/time.ts';
import type { Handled, Policy } from '../policy/view.ts';

/**
 * Feeds the policy and runs what it wants, in order: an event is handled to its end, its effects go to one queue, and what they
 * bring about at once (a process that runs, a cgroup that is empty) becomes an event behind them. A submit from within an effect
 * is answered at once and its effects wait their turn, so nothing recurses. Signals alone are sent as the policy finds them: in a wave of
 * a shutdown those who are asked first end while the others are thought of.
 */
export interface Engine {
  /** Handles an event; its effects have run when the outermost call returns, unless that was far too much for one turn. */
  submit(event: PolicyEvent): Handled;
  /** Handles an event after all effects queued so far. */
  post(event: PolicyEvent): void;
}

export interface EngineParts {
  readonly policy: Pick<Policy, 'handle'>;
  readonly stamp: () => Stamp;
  /** Runs one effect. What it throws is contained. */
  readonly run: (effect: Effect) => void;
  /** Goes on in the next turn. */
  readonly later: (body: () => void) => void;
  /** Something was thrown by an effect, or by the policy itself at a posted event. */
  readonly onError: (error: unknown, at: Effect | PolicyEvent) => void;
}

/** Events handled in one go; then signals and clients come in between, whatever keeps the policy busy. */
const eventsPerTurn = 2000;

export function createEngine(parts: EngineParts): Engine {
  const effects: Effect[] = [];
  const events: PolicyEvent[] = [];
  let draining = false;
  let goesOn = false;

  function enqueue(handled: Handled): void {
    for (const effect of handled.effects) effects.push(effect);
  }

  function runNext(effect: Effect): void {
    try {
      parts.run(effect);
    } catch (error) {
      parts.onError(error, effect);
    }
  }

  /** What a signal brings about waits its turn, too. */
  function handle(event: PolicyEvent): Handled {
    const wasDraining = draining;
    draining = true;
    try {
      return parts.policy.handle(event, parts.stamp(), runNext);
    } finally {
      draining = wasDraining;
    }
  }

  function drain(): void {
    if (draining) return;
    draining = true;
    let nextEffect = 0;
    let nextEvent = 0;
    for (;;) {
      const effect = effects[nextEffect];
      if (effect !== undefined) {
        nextEffect++;
        runNext(effect);
        continue;
      }
      effects.length = nextEffect = 0;
      const event = events[nextEvent];
      if (event === undefined || nextEvent >= eventsPerTurn) break;
      nextEvent++;
      try {
        enqueue(handle(event));
      } catch (error) {
        parts.onError(error, event);
      }
    }
    events.splice(0, nextEvent);
    draining = false;
    if (events.length > 0) goOnLater();
  }

  function goOnLater(): void {
    if (goesOn) return;
    goesOn = true;
    parts.later(() => {
      goesOn = false;
      drain();
    });
  }

  return {
    submit(event) {
      const step = handle(event);
      enqueue(step);
      drain();
      return step;
    },
    post(event) {
      events.push(event);
      drain();
    },
  };
}
