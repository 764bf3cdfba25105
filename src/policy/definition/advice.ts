/** What of a sound definition does not do what it seems to: warnings that need several fields, or more than the bounds of one. */
import { definitionFields } from '../../../gen/definition/facts.ts';
import { nothingWrong, soundness } from '../../security/soundness.ts';
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
  const broken = adviseOnDescriptor(definition.serviceSecurity);
  if (broken !== null) advice.push({ field: definitionFields.serviceSecurity.name, ...broken });
  return advice;
}

/** A descriptor that cannot be evaluated harms nothing but what it guards. SEC-028. */
export function adviseOnDescriptor(bytes: Uint8Array | undefined): Problem | null {
  const { problem, warning } = bytes === undefined ? nothingWrong : soundness(bytes);
  if (problem !== null) return { what: problem, remedy: 'Whatever it guards answers INTERNAL_ERROR to everybody: write a sound one.' };
  return warning === null ? null : { what: warning, remedy: 'Write an empty one (D:) to let nobody in.' };
}
