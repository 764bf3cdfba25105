import { encodeControlResponse } from '../../gen/control/encode.ts';
import { commands } from '../../gen/control/facts.ts';
import type { ControlCommands } from '../../gen/control/handlers.ts';
import type { StartResponse, StatusResponse } from '../../gen/control/types.ts';
import type { OperationType } from '../../gen/service/types.ts';
import type { OperationRecord } from '../policy/operation.ts';
import { expiredPrefix } from '../policy/operation.ts';
import type { Refusal } from '../policy/view.ts';
import { encodeRefusal } from '../wire/refusal.ts';
import { summaryOf } from './access.ts';
import type { ServiceContext } from './context.ts';
import { isRefusal, refuse } from './refusal.ts';
import { linesWanted, statusOf } from './status-shape.ts';
import type { Seen, WaitEnd } from './waiters.ts';

/**
 * What start, stop, restart, reload and reset have in common: the policy decides, and the client gets the acknowledgement now or
 * when the operation is over, or the status where there was nothing to do. PSD-007 11.2, CMD-001 to -013, D-54, D-55.
 */
export type Acknowledgement = StartResponse;

type Response<Name extends OperationType> = ControlCommands[Name]['response'];

export interface LifecycleShape<Name extends OperationType> {
  readonly name: Name;
  /** `ended`: the operation that was waited for; null: the client did not wait. */
  readonly acknowledge: (acknowledgement: Acknowledgement, ended: OperationRecord | null) => Response<Name>;
  /** The answer where there was nothing to do. */
  readonly settled: (context: ServiceContext) => Response<Name> | Refusal;
}

export function lifecycle<Name extends OperationType>(
  { name, acknowledge, settled }: LifecycleShape<Name>,
  context: ServiceContext,
  wait: boolean | undefined,
): Response<Name> | Refusal | undefined {
  const { desk, client, caller } = context;
  const service = context.service.name;
  const { answer } = desk.submit({ kind: 'command', command: name, service, source: 'admin', caller: summaryOf(caller) });
  if (answer === null || answer.kind === 'loaded') return refuse('INTERNAL_ERROR', `${name} of ${service} was left without an answer`);
  if (answer.kind === 'refused') return answer;
  if (answer.kind === 'settled') return settled(context);

  const { operation, warnings } = answer;
  // Its definition may have gone with its last process.
  const { state, cause }: Seen = desk.policy.service(service) ?? context.service;
  const waits = wait ?? commands[name].defaultWait;
  if (!waits) return acknowledge({ operation_id: operation, service, state, cause, warnings }, null);

  const finish = (end: WaitEnd): string => {
    const result = outcome(end);
    return isRefusal(result) ? encodeRefusal(result) : encodeControlResponse[name](result);
  };
  const outcome = (end: WaitEnd): Response<Name> | Refusal => {
    if (end.kind === 'lost') return refuse('UNKNOWN_OPERATION', `operation ${end.operation} is not known any more`);
    const { state: ended, error, expired } = end.operation;
    // What it waited for, and what to do, is known where it ended.
    if (expired) return { kind: 'refused', code: 'OPERATION_TIMEOUT', message: (error ?? '').slice(expiredPrefix.length) };
    const missed = ended === 'completed' ? {} : { outcome: ended };
    const { forced } = end.operation;
    const told = forced === null ? warnings : [...warnings, forced];
    return acknowledge({ operation_id: operation, service, state: end.state, cause: end.cause, warnings: told, ...missed }, end.operation);
  };
  desk.waiters.wait(client, operation, service, { state, cause }, finish);
  return undefined;
}

/** The answer of a command that has no more to say. */
export const plain = (acknowledgement: Acknowledgement): Acknowledgement => acknowledgement;

/** The service is as the caller wants it already. D-54. */
export function statusNow({ desk, service }: ServiceContext): StatusResponse {
  const seen = desk.policy.service(service.name) ?? service;
  return statusOf(seen, desk.now(), desk.aside(seen, linesWanted(seen, undefined)));
}

/** For commands that always do something. */
export const nothingToDo =
  (name: OperationType) =>
  ({ service }: ServiceContext): Refusal =>
    refuse('INTERNAL_ERROR', `${name} of ${service.name} found nothing to do`);
