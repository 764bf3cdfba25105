/** The policy as its neighbours see it. */
import { unsettled } from './settling.ts';
import type { AdHoc, Job, PolicyState, Service } from './state.ts';
import { timerViews } from './timers/view.ts';
import type { AdHocView, MachineView, ServiceView } from './view.ts';

const none: readonly never[] = [];

export function serviceView(state: PolicyState, service: Service): ServiceView {
  const { activation, attempt, leaks } = service;
  const mainId = activation === null || activation.mainGone ? null : activation.main;
  const main = mainId === null ? undefined : state.jobs.get(mainId);
  const [oldest] = service.operations;
  const operation = oldest === undefined ? undefined : state.operations.get(oldest)?.record;
  return {
    name: service.name,
    key: service.key,
    state: service.state,
    cause: service.cause,
    since: service.since,
    detail: service.detail,
    failedJobs: service.failedJobs,
    statusText: service.statusText,
    forced: service.forced,
    job: main === undefined ? null : jobView(main),
    operation: operation === undefined ? null : { id: operation.id, type: operation.type, source: operation.source },
    health: service.health?.state ?? null,
    healthCheck: checkView(service),
    definitionRemoved: service.removed,
    leaks: leaks.length === 0 ? none : leaks.map(({ path, type, detectedAt }) => ({ path, type, detectedAt })),
    waitingFor: attempt === null ? none : waitingFor(state, service),
    restart: restartView(state, service),
    warnings: state.warnings.get(service.key) ?? none,
    timers: timerViews(state, service),
    pendingRun: service.pendingRun,
    definition: service.definition,
    mounted: service.mounted,
  };
}

export const adHocView = ({ record, submitter, description, workingDirectory, timeoutSeconds, runsSince, ending }: AdHoc): AdHocView => ({
  record,
  submitter,
  description,
  workingDirectory,
  timeoutSeconds,
  startedAt: runsSince,
  stopping: ending !== null,
});

const jobView = ({ record: { id, pid, identity, token }, runsSince }: Job): ServiceView['job'] => ({
  id,
  pid,
  startedAt: runsSince,
  identity,
  token,
});

function checkView({ activation, definition, health }: Service): ServiceView['healthCheck'] {
  const live = definition ?? activation?.definition;
  if (health === null || health.last === null || live === undefined) return null;
  return { ...health.last, failures: health.failures, retries: live.healthCheckRetries };
}

function waitingFor(state: PolicyState, { attempt }: Service): readonly string[] {
  const keys = [...(attempt?.waits ?? []), ...(attempt?.opponents ?? [])];
  return keys.length === 0 ? none : keys.map((key) => state.services.get(key)?.name ?? key);
}

function restartView({ deadlines }: PolicyState, { definition, key, restarts }: Service): ServiceView['restart'] {
  if (restarts === 0) return null;
  return {
    attempt: restarts,
    maxRetries: definition?.restartMaxRetries ?? 0,
    nextAttemptAt: deadlines.get('restart')?.get(key) ?? null,
  };
}

const namesIn = (services: PolicyState['services'], ...states: readonly Service['state'][]): readonly string[] =>
  Array.from(services.values()).flatMap(({ name, state }) => (states.includes(state) ? [name] : []));

/** What needs a look at every service is looked for only when it is asked for: most want to know the phase, and that often. */
class LazyMachineView implements MachineView {
  readonly phase: MachineView['phase'];
  readonly settledAt: MachineView['settledAt'];
  readonly shuttingDown: boolean;
  readonly zone: string;
  readonly #state: PolicyState;

  constructor(state: PolicyState) {
    const { settledAt, shutdown, zone } = state.machine;
    this.phase = shutdown !== null ? 'stopping' : settledAt !== null ? 'settled' : 'booting';
    this.settledAt = settledAt;
    this.shuttingDown = shutdown !== null;
    this.zone = zone;
    this.#state = state;
  }

  get failed(): readonly string[] {
    return namesIn(this.#state.services, 'failed', 'abandoned');
  }

  get restarting(): readonly string[] {
    return namesIn(this.#state.services, 'backoff');
  }

  get waitingFor(): readonly string[] {
    return this.settledAt !== null ? none : unsettled(this.#state.services.values());
  }

  get confirmation(): MachineView['confirmation'] {
    const { deadlines, machine, services } = this.#state;
    const { confirmedAt, pending, graceSeconds } = machine.confirmation;
    const endsAt = deadlines.get('grace')?.get('') ?? null;
    return { confirmedAt, waitingFor: Array.from(pending, (key) => services.get(key)?.name ?? key).sort(), endsAt, graceSeconds };
  }
}

export const machineView = (state: PolicyState): MachineView => new LazyMachineView(state);
