/**
 * The policy: what to do, as a deterministic machine. Events in, effects out; no clock, no randomness, nothing asynchronous.
 *
 * How to read it, from top to bottom; no file needs one of a later group:
 *
 * 1. `state.ts` says in prose what there is; `events.ts` and `effects.ts` are what goes in and comes out. `definition/`, `calendar/`,
 *    `settings/` and `graph/` know of definitions only, and of nothing that happens.
 * 2. `turn.ts` is the handling of one event, `steps.ts` the one way to change a state; `deadlines.ts`, `jobs.ts` and `trees.ts` are what
 *    is kept for a service beside its record.
 * 3. `operations/` is what is wanted of services. `attempt/` and `activation/` are what a start and a run hold, and how they end;
 *    `restarts/` is what a failure costs. The phases share these.
 * 4. The phases of a service, each to be read alone: `waiting/` for checks, dependencies, opponents and a slot, `starting/`, `up/`,
 *    `stopping/`, `backing-off/`, `settled/`. None calls another one: what it wants of it is an intention, see `turn.ts`.
 *    `timers/` is what starts services by the wall clock.
 * 5. `work/` hands intentions to the phases and follows what a step means for others. `loading/`, `boot.ts` and `shutdown/` set many
 *    services in motion, `dispatch/` takes events to where they belong, `containment.ts` keeps what goes wrong with one service.
 */
import { settingDefaults } from '../../gen/settings/facts.ts';
import { newConfirmation } from './confirmation.ts';
import { foldName } from './definition/names.ts';
import { handle } from './dispatch/dispatch.ts';
import { explainStart } from './explain.ts';
import { firstStartView } from './first-start-view.ts';
import { createModel, currentGraph } from './model.ts';
import { registrydKey } from './platform-daemons.ts';
import type { PolicyState, Service } from './state.ts';
import { adHocView, machineView, serviceView } from './status.ts';
import type { Model } from './turn.ts';
import { createTurn } from './turn.ts';
import type { Policy } from './view.ts';
import { waits } from './waits.ts';

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
  const permanent = new Set((options.permanent ?? [registrydKey]).map(foldName));

  return {
    state,
    handle: (event, stamp, signal) => handle(createTurn(state, model, stamp, signal), event, permanent),
    service(name) {
      const service = state.services.get(foldName(name));
      return service === undefined ? null : serviceView(state, service);
    },
    services: () => sorted(state, model).map((service) => serviceView(state, service)),
    names: () => sorted(state, model),
    operation: (id) => state.operations.get(id)?.record ?? null,
    jobs: () => Array.from(state.adHoc.values(), adHocView),
    job(id) {
      const job = state.adHoc.get(id);
      return job === undefined ? null : adHocView(job);
    },
    machine: () => machineView(state),
    mounted: () =>
      Array.from(state.services.values())
        .flatMap(({ mounted }) => mounted?.point ?? [])
        .sort((one, other) => one.length - other.length),
    waits: () => waits(state),
    firstStarts() {
      const graph = currentGraph({ state, model });
      return sorted(state, model).map((service) => firstStartView(state, graph, service));
    },
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
  retainedBytes: 0,
  jobs: new Map(),
  adHoc: new Map(),
  checks: new Map(),
  deadlines: new Map(),
  postponed: new Map(),
  runs: new Map(),
  trees: new Map(),
  keys: new Set(),
  findings: [],
  warnings: new Map(),
  judged: [],
  decoded: new Map(),
  timers: new Map(),
  unreckoned: new Set(),
  machine: {
    booted: false,
    safe: false,
    settledAt: null,
    busy: 0,
    maxParallelStarts: maxParallelStarts ?? settingDefaults.maxParallelStarts,
    shutdownTimeoutSeconds: shutdownTimeoutSeconds ?? settingDefaults.shutdownTimeout,
    reckonedFrom: 0n,
    zone: 'UTC',
    criticalFailure: null,
    shutdown: null,
    confirmation: newConfirmation(settingDefaults.bootSuccessGrace),
    stall: null,
  },
});

function sorted(state: PolicyState, model: Model): readonly Service[] {
  model.sorted ??= Array.from(state.services.values()).sort((one, other) => (one.key < other.key ? -1 : one.key > other.key ? 1 : 0));
  return model.sorted;
}
