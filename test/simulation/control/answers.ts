/** Whether an answer can be the one to that question. */
import { commands, errorCodes } from '../../../gen/control/facts.ts';
import type { ErrorCode } from '../../../gen/control/types.ts';
import { stateNames } from '../../../gen/service/types.ts';
import { foldName } from '../../../src/policy/definition/names.ts';
import type { OperationRecord } from '../../../src/policy/operation.ts';
import type { CommandAnswer } from '../../../src/policy/view.ts';
import type { ClientRoom, Question } from './client.ts';
import type { Request } from './requests.ts';
import { isLifecycle, waits } from './requests.ts';

export interface Answer {
  readonly [member: string]: unknown;
}

export const isOver = ({ state }: OperationRecord): boolean => state !== 'pending' && state !== 'running';

/** Whether that can be said of what the policy did. */
export function canAnswer(done: CommandAnswer, { status, code, operation_id }: Answer): boolean {
  switch (done.kind) {
    case 'accepted':
      return operation_id === done.operation || code === 'OPERATION_TIMEOUT';
    case 'settled':
      return status === 'ok' && operation_id === undefined;
    case 'refused':
      return code === done.code;
    default:
      return done satisfies never;
  }
}

/** What is wrong with it, in words; null: nothing. `done`: what the policy did, if it was asked. */
export function checkAnswer(room: ClientRoom, uid: number, question: Question, done: CommandAnswer | null, answer: Answer): string | null {
  const { line, request } = question;
  if (answer['status'] !== 'ok' && answer['status'] !== 'error') return 'neither ok nor error';
  if (line.kind === 'bad' || request === null)
    return line.kind === 'bad' && answer['code'] === line.code ? null : 'what is no request was not refused as such';
  const row = commands[request.command];
  if (question.goingDown && !row.duringShutdown) return answer['code'] === 'INVALID_STATE' ? null : 'the machine was shutting down';
  if (answer['status'] === 'error') return checkRefusal(room, uid, question, done, request, answer);
  if (uid !== 0 && row.rights !== 0) return `user ${uid} may not do that`;
  return isLifecycle(request) ? checkAcknowledgement(room, done, request, answer) : checkReport(request, uid, answer);
}

function checkRefusal(
  room: ClientRoom,
  uid: number,
  question: Question,
  done: CommandAnswer | null,
  request: Request,
  answer: Answer,
): string | null {
  const code = answer['code'] as ErrorCode;
  if (!Object.hasOwn(errorCodes, code)) return 'the code is not in the list';
  if (typeof answer['message'] !== 'string' || answer['message'] === '') return 'no message';
  const { policy, loads } = room;
  // Known when it was sent and now, with no load between: known all the time.
  const wasKnown = question.known && question.loads === loads && policy.service(request.service ?? '')?.definitionRemoved === false;
  switch (code) {
    case 'ACCESS_DENIED':
      return uid === 0 || (commands[request.command].rights === 0 && request.command !== 'subscribe')
        ? 'nobody is to be denied that'
        : null;
    case 'UNKNOWN_SERVICE':
      return request.service === undefined || wasKnown ? 'the service is known' : null;
    case 'UNKNOWN_OPERATION':
      return request.operation_id === undefined || policy.operation(request.operation_id) !== null ? 'the operation is known' : null;
    case 'INVALID_STATE':
      if (policy.machine().shuttingDown && !commands[request.command].duringShutdown) return null;
      if (uid !== 0 && wasKnown) return 'access is judged before the state';
      return request.command === 'reload-config' || isLifecycle(request) ? null : 'the command fits every state';
    case 'OPERATION_TIMEOUT': {
      const record = done?.kind === 'accepted' ? room.final(done.operation) : null;
      return record?.expired === true && waits(request) ? null : 'the operation did not expire';
    }
    case 'INTERNAL_ERROR':
      return request.command === 'reload-config' && room.registryWasLost ? null : 'something failed inside';
    case 'MALFORMED_REQUEST':
    case 'REQUEST_TOO_LARGE':
    case 'INVALID_COMMAND':
    case 'INVALID_ARGUMENTS':
      return 'the request is well formed';
    default:
      return code satisfies never;
  }
}

/** The answer to start, stop, restart, reload or reset. */
function checkAcknowledgement(room: ClientRoom, done: CommandAnswer | null, request: Request, answer: Answer): string | null {
  if (foldName(String(answer['service'])) !== foldName(request.service ?? '')) return 'about another service';
  if (!isState(answer['state'])) return 'no state';
  if (done === null) return 'the policy did nothing of the kind';
  if (done.kind !== 'accepted') return null;
  const { operation } = done;
  if (!waits(request)) return request.command === 'reload' && answer['mode'] !== 'advisory' ? 'nothing is known of the reload yet' : null;
  const record = room.final(operation);
  if (record === null) return 'the operation has no record';
  if (!isOver(record)) return `operation ${record.id} is still ${record.state}`;
  if (record.expired) return 'the operation expired';
  if (record.result !== null && answer['state'] !== record.result) return `operation ${record.id} ended in ${record.result}`;
  const expected = record.state === 'completed' || request.command === 'reset' || request.command === 'reload' ? undefined : record.state;
  if (answer['outcome'] !== expected) return `operation ${record.id} was ${record.state}, the answer says ${String(answer['outcome'])}`;
  if ((answer['forced'] === true) !== (record.forced !== null && request.command === 'stop'))
    return `its stop had to kill: ${record.forced}`;
  if (request.command !== 'reload') return null;
  const mode = record.reloadMode ?? (record.state === 'completed' ? 'advisory' : 'failed');
  return answer['mode'] === mode ? null : `the reload was ${mode}`;
}

function checkReport(request: Request, uid: number, answer: Answer): string | null {
  switch (request.command) {
    case 'status':
    case 'explain':
      if (foldName(String(answer['service'])) !== foldName(request.service ?? '')) return 'about another service';
      return isState(answer['state']) ? null : 'no state';
    case 'list': {
      const services = answer['services'];
      if (!Array.isArray(services)) return 'no list';
      if (uid !== 0) return services.length === 0 ? null : `user ${uid} may not know of any service`;
      const names = services.map(({ service }) => foldName(String(service)));
      return names.every((name, at) => at === 0 || String(names[at - 1]) < name) ? null : 'not in order';
    }
    case 'operation-status':
      return (answer['operation'] as { id?: unknown } | undefined)?.id === request.operation_id ? null : 'about another operation';
    case 'machine-status':
      return request.wait === true && answer['phase'] === 'booting' ? 'it did not wait' : 'phase' in answer ? null : 'no phase';
    case 'reload-config':
      return 'summary' in answer ? null : 'no summary';
    default:
      return null;
  }
}

const isState = (value: unknown): boolean => stateNames.some((name) => name === value);
