/** Whether an answer can be the one to that question. */
import { commands, errorCodes } from '../../../gen/control/facts.ts';
import type { ErrorCode, TimelineResponse } from '../../../gen/control/types.ts';
import { rights as rightBits } from '../../../gen/options/facts.ts';
import type { Right } from '../../../gen/options/types.ts';
import { stateNames } from '../../../gen/service/types.ts';
import { foldName } from '../../../src/policy/definition/names.ts';
import type { OperationRecord } from '../../../src/policy/operation.ts';
import type { CommandAnswer } from '../../../src/policy/view.ts';
import type { ClientRoom, Question } from './client.ts';
import type { Identity } from './guards.ts';
import { queryRight } from './guards.ts';
import type { Request } from './requests.ts';
import { isLifecycle, waits } from './requests.ts';
import type { Masks } from './secrets.ts';
import { secretIn } from './secrets.ts';

export interface Answer {
  readonly [member: string]: unknown;
}

export const isOver = ({ state }: OperationRecord): boolean => state !== 'pending' && state !== 'running';

/** Whether that can be said of what the policy did. */
export function canAnswer(done: CommandAnswer, { status, code, operation_id }: Answer): boolean {
  switch (done.kind) {
    case 'accepted':
      return operation_id === done.operation || operation_id === '' || code === 'OPERATION_TIMEOUT';
    case 'settled':
      return status === 'ok' && operation_id === undefined;
    case 'refused':
      return code === done.code;
    default:
      return done satisfies never;
  }
}

/** What is wrong with it, in words; null: nothing. `done`: what the policy did, if it was asked. */
export function checkAnswer(
  room: ClientRoom,
  identity: Identity,
  question: Question,
  done: CommandAnswer | null,
  answer: Answer,
  text: string,
): string | null {
  const { line, request } = question;
  if (answer['status'] !== 'ok' && answer['status'] !== 'error') return 'neither ok nor error';
  if (line.kind === 'bad' || request === null)
    return line.kind === 'bad' && answer['code'] === line.code ? null : 'what is no request was not refused as such';
  const row = commands[request.command];
  if (question.goingDown && !row.duringShutdown) return answer['code'] === 'INVALID_STATE' ? null : 'the machine was shutting down';
  const masks: Masks = (service) => room.masks(identity, service, question.guards);
  const secret = secretIn(room, answer, text, question, request, masks);
  if (secret !== null) return `${identity.name} may not know: ${secret}`;
  if (request.command === 'output') return checkOutput(room, masks, question, request, answer);
  if (request.command === 'follow') return checkFollow(room, masks, question, request, answer);
  const held = masks(targetOf(room, request));
  const own = request.job_id !== undefined && isOwn(identity, room.policy.job(request.job_id)?.submitter.sid);
  if (own && answer['code'] === 'ACCESS_DENIED') return 'it is its own job';
  if (answer['status'] === 'ok' && row.target === 'job') return checkJob(identity, held, request, answer);
  if (answer['status'] === 'error') return checkRefusal(room, held, question, done, request, answer);
  if (!held.some(holds(row.rights))) return `${identity.name} may not do that`;
  return isLifecycle(request)
    ? checkAcknowledgement(room, held, done, request, answer)
    : checkReport(room, identity, masks, request, question, answer);
}

const holds =
  (rights: number) =>
  (mask: number | null): boolean =>
    rights === 0 || (mask !== null && (mask & rights) === rights);

/** Whose descriptor counts; null: that of the machine. */
function targetOf({ policy }: ClientRoom, { command, service, operation_id: operation }: Request): string | null {
  if (commands[command].target === 'operation') return foldName(policy.operation(operation ?? '')?.service ?? '');
  return service === undefined ? null : foldName(service);
}

