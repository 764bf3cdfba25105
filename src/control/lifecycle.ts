import { encodeControlResponse } from '../../gen/control/encode.ts';
import { commands } from '../../gen/control/facts.ts';
import type { ControlCommands } from '../../gen/control/handlers.ts';
import type { StartResponse, StatusResponse } from '../../gen/control/types.ts';
import type { OperationType } from '../../gen/service/types.ts';
import type { OperationRecord } from '../policy/operation.ts';
import { expiredPrefix } from '../policy/operation.ts';
import type { Refusal } from '../policy/view.ts';
import { encodeRefusal } from '../wire/refusal.ts';
import { summaryOf } from './caller.ts';
import type { ServiceContext } from './context.ts';
import { isRefusal, refuse } from './refusal.ts';
import { linesWanted, statusOf, statusUnseen } from './status-shape.ts';
import type { Seen, WaitEnd } from './waiters.ts';

/**
 * What start, stop, restart, reload and reset have in common: the policy decides, and the client gets the acknowledgement now or
 * when the operation is over, or the status where there was nothing to do. A caller that may not query the service hears how it ended and
 * in which state, and nothing else. PSD-007 11.2, CMD-001 to -013, D-54, D-55, O-29.
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
  const { discretion } = desk;
  const sees = (): boolean => discretion.sees(caller, service);
  const readable = (refusal: Refusal): Refusal => ({ ...refusal, message: discretion.text(caller, refusal.message, service) });
  const unseen = ({ code }: Refusal): Refusal =>
    refuse(code, `${name} of ${service} is not possible now; whoever may query the service sees why`);
  const { answer } = desk.submit({ kind: 'command', command: name, service, source: 'admin', caller: summaryOf(caller) });
  if (answer === null || answer.kind === 'loaded') return refuse('INTERNAL_ERROR', `${name} of ${service} was left without an answer`);
  if (answer.kind === 'refused') return sees() ? readable(answer) : unseen(answer);
  if (answer.kind === 'settled') return settled(context);

  const { operation, warnings } = answer;
  // Its definition may have gone with its last process.
  const { state, cause }: Seen = desk.policy.service(service) ?? context.service;
  const waits = wait ?? commands[name].defaultWait;
  if (!waits) {
    if (!sees()) return acknowledge({ operation_id: '', service, state: null, cause: null, warnings: [] }, null);
    return acknowledge({ operation_id: operation, service, state, cause, warnings }, null);
  }

  const finish = (end: WaitEnd): string => {
    const result = outcome(end);
    return isRefusal(result) ? encodeRefusal(result) : encodeControlResponse[name](result);
  };
  const outcome = (end: WaitEnd): Response<Name> | Refusal => {
    const mayKnow = sees();
    if (end.kind === 'lost') return refuse('UNKNOWN_OPERATION', `operation ${mayKnow ? `${end.operation} ` : ''}is not known any more`);
    const { state: ended, error, expired, forced } = end.operation;
    // What it waited for, and what to do, is known where it ended.
    if (expired) {
      const refusal = { kind: 'refused', code: 'OPERATION_TIMEOUT', message: (error ?? '').slice(expiredPrefix.length) } as const;
      return mayKnow ? readable(refusal) : unseen(refusal);
    }
    const missed = ended === 'completed' ? {} : { outcome: ended };
    if (!mayKnow)
      return acknowledge(
        { operation_id: '', service, state: end.state, cause: null, warnings: [], ...missed },
        { ...end.operation, forced: null },
      );
    const told = forced === null ? warnings : [...warnings, forced];
    return acknowledge({ operation_id: operation, service, state: end.state, cause: end.cause, warnings: told, ...missed }, end.operation);
  };
  desk.waiters.wait(client, operation, service, { state, cause }, finish);
  return undefined;
}

/** The answer of a command that has no more to say. */
export const plain = (acknowledgement: Acknowledgement): Acknowledgement => acknowledgement;

/** The service is as the caller wants it already. D-54. */
export function statusNow({ desk, caller, service }: ServiceContext): StatusResponse {
  const seen = desk.policy.service(service.name) ?? service;
  if (!desk.discretion.sees(caller, service.key)) return statusUnseen(seen);
  return statusOf(desk, caller, seen, linesWanted(seen, undefined));
}

/** For commands that always do something. */
export const nothingToDo =
  (name: OperationType) =>
  ({ service }: ServiceContext): Refusal =>
    refuse('INTERNAL_ERROR', `${name} of ${service.name} found nothing to do`);
