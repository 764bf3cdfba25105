/** Findings of definitions and graphs, told to the log and as audit records. GRAPH-003, GRAPH-015, EVT-013. */
import { graphValidationError, graphValidationWarning } from '../../gen/events/events.ts';
import { foldName } from './definition/names.ts';
import type { Finding } from './definition/set.ts';
import type { Turn } from './turn.ts';
import { record, report } from './turn.ts';

export function tellFinding(turn: Turn, { field, kind, message, service }: Finding): void {
  const isWarning = kind === 'warning';
  // What a service fails of is told with its step as well, and that step goes to the console.
  report(turn, isWarning ? 'warning' : 'error', message, turn.state.services.get(foldName(service)) ?? null);
  record(turn, (isWarning ? graphValidationWarning : graphValidationError)({ service, field, message }));
}