function checkRefusal(
  room: ClientRoom,
  held: readonly (number | null)[],
  question: Question,
  done: CommandAnswer | null,
  request: Request,
  answer: Answer,
): string | null {
  const code = answer['code'] as ErrorCode;
  if (!Object.hasOwn(errorCodes, code)) return 'the code is not in the list';
  if (typeof answer['message'] !== 'string' || answer['message'] === '') return 'no message';
  const { policy, loads } = room;
  const { rights } = commands[request.command];
  // Known when it was sent and now, with no load between: known all the time.
  const wasKnown = question.known && question.loads === loads && policy.service(request.service ?? '')?.definitionRemoved === false;
  switch (code) {
    case 'ACCESS_DENIED':
      if (request.command === 'subscribe') return held.every((mask) => mask !== null && mask !== 0) ? 'it has rights on the machine' : null;
      return held.some((mask) => mask !== null && !holds(rights)(mask)) || request.operation_id !== undefined ? null : 'it may do that';
    case 'UNKNOWN_SERVICE':
      return request.service === undefined || wasKnown ? 'the service is known' : null;
    case 'UNKNOWN_OPERATION':
      if (request.job_id !== undefined) return policy.job(request.job_id) === null ? null : 'the job is known';
      return request.operation_id === undefined || policy.operation(request.operation_id) !== null ? 'the operation is known' : null;
    case 'INVALID_STATE':
      if (policy.machine().shuttingDown && !commands[request.command].duringShutdown) return null;
      if (wasKnown && !held.some(holds(rights))) return 'access is judged before the state';
      return request.command === 'reload-config' || isLifecycle(request) ? null : 'the command fits every state';
    case 'OPERATION_TIMEOUT': {
      const record = done?.kind === 'accepted' ? room.final(done.operation) : null;
      return record?.expired === true && waits(request) ? null : 'the operation did not expire';
    }
    case 'INTERNAL_ERROR':
      if (rights !== 0 && (held.includes(null) || request.operation_id !== undefined)) return null;
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
function checkAcknowledgement(
  room: ClientRoom,
  held: readonly (number | null)[],
  done: CommandAnswer | null,
  request: Request,
  answer: Answer,
): string | null {
  if (foldName(String(answer['service'])) !== foldName(request.service ?? '')) return 'about another service';
  const isKept = answer['operation_id'] === '';
  if (isKept && held.every(holds(queryRight))) return 'its operation is kept from one who may query it';
  if (isKept && !waits(request) ? answer['state'] !== null : !isState(answer['state'])) return 'no state';
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
  if (!isKept && (answer['forced'] === true) !== (record.forced !== null && request.command === 'stop'))
    return `its stop had to kill: ${record.forced}`;
  if (request.command !== 'reload') return null;
  const mode = record.reloadMode ?? (record.state === 'completed' ? 'advisory' : 'failed');
  return answer['mode'] === mode ? null : `the reload was ${mode}`;
}

/** What is said of one job, to whom it may be said. */
function checkJob(identity: Identity, held: readonly (number | null)[], request: Request, answer: Answer): string | null {
  const job = answer['job'] as { job_id: unknown; submitter: unknown; state: unknown; stopping: unknown };
  if (job.job_id !== request.job_id) return 'about another job';
  if (!isOwn(identity, job.submitter) && !held.some(holds(commands[request.command].rights))) return `${identity.name} may not do that`;
  const hasEnded = job.state !== 'created' && job.state !== 'running';
  if (request.command !== 'job-stop') return null;
  if (waits(request) && !hasEnded) return 'it has not ended';
  return job.stopping === true ? null : 'it was not asked to end';
}

const isOwn = ({ sids: [user] }: Identity, submitter: unknown): boolean => submitter === user;

function checkReport(
  room: ClientRoom,
  identity: Identity,
  masks: Masks,
  request: Request,
  question: Question,
  answer: Answer,
): string | null {
  switch (request.command) {
    case 'status':
    case 'explain':
      if (foldName(String(answer['service'])) !== foldName(request.service ?? '')) return 'about another service';
      if (request.command === 'status' && !isGranted(answer['granted'], masks(foldName(request.service ?? '')))) return 'granted is wrong';
      return isState(answer['state']) ? null : 'no state';
    case 'list': {
      const services = answer['services'];
      if (!Array.isArray(services)) return 'no list';
      const names = services.map(({ service }) => foldName(String(service)));
      if (!services.every(({ state }) => isState(state))) return 'no state';
      const listed = new Set(names);
      const missing =
        question.loads !== room.loads
          ? undefined
          : room.policy.names().find(({ key }) => !listed.has(key) && masks(key).every(holds(queryRight)));
      if (missing !== undefined) return `${missing.name} is missing`;
      const wrong = services.find(({ service, granted }) => !isGranted(granted, masks(foldName(String(service)))));
      if (wrong !== undefined) return `what it may do with ${wrong.service} is wrong`;
      return names.every((name, at) => at === 0 || String(names[at - 1]) < name) ? null : 'not in order';
    }
    case 'timers': {
      const timers = answer['timers'];
      if (!Array.isArray(timers)) return 'no list';
      const seen = timers.map(({ service }) => foldName(String(service)));
      const secret = seen.find((key) => !masks(key).some(holds(queryRight)));
      if (secret !== undefined) return `${identity.name} may not know of ${secret}`;
      return seen.every((key, at) => at === 0 || String(seen[at - 1]) <= key) ? null : 'not in order';
    }
    case 'jobs': {
      const jobs = answer['jobs'];
      if (!Array.isArray(jobs)) return 'no list';
      const seesAll = masks(null).some(holds(rightBits.SYSTEM_QUERY_JOBS));
      return seesAll || jobs.every(({ submitter }) => isOwn(identity, submitter)) ? null : `${identity.name} may not know of them`;
    }
    case 'timeline':
      return checkTimeline(answer as unknown as TimelineResponse);
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

/** What comes first stands first, and nobody waits for a service that is not seen. */
function checkTimeline({ now_us, services }: TimelineResponse): string | null {
  const seen = new Set(services.map(({ service }) => service));
  for (const one of services) {
    const { asked_us, checked_us, freed_us, launched_us, prepared_us, granted_us, running_us, up_us, released_us, ended_us } = one;
    const instants = [
      asked_us,
      checked_us,
      freed_us,
      launched_us,
      prepared_us,
      granted_us,
      running_us,
      up_us,
      released_us ?? ended_us,
      now_us,
    ];
    const known = instants.filter((instant) => instant !== null);
    if (known.some((instant, at) => at > 0 && instant < (known[at - 1] ?? 0))) return `${one.service} came up before it began: ${known}`;
    const named = [one.freed_by ?? [], one.requires, one.binds_to, one.wants, one.conflicts, one.on_failure].flat();
    if (!named.every((name) => seen.has(name))) return `${one.service} names services that are not in the answer`;
    if (one.changes.some(({ at_us }, at) => at_us < (one.changes[at - 1]?.at_us ?? 0))) return `steps of ${one.service} are not in order`;
  }
  return null;
}

/** What may be said to one who asked about a service that must be there and open to the caller. */
function checkNamed({ policy, loads }: ClientRoom, masks: Masks, question: Question, asked: string, { code }: Answer): string | null {
  const held = masks(foldName(asked));
  switch (code) {
    case 'UNKNOWN_SERVICE':
      return question.loads === loads && policy.service(asked) !== null ? 'the service is known' : null;
    case 'ACCESS_DENIED':
      return held.every((mask) => mask === null || holds(queryRight)(mask)) ? 'it may do that' : null;
    case 'INTERNAL_ERROR':
      return held.includes(null) ? null : 'something failed inside';
    default:
      return 'the request is well formed';
  }
}

/** Lines to come; without a name, for whoever has any right. */
function checkFollow(room: ClientRoom, masks: Masks, question: Question, { services }: Request, answer: Answer): string | null {
  const [asked] = services ?? [];
  if (asked !== undefined) {
    if (answer['status'] === 'error') return checkNamed(room, masks, question, asked, answer);
    const key = foldName(asked);
    if (question.loads === room.loads && room.policy.service(key) === null) return 'the service is not known';
    return masks(key).some(holds(queryRight)) ? null : 'it may not do that';
  }
  if (answer['status'] === 'ok') return null;
  if (answer['code'] !== 'ACCESS_DENIED') return 'the request is well formed';
  return masks(null).every((mask) => mask !== null && mask !== 0) ? 'it has rights on the machine' : null;
}

/** The lines of services, to whom they may be told; a service that is named must be there and open to the caller. */
function checkOutput(room: ClientRoom, masks: Masks, question: Question, { services }: Request, answer: Answer): string | null {
  const { policy, loads } = room;
  const isSame = question.loads === loads;
  const [asked] = services ?? [];
  if (answer['status'] === 'error') {
    return asked === undefined ? 'it names no service' : checkNamed(room, masks, question, asked, answer);
  }
  const told = answer['services'] as readonly { readonly service: string; readonly output: readonly unknown[] }[];
  const names = told.map(({ service }) => foldName(service));
  const end = answer['next'] === null ? null : foldName(String(answer['next']));
  if (told.some(({ output }) => output.length === 0) || (end !== null && end !== names.at(-1))) return 'no whole part';
  if (!names.every((name, at) => at === 0 || String(names[at - 1]) < name)) return 'not in order';
  if (asked !== undefined && names.some((name) => name !== foldName(asked))) return 'about another service';
  const expected = asked === undefined ? policy.names().map(({ key }) => key) : [foldName(asked)];
  const isDue = (key: string): boolean => policy.service(key) !== null && masks(key).every(holds(queryRight));
  const missing = expected.find((key) => isSame && (end === null || key < end) && !names.includes(key) && isDue(key));
  return missing === undefined ? null : `${missing} is missing`;
}

const isGranted = (granted: unknown, held: readonly (number | null)[]): boolean => {
  const mask = (granted as readonly Right[]).reduce((sum, right) => sum | rightBits[right], 0);
  return held.includes(mask);
};

const isState = (value: unknown): boolean => stateNames.some((name) => name === value);
