/** Findings of definitions and graphs, told to the log and as audit records. GRAPH-003, GRAPH-015, EVT-013. */
import { graphValidationError, graphValidationWarning } from '../../gen/events/events.ts';
import { foldName } from './definition/names.ts';
import type { Finding } from './definition/set.ts';
import type { Turn } from './turn.ts';
import { record, report } from './turn.ts';

/** What a service fails of is told with its step as well, and that step goes to the console; a warning can go there only from here. */
export function tellFinding(turn: Turn, finding: Finding, toConsole = false): void {
  const { kind, message, service } = finding;
  report(turn, kind === 'warning' ? 'warning' : 'error', message, turn.state.services.get(foldName(service)) ?? null, toConsole);
  recordFinding(turn, finding);
}

/** For the audit only, where the log says it in its own words. */
export const recordFinding = (turn: Turn, { field, kind, message, service }: Finding): void =>
  record(turn, (kind === 'warning' ? graphValidationWarning : graphValidationError)({ service, field, message }));
