/** The policy: what to do, as a deterministic machine. Events in, effects out; no clock, no randomness, nothing asynchronous. */
import { settingDefaults } from '../../gen/settings/facts.ts';
import { jobExited, jobRunning, jobSetupFailed } from './activation/job-events.ts';
import { beginBoot } from './boot.ts';
import { cgroupEmpty } from './cgroup-events.ts';
import { contain } from './containment.ts';
import type { Deadline } from './deadlines.ts';
import { foldName } from './definition/names.ts';
import { deadlineReached } from './dispatch/deadlines.ts';
import type { Command, PolicyEvent } from './events.ts';
import { explainStart } from './explain.ts';
import { loadDefinitions } from './loading/load.ts';
import { createModel, currentGraph } from './model.ts';
import { notified } from './notify.ts';
import { armExpiry } from './operations/lifetime.ts';
import type { Requested } from './operations/requests.ts';
import { request, unknownService } from './operations/requests.ts';
import { workOff } from './reactions.ts';
import { countBusy } from './settling.ts';
import { beginShutdown } from './shutdown/shutdown.ts';
import { answered } from './starts/judge.ts';
import type { PolicyState, Service } from './state.ts';
import { machineView, serviceView } from './status.ts';
import type { Model, Turn } from './turn.ts';
import { createTurn, report } from './turn.ts';
import type { CommandAnswer, Handled, LoadAnswer, Policy } from './view.ts';

export interface PolicyOptions {
  /** MaxParallelStarts until definitions or the boot bring another one. */
  readonly maxParallelStarts?: number;
  readonly shutdownTimeoutSeconds?: number;
  /** Services that stay known without a definition in the registry. */
  readonly permanent?: readonly string[];
  /** Continue from this state instead of an empty one. It is taken over, not copied. */
  readonly state?: PolicyState;
}

export interface StatefulPolicy extends Policy {
  /** The whole state: plain data that can be copied by structuredClone, written and continued from. Not to be changed. */
  readonly state: PolicyState;
}

export function createPolicy(options: PolicyOptions = {}): StatefulPolicy {
  const state = options.state ?? emptyState(options);
  const model = createModel(state);
  const permanent = new Set((options.permanent ?? ['registryd']).map(foldName));

  return {
    state,
    handle: (event, stamp) => handle(createTurn(state, model, stamp), event, permanent),
    service(name) {
      const service = state.services.get(foldName(name));
      return service === undefined ? null : serviceView(state, service);
    },
    services: () => sorted(state, model).map((service) => serviceView(state, service)),
    operation: (id) => state.operations.get(id)?.record ?? null,
    machine: () => machineView(state),
    explain(name) {
      const service = state.services.get(foldName(name));
      return service === undefined ? null : explainStart(state, currentGraph({ state, model }), service);
    },
  };
}

const emptyState = ({ maxParallelStarts, shutdownTimeoutSeconds }: PolicyOptions): PolicyState => ({
  services: new Map(),
  operations: new Map(),
  retained: [],
  jobs: new Map(),
  checks: new Map(),
  deadlines: new Map(),
  runs: new Map(),
  trees: new Map(),
  keys: new Set(),
  findings: [],
  decoded: new Map(),
  machine: {
    booted: false,
    safe: false,
    settledAt: null,
    busy: 0,
    maxParallelStarts: maxParallelStarts ?? settingDefaults.maxParallelStarts,
    shutdownTimeoutSeconds: shutdownTimeoutSeconds ?? settingDefaults.shutdownTimeout,
    criticalFailure: null,
    shutdown: null,
  },
});

function sorted(state: PolicyState, model: Model): readonly Service[] {
  model.sorted ??= Array.from(state.services.values()).sort((one, other) => (one.key < other.key ? -1 : one.key > other.key ? 1 : 0));
  return model.sorted;
}

/** One event to its end. Whatever goes wrong stays with its service. */
function handle(turn: Turn, event: PolicyEvent, permanent: ReadonlySet<string>): Handled {
  let answer: Handled['answer'] = null;
  const subject = subjectOf(turn, event);
  try {
    answer = dispatch(turn, event, permanent);
  } catch (error) {
    containError(turn, event, subject, error);
    if (event.kind === 'command' || event.kind === 'load-definitions') {
      answer = { kind: 'refused', code: 'INTERNAL_ERROR', message: `internal error: ${String(error)}` };
    }
  }
  return { effects: turn.effects, answer };
}

function dispatch(turn: Turn, event: PolicyEvent, permanent: ReadonlySet<string>): Handled['answer'] {
  let answer: (() => CommandAnswer | LoadAnswer) | null = null;
  switch (event.kind) {
    case 'load-definitions': {
      const loaded = loadDefinitions(turn, event, permanent);
      answer = () => loaded;
      break;
    }
    case 'boot':
      beginBoot(turn, event);
      break;
    case 'command': {
      const requested = command(turn, event);
      answer = () => commandAnswer(turn, requested);
      break;
    }
    case 'job-running':
      jobRunning(turn, event);
      break;
    case 'job-setup-failed':
      jobSetupFailed(turn, event);
      break;
    case 'job-exited':
      jobExited(turn, event);
      break;
    case 'cgroup-empty':
      cgroupEmpty(turn, event);
      break;
    case 'checks-done':
      answered(turn, event);
      break;
    case 'deadline':
      deadlineReached(turn, event.deadline);
      break;
    case 'notified':
      notified(turn, event);
      break;
    case 'shutdown':
      beginShutdown(turn, event);
      break;
    default:
      return unknownEvent(event);
  }
  workOff(turn);
  countBusy(turn);
  return answer?.() ?? null;
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

/** An exception is a fault of the policy itself: the service it was about is contained, and the rest goes on. */
function containError(turn: Turn, event: PolicyEvent, service: Service | undefined, error: unknown): void {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  turn.work.length = 0;
  turn.looks.clear();
  if (service === undefined) return report(turn, 'error', `internal error at event ${event.kind}: ${text}`, null, true);
  try {
    contain(turn, service, text);
    workOff(turn);
    countBusy(turn);
  } catch (second) {
    report(turn, 'error', `internal error while service ${service.name} was contained: ${String(second)}`, service, true);
  }
}

function subjectOf(turn: Turn, event: PolicyEvent): Service | undefined {
  const { services, jobs, checks } = turn.state;
  switch (event.kind) {
    case 'command':
    case 'cgroup-empty':
      return services.get(foldName(event.service));
    case 'job-running':
    case 'job-setup-failed':
    case 'job-exited':
    case 'notified':
      return services.get(jobs.get(event.job)?.serviceKey ?? '');
    case 'checks-done':
      return services.get(checks.get(event.check) ?? '');
    case 'deadline':
      return services.get(ownerOf(turn, event.deadline));
    default:
      return undefined;
  }
}

/** The key of the service that a deadline is about. */
function ownerOf({ state }: Turn, { kind, subject }: Deadline): string {
  if (kind === 'expiry') return state.operations.get(subject)?.serviceKey ?? '';
  return kind === 'drain' ? (state.trees.get(subject)?.service ?? '') : subject;
}

function unknownEvent(event: never): never {
  throw new Error(`event of unknown kind ${JSON.stringify(event)}`);
}
