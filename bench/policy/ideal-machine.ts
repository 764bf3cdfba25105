/** A policy whose services always do what they should: the world around it costs nothing and is not measured. */
import { definitionDefaults } from '../../gen/definition/facts.ts';
import type { Assignment } from '../../gen/notify/types.ts';
import { createNarrator } from '../../src/output/narrator.ts';
import { deadlineText } from '../../src/policy/deadlines.ts';
import type { ServiceDefinition } from '../../src/policy/definition/definition.ts';
import type { ArmDeadline, Effect } from '../../src/policy/effects.ts';
import type { PolicyEvent } from '../../src/policy/events.ts';
import { createPolicy } from '../../src/policy/policy.ts';
import type { MonotonicNs } from '../../src/policy/time.ts';
import { systemFacts } from '../../test/support/token-facts.ts';

export interface IdealMachine {
  /** Events that the policy handled, and the nanoseconds it took for them. */
  readonly events: number;
  readonly handlingNs: bigint;
  notify(service: string, assignments: readonly Assignment[]): void;
  /** Its main process dies, and a new one comes up. */
  crash(service: string): void;
  /** Carried out to its end. */
  command(command: 'start' | 'stop', service: string): void;
  /** Some service that no other one needs. */
  leafAt(index: number): string;
}

/** Services come in groups: each needs up to two others of its own group. */
const groupSize = 10;
const nsPerEvent = 1_000_000n;

function define(index: number): ServiceDefinition {
  const {
    execReload: _reload,
    healthCheck: _health,
    readinessCheck: _probe,
    triggers: _triggers,
    stopSignal: _signal,
    ...defaults
  } = definitionDefaults;
  const place = index % groupSize;
  const group = index - place;
  return {
    ...defaults,
    name: `s${index}`,
    imagePath: '/usr/bin/service',
    readiness: 'Notify',
    restartPolicy: 'Always',
    restartMaxRetries: 1_000_000_000,
    restartDelay: 0,
    triggers: [{ type: 'boot' }],
    requires: [...new Set([place >> 1, place >> 2])].filter((other) => other < place).map((other) => `s${group + other}`),
    conditions: [],
    asserts: [],
    execStartPre: [],
    execStartPost: [],
    execReload: { type: 'signal', name: 'SIGHUP', signal: 1 },
    healthCheck: null,
    readinessCheck: null,
    successExitCodes: [],
    stopSignal: { name: 'SIGTERM', signal: 15 },
  };
}

export function createIdealMachine(serviceCount: number): IdealMachine {
  const policy = createPolicy();
  const jobs = new Map<string, string>();
  const deadlines = new Map<string, ArmDeadline>();
  const due: PolicyEvent[] = [];
  let now = 1_000_000_000n;
  let idBase = 1n << 96n;
  let pid = 1000;
  let events = 0;
  let handlingNs = 0n;

  // Whoever hears of each step must not make it dear.
  const narrate = createNarrator({
    console: { line: () => undefined },
    machine: () => policy.machine(),
    serviceCount: () => serviceCount,
  });

  function obey(effect: Effect): void {
    switch (effect.kind) {
      case 'request-token':
        due.push({ kind: 'token-done', job: effect.job, outcome: { ok: true, token: 1, facts: systemFacts } });
        return;
      case 'spawn':
        pid += 1;
        jobs.set(effect.service, effect.job);
        due.push(
          { kind: 'job-running', job: effect.job, pid },
          { kind: 'notified', job: effect.job, assignments: [{ member: 'ready', value: true }] },
        );
        return;
      case 'signal':
        // SIGCONT follows the one that ends it.
        if (effect.signal === 18) return;
        due.push({ kind: 'job-exited', job: effect.job, exitCode: 0, signal: null, coreDumped: false, left: 0 });
        return;
      case 'await-empty':
        due.push({ kind: 'cgroup-empty', service: effect.service, tree: effect.tree, part: effect.part });
        return;
      case 'arm-deadline':
        // The only one that comes here: the others belong to services that are always in time.
        if (effect.deadline.kind === 'retention') deadlines.set(deadlineText(effect.deadline), effect);
        return;
      default:
        return;
    }
  }

  function run(first: PolicyEvent): void {
    due.push(first);
    for (let event = due.shift(); event !== undefined; event = due.shift()) {
      now += nsPerEvent;
      idBase += 1n << 32n;
      const stamp = { monotonic: now as MonotonicNs, realtime: now, idBase };
      const begin = process.hrtime.bigint();
      const { effects } = policy.handle(event, stamp);
      for (const effect of effects) narrate(effect);
      handlingNs += process.hrtime.bigint() - begin;
      events += 1;
      for (const effect of effects) obey(effect);
      for (const [text, { at, deadline }] of deadlines) {
        if (at > now) continue;
        deadlines.delete(text);
        due.push({ kind: 'deadline', deadline });
      }
    }
  }

  const services = Array.from({ length: serviceCount }, (_, index) => ({ name: `s${index}`, definition: define(index), findings: [] }));
  run({ kind: 'load-definitions', definitions: { services, keys: new Set() }, strict: false });
  run({ kind: 'boot', maxParallelStarts: 64 });

  const jobOf = (service: string): string => {
    const job = jobs.get(service);
    if (job === undefined) throw new Error(`${service} is not running`);
    return job;
  };

  return {
    get events() {
      return events;
    },
    get handlingNs() {
      return handlingNs;
    },
    notify: (service, assignments) => run({ kind: 'notified', job: jobOf(service), assignments }),
    crash: (service) => run({ kind: 'job-exited', job: jobOf(service), exitCode: 1, signal: null, coreDumped: false, left: 0 }),
    command: (command, service) => run({ kind: 'command', command, service, source: 'admin' }),
    leafAt: (index) => `s${(Math.floor(index / groupSize) * groupSize + groupSize - 1) % serviceCount}`,
  };
}
