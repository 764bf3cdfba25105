/** A policy that does what the test tells it: services are data, answers come from a script, and everything asked is recorded. */

import { foldName } from '../../src/policy/definition/names.ts';
import type { Effect } from '../../src/policy/effects.ts';
import type { PolicyEvent } from '../../src/policy/events.ts';
import type { Explanation } from '../../src/policy/explain.ts';
import type { OperationRecord } from '../../src/policy/operation.ts';
import type { Moment, MonotonicNs } from '../../src/policy/time.ts';
import type {
  AdHocView,
  CommandAnswer,
  FirstStartView,
  Handled,
  LoadAnswer,
  MachineView,
  Policy,
  ServiceName,
  ServiceView,
  Wait,
} from '../../src/policy/view.ts';

export const startOfTime = 1_780_317_296_123_456_789n;

/** Seconds after the start of the room's time, on both clocks. */
export const momentAt = (seconds: number): Moment => ({
  monotonic: BigInt(seconds * 1e9) as MonotonicNs,
  realtime: startOfTime + BigInt(seconds * 1e9),
});

const serviceView = (name: string, change: Partial<ServiceView> = {}): ServiceView => ({
  name,
  key: foldName(name),
  state: 'inactive',
  cause: null,
  since: null,
  detail: null,
  failedJobs: [],
  statusText: null,
  forced: null,
  job: null,
  operation: null,
  health: null,
  healthCheck: null,
  definitionRemoved: false,
  leaks: [],
  timers: [],
  pendingRun: false,
  waitingFor: [],
  restart: null,
  warnings: [],
  definition: null,
  mounted: null,
  ...change,
});

export const operationRecord = (id: string, service: string, change: Partial<OperationRecord> = {}): OperationRecord => ({
  id,
  type: 'start',
  service,
  source: 'admin',
  caller: null,
  state: 'pending',
  result: null,
  mergedInto: null,
  error: null,
  reloadMode: null,
  forced: null,
  expired: false,
  requestedAt: startOfTime,
  startedAt: null,
  completedAt: null,
  ...change,
});

/** An id that looks like the policy's own, numbered. */
export const operationId = (number: number): string => `019e8a5f-7c00-7000-8000-${number.toString(16).padStart(12, '0')}`;

export class FakePolicy
  implements Pick<Policy, 'service' | 'services' | 'names' | 'operation' | 'jobs' | 'job' | 'machine' | 'explain' | 'firstStarts'>
{
  readonly known = new Map<string, ServiceView>();
  readonly operations = new Map<string, OperationRecord>();
  readonly adHoc = new Map<string, AdHocView>();
  readonly events: PolicyEvent[] = [];
  #lastId = 0;
  machineView: MachineView = {
    phase: 'settled',
    settledAt: null,
    failed: [],
    restarting: [],
    waitingFor: [],
    shuttingDown: false,
    confirmation: { confirmedAt: null, waitingFor: [], endsAt: null, graceSeconds: 30 },
    zone: 'UTC',
  };
  /** What the next events are answered with. */
  respond: (event: PolicyEvent) => { answer: CommandAnswer | LoadAnswer | null; effects?: readonly Effect[] } = () => ({ answer: null });
  /** Where effects go; set by whoever plays the interpreter. */
  interpret: (effect: Effect) => void = () => undefined;

  service(name: string): ServiceView | null {
    return this.known.get(name.toLowerCase()) ?? null;
  }

  jobs(): readonly AdHocView[] {
    return [...this.adHoc.values()];
  }

  job(id: string): AdHocView | null {
    return this.adHoc.get(id) ?? null;
  }

  services(): readonly ServiceView[] {
    return [...this.known.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  #names: readonly ServiceName[] = [];

  names(): readonly ServiceName[] {
    if (this.#names.length !== this.known.size) this.#names = this.services();
    return this.#names;
  }

  operation(id: string): OperationRecord | null {
    return this.operations.get(id) ?? null;
  }

  starts: readonly FirstStartView[] = [];

  firstStarts(): readonly FirstStartView[] {
    return this.starts;
  }

  explain(name: string): Explanation | null {
    if (this.service(name) === null) return null;
    const steps = [{ verdict: 'holds', subject: 'start', text: 'it can be started' }] as const;
    return { outcome: 'starts', steps, checks: [], checkTimeoutSeconds: 5 };
  }

  machine(): MachineView {
    return this.machineView;
  }

  waits(): readonly Wait[] {
    return [];
  }

  submit(event: PolicyEvent): Handled {
    this.events.push(event);
    const { answer, effects = [] } = this.respond(event);
    for (const effect of effects) this.interpret(effect);
    return { answer, effects };
  }

  /** The next commands are accepted as an operation of that service, which becomes known with it; its id. */
  accepts(service: string, change: Partial<OperationRecord> = {}, more: { over?: boolean; warnings?: readonly string[] } = {}): string {
    const id = operationId(++this.#lastId);
    this.respond = () => {
      this.operate(id, service, change);
      return { answer: { kind: 'accepted', operation: id, over: false, warnings: [], ...more } };
    };
    return id;
  }

  /** Puts or changes a service. */
  set(name: string, change: Partial<ServiceView> = {}): void {
    this.known.set(name.toLowerCase(), { ...(this.service(name) ?? serviceView(name)), ...change });
  }

  /** Moves a service, as an effect that the interpreter sees. */
  step(name: string, to: ServiceView['state'], cause: NonNullable<ServiceView['cause']>): void {
    const from = this.service(name)?.state ?? 'inactive';
    this.set(name, { state: to, cause });
    this.interpret({
      kind: 'service-changed',
      service: name,
      key: foldName(name),
      from,
      to,
      cause,
      detail: null,
      job: null,
      operation: null,
      at: startOfTime,
    });
  }

  /** Puts or changes an operation, as an effect that the interpreter sees. */
  operate(id: string, service: string, change: Partial<OperationRecord> = {}): void {
    const record = { ...(this.operations.get(id) ?? operationRecord(id, service)), ...change };
    this.operations.set(id, record);
    this.interpret({ kind: 'operation-changed', operation: record });
  }
}
