import type { Effect } from '../policy/effects.ts';
import type { TimerHistory } from '../policy/timers/history.ts';
import type { LoadAnswer, Policy } from '../policy/view.ts';
import type { LoadOutcome, Reader } from './read.ts';

/** The reads of a running machine: the first, those after changes, and those that somebody asks for. */
export interface Reload {
  /** The read that the machine boots with, with what the registry held of timers; or why it cannot. */
  first(done: (failure: string | null, history: TimerHistory) => void): void;
  /** The registry changed. Until the machine has settled only security descriptors are taken over. GEN-017. */
  changed(): void;
  onEffect(effect: Effect): void;
  /** Strict, and answered with what became of it; also while the machine boots. O-44. */
  asked(done: (answer: LoadAnswer) => void): void;
  /** Why what stands in the registry now is not in force; null: it is. */
  refusal(): string | null;
}

export interface ReloadParts {
  readonly reader: Pick<Reader, 'load' | 'loadSecurity' | 'takeHistory'>;
  readonly policy: Pick<Policy, 'machine'>;
  readonly warn: (text: string) => void;
}

export function createReload({ reader, policy, warn }: ReloadParts): Reload {
  /** Warnings of the latest read: what stays as it was is not told again. */
  let told: ReadonlySet<string> = new Set();
  let refusal: string | null = null;
  let changedEarly = false;

  function afterChange(outcome: LoadOutcome): void {
    const answer = answerOf(outcome);
    if (answer.kind === 'refused') {
      if (answer.message === refusal) return;
      refusal = answer.message;
      return warn(`changes of the registry are not taken over: ${refusal}`);
    }
    refusal = null;
    for (const warning of answer.warnings) if (!told.has(warning)) warn(warning);
    told = new Set(answer.warnings);
  }

  const reload = (): void => reader.load(false, afterChange);

  return {
    first(done) {
      reader.load(false, (outcome) => {
        if (outcome.kind === 'unread') return done(outcome.message, new Map());
        // What the definitions are warned of was told when they were loaded.
        for (const warning of outcome.settings) warn(warning);
        const answer = answerOf(outcome);
        if (outcome.fatal === null && answer.kind === 'loaded') told = new Set(answer.warnings);
        done(outcome.fatal, reader.takeHistory());
      });
    },
    changed() {
      if (policy.machine().phase !== 'booting') return reload();
      changedEarly = true;
      reader.loadSecurity();
    },
    onEffect(effect) {
      if (effect.kind === 'settled' && changedEarly) reload();
    },
    asked(done) {
      reader.load(true, (outcome) => {
        const answer = answerOf(outcome);
        if (answer.kind === 'loaded') {
          refusal = null;
          told = new Set(answer.warnings);
        }
        done(answer);
      });
    },
    refusal: () => refusal,
  };
}

function answerOf(outcome: LoadOutcome): LoadAnswer {
  if (outcome.kind === 'unread') return { kind: 'refused', code: 'INTERNAL_ERROR', message: outcome.message };
  const { answer, settings } = outcome;
  return answer.kind === 'loaded' ? { ...answer, warnings: [...settings, ...answer.warnings] } : answer;
}
