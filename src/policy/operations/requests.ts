/**
 * What a request for a service leads to. Beside live operations the conflict table decides, otherwise the matrix of the command and the
 * state; both come from the schema. With several live operations every one has its say: an error refuses, those that must make way are
 * cancelled or aborted, then the request joins the first one that takes it, else it waits behind the others. PSD-007 8.2, 11.2, D-53.
 */
import { commands } from '../../../gen/control/facts.ts';
import type { MatrixRow } from '../../../gen/options/rows.ts';
import type { Outcome, Verdict } from '../../../gen/options/types.ts';
import { conflicts, operationTexts } from '../../../gen/service/facts.ts';
import type { OperationSource, OperationType } from '../../../gen/service/types.ts';
import { stopForGood } from '../activation/end-stop.ts';
import { inWords } from '../details.ts';
import { needsDefinition } from '../operation.ts';
import type { Operation, Service } from '../state.ts';
import { unemptied } from '../trees.ts';
import type { Turn } from '../turn.ts';
import { intend, lookLater } from '../turn.ts';
import type { Refusal } from '../view.ts';
import { createOperation, finishOperation, liveOperations, recordMerged } from './store.ts';

export interface Request {
  readonly type: OperationType;
  readonly source: OperationSource;
  readonly caller: string | null;
  /** Run that the operation is to belong to. */
  readonly run: string | null;
}

export type Requested =
  | { readonly kind: 'accepted'; readonly operation: Operation; readonly warnings: readonly string[] }
  | { readonly kind: 'settled' }
  | Refusal;

/** A request of peinit's own. */
export const internal = (type: OperationType, source: OperationSource, run: string | null = null): Request => ({
  type,
  source,
  caller: null,
  run,
});

export function request(turn: Turn, service: Service, asked: Request): Requested {
  if (service.removed && needsDefinition[asked.type]) return unknownService(service.name);
  const odd = ofMount(service, asked.type);
  if (odd !== null) return odd;
  const live = liveOperations(turn, service);
  if (live.length === 0) return carryOut(turn, service, asked, matrixOf(asked.type)[service.state]);
  const verdicts = live.map((operation) => ({ operation, verdict: verdictOn(operation, asked.type, service) }));
  if (verdicts.some(({ verdict }) => verdict === 'error')) return refusedBeside(service, live[0], asked.type);
  for (const { operation, verdict } of verdicts) {
    if (givesWay(verdict)) supersede(turn, operation, asked.type);
  }
  const joined = verdicts.find(({ verdict }) => verdict === 'merge');
  if (joined !== undefined) return join(turn, service, joined.operation, asked);
  if (verdicts.every(({ verdict }) => verdict === 'already')) return { kind: 'settled' };
  if (verdicts.some(({ verdict }) => verdict === 'queue' || verdict === 'cancel_and_queue')) return enqueue(turn, service, asked);
  return carryOut(turn, service, asked, 'new');
}

/** What makes no sense for a mount, or is as it should be. Null: that is for the tables. O-140. */
function ofMount({ activation, definition, mounted, name }: Service, type: OperationType): Requested | null {
  if (mounted === null && definition?.mount === undefined) return null;
  if (type === 'start' && mounted !== null && activation === null) return { kind: 'settled' };
  if (type !== 'restart' && type !== 'reload') return null;
  const message = `${name} is a mount: ${type} is not possible. Stop what uses it, then stop and start it.`;
  return { kind: 'refused', code: 'INVALID_STATE', message };
}

/** The cell of the conflict table. Only in backoff does a restart join a restart. OPC-016. */
function verdictOn({ record }: Operation, type: OperationType, service: Service): Verdict {
  if (record.type === 'reset' || (record.state !== 'pending' && record.state !== 'running')) return 'queue';
  const verdict = conflicts[record.type][record.state][type];
  const joinsInBackoff = type === 'restart' && record.type === 'restart' && record.state === 'pending' && service.state === 'backoff';
  return joinsInBackoff ? 'merge' : verdict;
}

const givesWay = (verdict: Verdict): boolean => verdict === 'cancel' || verdict === 'abort' || verdict === 'cancel_and_queue';

function supersede(turn: Turn, operation: Operation, by: OperationType): void {
  const { type, state } = operation.record;
  if (type === 'reset' || (state !== 'pending' && state !== 'running')) return;
  const text = by === 'restart' ? operationTexts.supersededByRestart[type][state] : null;
  const ending = state === 'running' ? 'aborted' : 'cancelled';
  const mode = type === 'reload' ? ({ reloadMode: 'failed' } as const) : {};
  finishOperation(turn, operation, ending, { error: text ?? 'superseded_by_later_operation', ...mode });
}

