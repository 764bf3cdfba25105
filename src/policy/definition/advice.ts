/** What of a sound definition does not do what it seems to: warnings that need several fields, or more than the bounds of one. */
import { definitionFields } from '../../../gen/definition/facts.ts';
import type { ServiceDefinition } from './definition.ts';
import type { Problem } from './problem.ts';

/** Delays between restarts double up to this. RST-008. */
export const longestRestartDelay = 60;

export interface Advice extends Problem {
  readonly field: string;
}

export function adviseOnDefinition(definition: ServiceDefinition): readonly Advice[] {
  const { healthCheck, readinessCheck, remainAfterExit, restartDelay, type, watchdogTimeout } = definition;
  const advice: Advice[] = [];
  if (restartDelay > longestRestartDelay) {
    advice.push({
      field: definitionFields.restartDelay.name,
      what: `is ${restartDelay} s, but no delay is longer than ${longestRestartDelay} s`,
      remedy: `Set it to ${longestRestartDelay} or less.`,
    });
  }
  const idle = (field: string, needed: ServiceDefinition['type']): void =>
    void advice.push({
      field,
      what: `does nothing, for Type is ${type}`,
      remedy: `It is for ${needed} services: remove it, or change Type.`,
    });
  if (type === 'Oneshot' && healthCheck !== null) idle(definitionFields.healthCheck.name, 'Simple');
  if (type === 'Oneshot' && readinessCheck !== null) idle(definitionFields.readinessCheck.name, 'Simple');
  if (type === 'Oneshot' && watchdogTimeout > 0) idle(definitionFields.watchdogTimeout.name, 'Simple');
  if (type === 'Simple' && remainAfterExit) idle(definitionFields.remainAfterExit.name, 'Oneshot');
  return advice;
}
