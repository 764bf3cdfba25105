/** The end of an activation: its deadlines go, and what is left in its tree is killed. */
import { activationDeadlines, disarm } from '../deadlines.ts';
import type { Activation, Service } from '../state.ts';
import { drain } from '../trees.ts';
import type { Turn } from '../turn.ts';
import { endWaitingJobs } from './tokens.ts';

/**
 * Forgets the activation. Jobs of it that were not reaped are heard of once more, at their end.
 *
 * @param mainEmpty nothing lives in main/: unless hooks or checks ran, the tree is empty as it is
 */
export function dropActivation(turn: Turn, service: Service, mainEmpty = false): void {
  const { activation } = service;
  if (activation === null) return;
  disarmPhases(turn, service);
  endWaitingJobs(turn, activation);
  service.activation = null;
  service.health = null;
  if (needsDrain(activation, mainEmpty)) drain(turn, service, activation.tree);
}

const needsDrain = (activation: Activation, mainEmpty: boolean): boolean => activation.used && !(mainEmpty && !activation.sideProcesses);

export function disarmPhases(turn: Turn, service: Service): void {
  for (const kind of activationDeadlines) disarm(turn, kind, service.key);
}
