/**
 * AbortMode Stop: a start that StartTimeout or a shutdown cuts short is doomed like any other, so nothing that its program says or comes to
 * brings it up any more; but what runs of it is asked to end before it is killed, and the step waits until it is gone. In a shutdown it is
 * asked when its wave has its turn. O-22.
 */
import { mainOf } from '../jobs.ts';
import type { Activation, Doom, Service } from '../state.ts';
import type { Turn } from '../turn.ts';
import { disarmPhases } from './drop.ts';
import { askToEnd, newStop } from './ending.ts';
import { killPart } from './tokens.ts';

/** Whether what is starting would be asked to end if it were cut short now, or is asked already. Without a program nobody would hear. */
export function isAskedToEnd(turn: Turn, { activation, definition, state, stop }: Service): boolean {
  if (state !== 'starting' || activation === null) return false;
  if (stop !== null) return true;
  if (activation.doom !== null || (definition ?? activation.definition).abortMode !== 'Stop') return false;
  const [main] = mainOf(activation);
  return turn.state.jobs.get(main ?? activation.hookJob ?? '')?.record.state === 'running';
}

/** Nothing brings it up any more. A run of ReadinessCheck has nothing to finish. */
export function cutShort(turn: Turn, service: Service, activation: Activation, reason: Doom): void {
  activation.doom = reason;
  activation.stage = 'doomed';
  disarmPhases(turn, service);
  if (activation.healthJob !== null) killPart(turn, service, activation, activation.parts.health);
}

/** Asks what was cut short to end: the main process, or the hook where there is none yet. */
export function askCutShort(turn: Turn, service: Service, activation: Activation, forGood: boolean): void {
  const { doom, main, parts } = activation;
  if (doom === null || service.stop !== null) return;
  service.stop = newStop(doom.cause, main === null ? parts.hooks : 'main', forGood);
  askToEnd(turn, service, activation);
}

/** How it ended, for the reason of the step. */
export function endWords({ forced, stop }: Service): string {
  if (stop === null) return '';
  const { asked, killed } = stop;
  if (killed && forced === null) return ' It was killed.';
  const how = asked === null ? 'It had time to end' : `It was asked to end by ${asked.name}`;
  return forced === null ? ` ${how} and did.` : ` ${how}: ${forced}.`;
}
