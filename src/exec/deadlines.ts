import type { Loop, LoopDeadline } from '../kernel/loop.ts';
import type { Deadline } from '../policy/deadlines.ts';
import { deadlineText } from '../policy/deadlines.ts';
import type { ArmDeadline } from '../policy/effects.ts';
import type { DeadlineReached, Survivor } from '../policy/events.ts';

/** Deadlines of the policy, each on the clock it names; arming one again moves it. */
export interface Deadlines {
  arm(effect: ArmDeadline): void;
  disarm(deadline: Deadline): void;
}

export function createDeadlines(
  loop: Loop,
  post: (event: DeadlineReached) => void,
  survivorsOf: (service: string) => readonly Survivor[],
): Deadlines {
  const armed = new Map<string, LoopDeadline>();

  function wait(effect: ArmDeadline, reached: () => void): LoopDeadline {
    switch (effect.clock) {
      case 'monotonic':
        return loop.at(effect.at, reached);
      case 'realtime':
        return loop.atRealtime(effect.at, reached);
      default:
        return unknownClock(effect);
    }
  }

  return {
    arm(effect) {
      const { deadline } = effect;
      const text = deadlineText(deadline);
      armed.get(text)?.cancel();
      const reached = (): void => {
        armed.delete(text);
        post(
          deadline.kind === 'kill'
            ? { kind: 'deadline', deadline, survivors: survivorsOf(deadline.subject) }
            : { kind: 'deadline', deadline },
        );
      };
      armed.set(text, wait(effect, reached));
    },
    disarm(deadline) {
      const text = deadlineText(deadline);
      armed.get(text)?.cancel();
      armed.delete(text);
    },
  };
}

function unknownClock({ clock }: ArmDeadline): never {
  throw new Error(`unknown clock ${JSON.stringify(clock)}`);
}