function join(turn: Turn, service: Service, operation: Operation, asked: Request): Requested {
  recordMerged(turn, service, operation, asked.type, asked.source, asked.caller);
  if (asked.source !== 'dependency_propagation') operation.claimed = true;
  if (asked.type === 'stop' && asked.source === 'admin') stopForGood(turn, service);
  return { kind: 'accepted', operation, warnings: [] };
}

/** A flood of restarts must not be remembered without bound, nor carried out one after another for hours. */
const maxWaiting = 256;

function enqueue(turn: Turn, service: Service, { type, source, caller, run }: Request): Requested {
  if (source === 'admin' && service.operations.length >= maxWaiting) return refusedBehind(service, type);
  const operation = createOperation(turn, service, type, source, caller, run);
  lookLater(turn, service);
  return { kind: 'accepted', operation, warnings: leakWarnings(service, type) };
}

function carryOut(turn: Turn, service: Service, asked: Request, outcome: Outcome): Requested {
  switch (outcome) {
    case 'noop':
      if (asked.type === 'stop' && asked.source === 'admin') stopForGood(turn, service);
      return { kind: 'settled' };
    case 'already':
    case 'ok':
      return { kind: 'settled' };
    case 'error':
      return refusedIn(service, asked.type);
    case 'queue':
    case 'defer':
      return enqueue(turn, service, asked);
    // No operation is live to be joined or cancelled, so the request makes its own and takes over what is under way.
    case 'merge':
    case 'cancel_and_stop':
    case 'new':
    case 'clear':
    case 'cancel':
      return begin(turn, service, asked);
    default:
      return unknownOutcome(outcome);
  }
}

function begin(turn: Turn, service: Service, asked: Request): Requested {
  if (asked.type === 'start' || asked.type === 'restart') return enqueue(turn, service, asked);
  const operation = createOperation(turn, service, asked.type, asked.source, asked.caller, asked.run);
  intend(turn, { kind: 'carry-out', service: service.key, operation: operation.record.id });
  return { kind: 'accepted', operation, warnings: asked.type === 'reset' ? unemptied(service) : [] };
}

function matrixOf(type: OperationType): MatrixRow {
  const { matrix } = commands[type];
  if (matrix === null) throw new Error(`the schema has no matrix for ${type}`);
  return matrix;
}

function leakWarnings(service: Service, type: OperationType): readonly string[] {
  if ((type !== 'start' && type !== 'restart') || service.leaks.length === 0) return [];
  return ['service has leaked sub-cgroups from a previous generation -- indicates underlying I/O problem requiring investigation'];
}

const adviceFor: { readonly [T in OperationType]: string } = {
  start: 'Reset it first.',
  stop: 'Reset it first.',
  restart: 'Reset it first.',
  reload: 'Only an active service can reload: start it first, or wait until it is up.',
  reset: 'Only a failed, abandoned or skipped service can be reset.',
};

function refusedIn(service: Service, type: OperationType): Refusal {
  return {
    kind: 'refused',
    code: 'INVALID_STATE',
    message:
      `service ${service.name} is ${inWords(service.state)}: ${type} is not possible. ` +
      `${type === 'reset' && service.state === 'backoff' ? 'Stop it, which ends the waiting; then it can be started.' : adviceFor[type]}`,
  };
}

function refusedBeside(service: Service, live: Operation | undefined, type: OperationType): Refusal {
  const what = live === undefined ? 'an operation' : `${live.record.type} (operation ${live.record.id}, ${live.record.state})`;
  const remedy = 'Wait until it is over.';
  const message =
    `service ${service.name} is ${inWords(service.state)} and ${what} is under way: ` + `${type} is not possible beside it. ${remedy}`;
  return { kind: 'refused', code: 'INVALID_STATE', message };
}

function refusedBehind(service: Service, type: OperationType): Refusal {
  const message =
    `service ${service.name} has ${service.operations.length} operations waiting already: ${type} is not possible now. ` +
    'Wait until they are over, or stop the service.';
  return { kind: 'refused', code: 'INVALID_STATE', message };
}

/** No definition of that name, or it is gone and its instance is the last. GEN-020. */
export function unknownService(name: string): Refusal {
  return { kind: 'refused', code: 'UNKNOWN_SERVICE', message: `service ${name} is not defined` };
}

function unknownOutcome(outcome: never): never {
  throw new Error(`unknown outcome ${JSON.stringify(outcome)}`);
}
