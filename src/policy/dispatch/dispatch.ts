/** Events, each taken to where it belongs and worked off to its end. */
import { stopAdHoc, submitJob, submitterGone } from '../ad-hoc/ad-hoc.ts';
import { beginBoot } from '../boot.ts';
import { followConfirmation } from '../confirmation.ts';
import { containFault } from '../containment.ts';
import type { Deadline } from '../deadlines.ts';
import { foldName } from '../definition/names.ts';
import type { Command, LoadDefinitions, PolicyEvent } from '../events.ts';
import { loadDefinitions } from '../loading/load.ts';
import { armExpiry } from '../operations/expiry.ts';
import type { Requested } from '../operations/requests.ts';
import { request, unknownService } from '../operations/requests.ts';
import { countBusy } from '../settling.ts';
import { beginShutdown, continueShutdown } from '../shutdown/shutdown.ts';
import { noteStall } from '../stall.ts';
import type { Service } from '../state.ts';
import { reckonAll } from '../timers/reckon.ts';
import type { Turn } from '../turn.ts';
import { emit } from '../turn.ts';
import type { CommandAnswer, Handled, LoadAnswer, Refusal } from '../view.ts';
import { answered } from '../waiting/conditions.ts';
import { workOff } from '../work/work-off.ts';
import { cgroupEmpty, processesCounted } from './cgroups.ts';
import { deadlineReached } from './deadlines.ts';
import { jobExited, jobRunning, jobSetupFailed, tokenDone } from './jobs.ts';
import { notified, unheard } from './notify.ts';

/** One event to its end. Whatever goes wrong stays with its service. */
export function handle(turn: Turn, event: PolicyEvent, permanent: ReadonlySet<string>): Handled {
  const subject = subjectOf(turn, event);
  let answer: Answer = null;
  try {
    answer = dispatch(turn, event, permanent);
  } catch (fault) {
    containFault(turn, fault, subject, `event ${event.kind}`);
    if (event.kind === 'command' || event.kind === 'load-definitions') answer = () => internalError(fault);
    if (event.kind === 'submit-job') {
      const { submission, ticket } = event;
      const { message: problem } = internalError(fault);
      emit(turn, { kind: 'job-refused', ticket, submitter: submission.submitter, code: 'INTERNAL_ERROR', problem });
    }
  }
  workOff(turn);
  while (continueShutdown(turn)) workOff(turn);
  followConfirmation(turn);
  countBusy(turn);
  return { effects: turn.effects, answer: answer?.() ?? null };
}

const internalError = (fault: unknown): Refusal => ({
  kind: 'refused',
  code: 'INTERNAL_ERROR',
  message: `internal error: ${String(fault)}`,
});

type Answer = (() => CommandAnswer | LoadAnswer) | null;

/** @returns the answer as it is when the event is over */
function dispatch(turn: Turn, event: PolicyEvent, permanent: ReadonlySet<string>): Answer {
  switch (event.kind) {
    case 'load-definitions': {
      const loaded = loadDefinitions(turn, event, permanent);
      return () => loaded;
    }
    case 'command': {
      const requested = command(turn, event);
      return () => commandAnswer(turn, requested);
    }
    default:
      happened(turn, event);
      return null;
  }
}

function happened(turn: Turn, event: Exclude<PolicyEvent, Command | LoadDefinitions>): void {
  switch (event.kind) {
    case 'boot':
      return beginBoot(turn, event);
    case 'clock-set':
      turn.state.machine.zone = event.zone;
      return turn.state.machine.booted && turn.state.machine.shutdown === null ? reckonAll(turn) : undefined;
    case 'token-done':
      return tokenDone(turn, event);
    case 'job-running':
      return jobRunning(turn, event);
    case 'job-setup-failed':
      return jobSetupFailed(turn, event);
    case 'job-exited':
      return jobExited(turn, event);
    case 'cgroup-empty':
      return cgroupEmpty(turn, event);
    case 'processes-counted':
      return processesCounted(turn, event);
    case 'checks-done':
      return answered(turn, event);
    case 'deadline':
      turn.survivors = event.survivors ?? turn.survivors;
      return deadlineReached(turn, event.deadline);
    case 'stalled':
      return noteStall(turn, event);
    case 'notified':
      return notified(turn, event);
    case 'unheard':
      return unheard(turn, event);
    case 'shutdown':
      return beginShutdown(turn, event);
    case 'submit-job':
      return submitJob(turn, event);
    case 'stop-job': {
      const job = turn.state.adHoc.get(event.job);
      return job === undefined ? undefined : stopAdHoc(turn, job, `it was stopped by ${event.by}`);
    }
    case 'submitter-gone': {
      const job = turn.state.adHoc.get(event.job);
      return job === undefined ? undefined : submitterGone(turn, job);
    }
    default:
      return unknownEvent(event);
  }
}

function command(turn: Turn, event: Command): Requested {
  if (turn.state.machine.shutdown !== null) {
    return { kind: 'refused', code: 'INVALID_STATE', message: `the machine is shutting down: ${event.command} is not possible any more` };
  }
  const service = turn.state.services.get(foldName(event.service));
  if (service === undefined) return unknownService(event.service);
  return request(turn, service, { type: event.command, source: event.source, caller: event.caller ?? null, run: null });
}

function commandAnswer(turn: Turn, requested: Requested): CommandAnswer {
  if (requested.kind !== 'accepted') return requested;
  const { operation, warnings } = requested;
  armExpiry(turn, operation);
  return { kind: 'accepted', operation: operation.record.id, over: operation.record.completedAt !== null, warnings };
}

function subjectOf(turn: Turn, event: PolicyEvent): Service | undefined {
  const { services, jobs, checks } = turn.state;
  switch (event.kind) {
    case 'command':
    case 'cgroup-empty':
    case 'processes-counted':
      return services.get(foldName(event.service));
    case 'token-done':
    case 'job-running':
    case 'job-setup-failed':
    case 'job-exited':
    case 'notified':
      return services.get(jobs.get(event.job)?.serviceKey ?? '');
    case 'checks-done':
      return services.get(checks.get(event.check) ?? '');
    case 'unheard':
      return services.get(event.service);
    case 'deadline':
      return services.get(ownerOf(turn, event.deadline));
    default:
      return undefined;
  }
}

/** The key of the service that a deadline is about. */
function ownerOf({ state }: Turn, { kind, subject }: Deadline): string {
  if (kind === 'timer') return state.timers.get(subject)?.service ?? '';
  if (kind === 'expiry') return state.operations.get(subject)?.serviceKey ?? '';
  return kind === 'drain' ? (state.trees.get(subject)?.service ?? '') : subject;
}

function unknownEvent(event: never): never {
  throw new Error(`event of unknown kind ${JSON.stringify(event)}`);
}
