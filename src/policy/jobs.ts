/** Jobs: one for each process. A record is told when it is made, when exec is confirmed (D-27) and at its end. PSD-007 7.1. */
import type { JobType } from '../../gen/service/types.ts';
import type { CommandLine } from './definition/definition.ts';
import type { JobRecord, Token, TokenFacts } from './effects.ts';
import { note } from './first-start.ts';
import type { Origin } from './origin.ts';
import { environmentSources, processSpec } from './process-spec.ts';
import type { Activation, Job, Service } from './state.ts';
import { momentOf } from './time.ts';
import type { Turn } from './turn.ts';
import { emit, newId } from './turn.ts';

export interface JobWish {
  readonly type: JobType;
  readonly part: Job['part'];
  readonly argv: CommandLine;
  readonly origin: Origin;
  readonly identity: string;
  /** Null: its token keeps all that it has. */
  readonly requiredPrivileges: readonly string[] | null;
  readonly watchdogUsec: bigint | null;
  readonly operation: string | null;
}

/** Creates a job and asks for the token of its process. */
export function createJob(turn: Turn, service: Service, activation: Activation, wish: JobWish): string {
  const [imagePath, ...rest] = wish.argv;
  const record: JobRecord = {
    id: newId(turn),
    type: wish.type,
    service: service.name,
    operation: wish.operation,
    state: 'created',
    imagePath,
    arguments: rest,
    tree: activation.tree,
    generation: service.generation,
    identity: wish.identity,
    token: null,
    pid: null,
    createdAt: turn.stamp.realtime,
    startedAt: null,
    endedAt: null,
    exitCode: null,
    exitSignal: null,
    failureCause: null,
  };
  const process = processSpec(service.key, wish.type, activation.definition, {
    watchdogUsec: wish.watchdogUsec,
    mainPid: mainPid(turn, activation),
  });
  const untilToken = { argv: wish.argv, origin: wish.origin, process };
  turn.state.jobs.set(record.id, {
    record,
    serviceKey: service.key,
    activation: activation.id,
    part: wish.part,
    untilToken,
    runsSince: null,
  });
  emit(turn, { kind: 'job-changed', key: service.key, job: record });
  const { identity, requiredPrivileges } = wish;
  const request = { kind: 'request-token', job: record.id, service: service.name, key: service.key, identity, requiredPrivileges } as const;
  const reads = environmentSources(activation.definition);
  emit(turn, reads === null ? request : { ...request, reads });
  return record.id;
}

/** Its main job, where there has been one. */
export const mainOf = ({ main }: Activation): readonly string[] => (main === null ? [] : [main]);

/** Null: it does not run, or not yet. */
export const mainPid = (turn: Turn, { main, mainGone }: Activation): number | null =>
  (main === null || mainGone ? undefined : turn.state.jobs.get(main))?.record.pid ?? null;

/** The token is there: so is the process, soon. */
export function makeProcess(
  turn: Turn,
  service: Service,
  activation: Activation,
  job: Job,
  { token, facts }: { readonly token: Token; readonly facts: TokenFacts },
): void {
  const { part, record, untilToken } = job;
  if (untilToken === null) return;
  job.record = { ...record, token: facts };
  job.untilToken = null;
  emit(turn, {
    kind: 'spawn',
    job: record.id,
    service: service.name,
    key: service.key,
    type: record.type,
    tree: activation.tree,
    part,
    prepareTree: !activation.used,
    ...untilToken,
    token,
  });
  activation.used = true;
  if (part === 'main') note(turn, service, 'granted');
  else activation.sideProcesses = true;
}

export function jobRuns(turn: Turn, job: Job, pid: number): void {
  job.runsSince = momentOf(turn.stamp);
  job.record = { ...job.record, state: 'running', pid, startedAt: turn.stamp.realtime };
  emit(turn, { kind: 'job-changed', key: job.serviceKey, job: job.record });
}

/** The last word about a job; it is forgotten. */
export function endJob(turn: Turn, job: Job, changes: Pick<JobRecord, 'state'> & Partial<JobRecord>): void {
  job.record = { ...job.record, ...changes, endedAt: turn.stamp.realtime };
  emit(turn, { kind: 'job-changed', key: job.serviceKey, job: job.record });
  turn.state.jobs.delete(job.record.id);
}

/** Its process outlived SIGKILL; nothing more is heard of it. */
export function abandonJob(turn: Turn, id: string | null): void {
  const job = id === null ? undefined : turn.state.jobs.get(id);
  if (job !== undefined) endJob(turn, job, { state: 'abandoned', failureCause: 'outlived SIGKILL' });
}
