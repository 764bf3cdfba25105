/**
 * The plan of one life of a machine, from its boot to the end of its shutdown: which services there are and what happens to them from
 * outside. It is made from the seed before anything runs, so that parts of it can be left out to find the shortest way to a failure.
 */
import type { OperationType } from '../../gen/service/types.ts';
import type { ServiceDefinition } from '../../src/policy/definition/definition.ts';
import { define } from '../unit/policy/machine/rig.ts';
import type { Random } from './random.ts';
import { createRandom, deriveSeed } from './random.ts';

export interface Plan {
  /** Decides how processes behave. */
  readonly seed: number;
  readonly services: readonly ServiceDefinition[];
  readonly maxParallelStarts: number;
  readonly shutdownTimeoutSeconds: number;
  readonly stimuli: readonly Stimulus[];
  /** How long the machine is left alone before it is shut down, in ns. */
  readonly calmNs: number;
  readonly end: { readonly type: 'poweroff' | 'reboot' | 'halt'; readonly forced: boolean };
}

export type Stimulus = { readonly at: number } & (
  | { readonly kind: 'command'; readonly command: OperationType; readonly service: string }
  | { readonly kind: 'load'; readonly strict: boolean; readonly services: readonly ServiceDefinition[] }
  /** The wall clock is set. */
  | { readonly kind: 'clock'; readonly byNs: number }
  /** Events that nobody expects: unknown jobs, deadlines taken back, parts that are empty. */
  | { readonly kind: 'stray'; readonly which: number; readonly service: string }
);

const second = 1e9;
const commands: readonly OperationType[] = ['start', 'start', 'stop', 'stop', 'restart', 'restart', 'reload', 'reset'];

export interface Size {
  readonly services: number;
  readonly stimuli: number;
}

export function makePlan(seed: number, size: Size): Plan {
  const random = createRandom(deriveSeed(seed, 'plan'));
  const count = Math.max(1, Math.round(size.services * (0.3 + random.fraction())));
  const services = Array.from({ length: count }, (_, index) => makeDefinition(random, index, count));
  const stimuli: Stimulus[] = [];
  const spanNs = second * (5 + random.below(600));
  let current: readonly ServiceDefinition[] = services;
  while (stimuli.length < size.stimuli) {
    const at = random.below(spanNs);
    const kind = random.fraction();
    if (kind < 0.85) addCommands(random, stimuli, at, services, size.stimuli);
    else if (kind < 0.9) stimuli.push({ at, kind: 'clock', byNs: (random.fraction() - 0.5) * 7200 * second });
    else if (kind < 0.97) stimuli.push({ at, kind: 'stray', which: random.below(6), service: random.pick(services).name });
    else {
      current = changed(random, services, current);
      stimuli.push({ at, kind: 'load', strict: random.chance(0.5), services: current });
    }
  }
  stimuli.sort((one, other) => one.at - other.at);
  return {
    seed,
    services,
    maxParallelStarts: 1 + random.below(12),
    shutdownTimeoutSeconds: random.pick([1, 5, 30, 90]),
    stimuli,
    calmNs: random.chance(0.5) ? 0 : 900 * second,
    end: { type: random.pick(['poweroff', 'reboot', 'halt']), forced: random.chance(0.15) },
  };
}

/** One command, or a flood of them at one service in one moment. */
function addCommands(random: Random, stimuli: Stimulus[], at: number, services: readonly ServiceDefinition[], most: number): void {
  const flood = random.chance(0.1) ? 2 + random.below(8) : 1;
  const { name } = random.pick(services);
  for (let count = 0; count < flood && stimuli.length < most; count++) {
    const later = at + (random.chance(0.5) ? 0 : random.below(20e6));
    stimuli.push({ at: later, kind: 'command', command: random.pick(commands), service: random.chance(0.1) ? name.toUpperCase() : name });
  }
}

function makeDefinition(random: Random, index: number, count: number): ServiceDefinition {
  const name = `s${index}`;
  const isOneshot = random.chance(0.25);
  const targets = (probability: number): string[] => {
    const found: string[] = [];
    while (index > 0 && found.length < 4 && random.chance(probability)) found.push(`s${random.below(random.chance(0.01) ? count : index)}`);
    return [...new Set(found)];
  };
  const hooks = (most: number): [string][] =>
    Array.from({ length: random.chance(0.2) ? random.below(most + 1) : 0 }, (_, at) => [`/bin/hook${at}`]);
  return define(name, {
    type: isOneshot ? 'Oneshot' : 'Simple',
    readiness: random.chance(0.5) ? 'Notify' : 'Alive',
    remainAfterExit: random.chance(0.5),
    triggers: random.chance(0.5) ? [{ type: 'boot' }] : [],
    disabled: random.chance(0.03),
    requires: targets(0.35),
    wants: targets(0.2),
    bindsTo: targets(0.12),
    conflicts: random.chance(0.06) ? [`s${random.below(count)}`].filter((other) => other !== name) : [],
    onFailure: random.chance(0.08) ? `s${random.below(count)}` : undefined,
    errorControl: random.chance(0.01) ? 'Critical' : 'Normal',
    restartPolicy: random.pick(['Never', 'OnFailure', 'OnFailure', 'Always']),
    restartMaxRetries: random.pick([0, 1, 2, 5]),
    restartDelay: random.pick([0, 0, 1, 1, 2, 30]),
    restartWindow: random.pick([5, 30, 120]),
    startTimeout: random.pick([1, 2, 5, 30]),
    stopTimeout: random.pick([0, 1, 2, 10]),
    watchdogTimeout: random.chance(0.15) ? 1 + random.below(4) : 0,
    successExitCodes: random.chance(0.2) ? [3] : [],
    execStartPre: hooks(3),
    execStartPost: hooks(2),
    execReload: random.chance(0.4) ? { type: 'command', argv: ['/bin/reload'] } : { type: 'signal', name: 'SIGHUP', signal: 1 },
    healthCheck: random.chance(0.12) ? ['/bin/check'] : null,
    healthCheckInterval: random.pick([1, 2, 5]),
    healthCheckTimeout: random.pick([1, 2]),
    healthCheckRetries: random.pick([1, 2]),
    fdStoreMax: random.chance(0.1) ? 2 : 0,
    conditions: random.chance(0.1) ? [{ type: random.pick(['path', 'registry']), argument: '/some/thing' }] : [],
    asserts: random.chance(0.06) ? [{ type: random.pick(['file', 'registry']), argument: '/some/thing' }] : [],
    preStartCheckTimeout: random.pick([1, 5]),
  });
}

/** Another set: definitions that go, come back, or change. */
function changed(random: Random, all: readonly ServiceDefinition[], current: readonly ServiceDefinition[]): readonly ServiceDefinition[] {
  const next = new Map(current.map((definition) => [definition.name, definition]));
  for (let count = 1 + random.below(4); count > 0; count--) {
    const original = random.pick(all);
    const fate = random.fraction();
    if (fate < 0.35) next.delete(original.name);
    else if (fate < 0.6) next.set(original.name, original);
    else next.set(original.name, { ...makeDefinition(random, Number(original.name.slice(1)), all.length), name: original.name });
  }
  return [...next.values()];
}
