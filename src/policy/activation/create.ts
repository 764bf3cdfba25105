/** A new activation: nothing of it has run. */
import type { Cause } from '../../../gen/service/types.ts';
import type { ServiceDefinition } from '../definition/definition.ts';
import type { Activation, Stage } from '../state.ts';
import type { Turn } from '../turn.ts';
import { newId } from '../turn.ts';

export interface ActivationWish {
  readonly definition: ServiceDefinition;
  readonly cause: Cause;
  readonly operation: string | null;
  readonly stage: Extract<Stage, 'waiting' | 'unmounting'>;
}

export const createActivation = (turn: Turn, { definition, cause, operation, stage }: ActivationWish): Activation => ({
  id: newId(turn),
  definition,
  cause,
  operation,
  tree: '',
  used: false,
  sideProcesses: false,
  stage,
  released: false,
  hook: 0,
  main: null,
  mainGone: true,
  hookJob: null,
  reloadJob: null,
  healthJob: null,
  probe: null,
  parts: { hooks: 'hooks', health: 'health' },
  lingering: [],
  phaseSince: turn.stamp.monotonic,
  unheard: null,
  saidStopping: false,
  watchdogUsec: null,
  watchdog: null,
  healthLimit: 0,
  reload: null,
  doom: null,
});
