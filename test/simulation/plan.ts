/**
 * The plan of one life of a machine, from its boot to the end of its shutdown: which services there are and what happens to them from
 * outside. It is made from the seed before anything runs, so that parts of it can be left out to find the shortest way to a failure.
 */
import type { ServiceDefinition } from '../../src/policy/definition/definition.ts';
import type { JobLimits, Submission } from '../../src/policy/events.ts';
import { eventdKey } from '../../src/policy/platform-daemons.ts';
import { define } from '../support/policy-rig.ts';
import type { Random } from '../support/random.ts';
import { createRandom, deriveSeed } from '../support/random.ts';
import { identityOf, mayEnd } from './control/guards.ts';
import type { PlannedLine } from './control/requests.ts';
import { asked, jobRequest, lifecycleRequest, otherLine } from './control/requests.ts';
import type { OutputSettings } from './output/room.ts';

export interface Plan {
  /** Decides how processes behave. */
  readonly seed: number;
  readonly services: readonly ServiceDefinition[];
  readonly maxParallelStarts: number;
  readonly shutdownTimeoutSeconds: number;
  readonly stimuli: readonly Stimulus[];
  /** Of the lines that services write; null: nobody writes, and there is no event daemon. */
  readonly output: OutputSettings | null;
  /** MaxJobs and MaxJobsPerUser. */
  readonly jobLimits: JobLimits;
  /** How long the machine is left alone before it is shut down, in ns. */
  readonly calmNs: number;
  /** Before the shutdown everything is stopped and its definitions are taken away, to see that nothing is left of it. */
  readonly cycle: boolean;
  /** What happens during the shutdown; times from its begin. */
  readonly late: readonly Stimulus[];
  readonly end: { readonly type: 'poweroff' | 'reboot' | 'halt'; readonly forced: boolean };
}

export type Stimulus = { readonly at: number } & (
  | ClientStimulus
  /** The definitions in the registry change. peinit is told, unless the registry is lost; or a client asks for it. */
  | { readonly kind: 'edit'; readonly by: 'notification' | 'command'; readonly services: readonly ServiceDefinition[] }
  | { readonly kind: 'registry'; readonly lost: boolean }
  /** The wall clock is set. */
  | { readonly kind: 'clock'; readonly byNs: number }
  /** Someone submits a job. */
  | { readonly kind: 'submit'; readonly submission: Submission; readonly leaves: boolean }
  /** Events that nobody expects: unknown jobs, deadlines taken back, parts that are empty. */
  | { readonly kind: 'stray'; readonly which: number; readonly service: string }
);

/** What a client does. It connects with the first thing that it says. */
export type ClientStimulus =
  | {
      readonly kind: 'say';
      readonly client: number;
      /** One write for all of them. */
      readonly lines: readonly PlannedLine[];
      /** They arrive in pieces. */
      readonly pieces: boolean;
      readonly thenHangsUp: boolean;
    }
  | { readonly kind: 'hang-up'; readonly client: number }
  /** It sends no more, and still wants its answers. */
  | { readonly kind: 'end-input'; readonly client: number }
  | { readonly kind: 'reading'; readonly client: number; readonly on: boolean };

const second = 1e9;

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
  const clientCount = random.pick([4, 12, 24, 40]);
  while (stimuli.length < size.stimuli) {
    const at = random.below(spanNs);
    const kind = random.fraction();
    if (kind < 0.82) addRequests(random, stimuli, at, services, clientCount, size.stimuli);
    else if (kind < 0.86) addManners(random, stimuli, at, clientCount);
    else if (kind < 0.9) stimuli.push({ at, kind: 'clock', byNs: (random.fraction() - 0.5) * 7200 * second });
    else if (kind < 0.97) stimuli.push({ at, kind: 'stray', which: random.below(6), service: random.pick(services).name });
    else if (kind < 0.975) {
      stimuli.push({ at, kind: 'registry', lost: true });
      stimuli.push({ at: at + random.below(20 * second), kind: 'registry', lost: false });
    } else {
      current = changed(random, services, current);
      stimuli.push({ at, kind: 'edit', by: random.chance(0.5) ? 'command' : 'notification', services: current });
    }
  }
  addJobs(createRandom(deriveSeed(seed, 'jobs')), stimuli, spanNs, clientCount);
  addLastRestarts(createRandom(deriveSeed(seed, 'restarts')), stimuli, services, spanNs);
  const output = makeOutput(createRandom(deriveSeed(seed, 'output')));
  const eventd = output === null ? [] : [makeEventd(createRandom(deriveSeed(seed, 'eventd')))];
  if (output !== null) addEventd(createRandom(deriveSeed(seed, 'eventd lives')), stimuli, eventd, spanNs);
  stimuli.sort((one, other) => one.at - other.at);
  const late: Stimulus[] = [];
  const most = random.below(20);
  while (late.length < most) addRequests(random, late, random.below(2 * second), services, clientCount, most);
  if (late.length > 0) addJobs(createRandom(deriveSeed(seed, 'late jobs')), late, 2 * second, clientCount);
  late.sort((one, other) => one.at - other.at);
  return {
    seed,
    services: [...services, ...eventd],
    output,
    maxParallelStarts: 1 + random.below(12),
    shutdownTimeoutSeconds: random.pick([1, 5, 30, 90]),
    stimuli,
    jobLimits: seed % 3 === 0 ? { total: 2, perUser: 1 } : { total: 6, perUser: 3 },
    calmNs: random.chance(0.5) ? 0 : 900 * second,
    cycle: random.chance(0.3),
    late,
    end: { type: random.pick(['poweroff', 'reboot', 'halt']), forced: random.chance(0.15) },
  };
}

/** One request, or a flood of them at one service in one moment: from many clients, or one after another from a single one. */
function addRequests(
  random: Random,
  stimuli: Stimulus[],
  at: number,
  services: readonly ServiceDefinition[],
  clientCount: number,
  most: number,
): void {
  const flood = random.chance(0.1) ? 2 + random.below(8) : 1;
  const { name } = random.pick(services);
  const say = (count: number): void => {
    const later = at + (random.chance(0.5) ? 0 : random.below(20e6));
    const client = random.below(clientCount);
    const couldEnd = mayEnd(identityOf(client));
    const lines = Array.from({ length: count }, () =>
      random.chance(0.85) ? lifecycleRequest(random, name) : otherLine(random, name, couldEnd),
    );
    const hastily = random.chance(0.03);
    stimuli.push({ at: later, kind: 'say', client, lines, pieces: random.chance(0.05), thenHangsUp: hastily });
  };
  if (random.chance(0.4)) return say(flood);
  for (let count = 0; count < flood && stimuli.length < most; count++) say(1);
}

/** Now and then the end finds services starting whose dependents are up. */
function addLastRestarts(random: Random, stimuli: Stimulus[], services: readonly ServiceDefinition[], spanNs: number): void {
  if (!random.chance(0.2)) return;
  for (let count = 1 + random.below(6); count > 0; count--) {
    const request = { command: 'restart', service: random.pick(services).name, wait: false } as const;
    const lines = [{ kind: 'request', request } as const];
    stimuli.push({ at: spanNs - random.below(2 * second), kind: 'say', client: 0, lines, pieces: false, thenHangsUp: false });
  }
}

function makeOutput(random: Random): OutputSettings | null {
  if (random.chance(0.88)) return null;
  return { maxLineLength: random.pick([64, 1024, 8192]), maxUnsentBytes: random.pick([4096, 65_536, 1_048_576]) };
}

/** It depends on nothing, and mostly is there from the boot on. */
function makeEventd(random: Random): ServiceDefinition {
  const { onFailure: _handler, ...definition } = makeDefinition(random, 0, 1);
  const mostly = random.chance(0.8) ? ({ restartPolicy: 'Always', restartMaxRetries: 5, restartDelay: 0 } as const) : {};
  const own = { name: eventdKey, imagePath: '/bin/eventd', type: 'Simple', disabled: false } as const;
  const triggers = random.chance(0.7) ? [{ type: 'boot' } as const] : [];
  return { ...definition, ...mostly, ...own, triggers, conditions: [], asserts: [], errorControl: 'Normal', fdStoreMax: 0 };
}

/** The event daemon is stopped and started, and stays when definitions change. Drawn apart as well. */
function addEventd(random: Random, stimuli: Stimulus[], eventd: readonly ServiceDefinition[], spanNs: number): void {
  for (const [at, stimulus] of stimuli.entries()) {
    if (stimulus.kind === 'edit' && random.chance(0.9)) stimuli[at] = { ...stimulus, services: [...stimulus.services, ...eventd] };
  }
  for (let count = random.below(6); count > 0; count--) {
    const at = random.below(spanNs);
    const say = (later: number, command: 'start' | 'stop' | 'restart'): void => {
      const lines = [asked({ command, service: eventdKey, wait: false })];
      stimuli.push({ at: at + later, kind: 'say', client: 0, lines, pieces: false, thenHangsUp: false });
    };
    say(0, random.chance(0.5) ? 'stop' : 'restart');
    say(random.below(30 * second), 'start');
  }
}

/** Jobs, and what is asked of them. Drawn apart: what else a seed says stays as it was. */
function addJobs(random: Random, stimuli: Stimulus[], spanNs: number, clientCount: number): void {
  for (let count = Math.ceil(stimuli.length * 0.08); count > 0; count--) {
    const at = random.below(spanNs);
    const submission: Submission = {
      argv: ['/bin/job', `${random.below(1e6)}`],
      environment: [],
      workingDirectory: '/',
      timeoutSeconds: random.pick([0, 1, 2, 5, 30]),
      description: null,
      submitter: random.pick(submitters),
    };
    const flood = random.chance(0.2) ? 2 + random.below(8) : 1;
    for (let one = 0; one < flood; one++) stimuli.push({ at, kind: 'submit', submission, leaves: random.chance(0.1) });
    if (random.chance(0.3)) continue;
    const lines = [jobRequest(random)];
    const later = at + random.below(random.chance(0.5) ? 100e6 : 5 * second);
    stimuli.push({ at: later, kind: 'say', client: random.below(clientCount), lines, pieces: false, thenHangsUp: random.chance(0.05) });
  }
}

/** Those that clients are, and one that none is. */
const submitters: readonly Submission['submitter'][] = ['S-1-5-18', 'S-1-22-1-1007', 'S-1-5-21-7-7-7-1001', 'S-1-5-21-7-7-7-1002'].map(
  (sid, index) => ({ sid, owner: sid, isSystem: index === 0, identity: index === 0 ? 'SYSTEM' : sid, captured: index }),
);

/** A client that hangs up, sends no more, or does not read for a while. */
function addManners(random: Random, stimuli: Stimulus[], at: number, clientCount: number): void {
  const client = random.below(clientCount);
  const kind = random.pick(['hang-up', 'hang-up', 'end-input', 'reading'] as const);
  if (kind !== 'reading') {
    stimuli.push({ at, kind, client });
    return;
  }
  stimuli.push({ at, kind, client, on: false });
  stimuli.push({ at: at + random.below(60 * second), kind, client, on: true });
}

function makeDefinition(random: Random, index: number, count: number): ServiceDefinition {
  const name = `s${index}`;
  const isOneshot = random.chance(0.25);
  const targets = (probability: number): string[] => {
    const found: string[] = [];
    while (index > 0 && found.length < 4 && random.chance(probability)) found.push(`s${random.below(random.chance(0.01) ? count : index)}`);
    return [...new Set(found)];
  };
  /** Another definition of the same name can be told from it by every process. */
  const number = random.below(1e6);
  const version = `v${number}`;
  const hooks = (most: number): [string, string][] =>
    Array.from({ length: random.chance(0.2) ? random.below(most + 1) : 0 }, (_, at) => [`/bin/hook${at}`, version]);
  const readiness = random.chance(0.5) ? 'Notify' : 'Alive';
  return define(name, {
    arguments: [version],
    environment: [`VERSION=${version}`],
    identity: `user${index % 2}`,
    hookIdentity: index % 3 === 0 ? 'hooks' : undefined,
    requiredPrivileges: [undefined, [], ['SeShutdownPrivilege']][index % 3],
    type: isOneshot ? 'Oneshot' : 'Simple',
    readiness,
    readinessCheck: readiness === 'Alive' && random.chance(0.2) ? ['/bin/probe', version] : null,
    remainAfterExit: random.chance(0.5),
    triggers: random.chance(0.5) ? [{ type: 'boot' }] : [],
    disabled: random.chance(0.03),
    requires: targets(0.35),
    wants: targets(0.2),
    bindsTo: targets(0.12),
    conflicts: random.chance(0.1) ? [`s${random.below(count)}`].filter((other) => other !== name) : [],
    onFailure: random.chance(0.08) ? `s${random.below(count)}` : undefined,
    errorControl: random.chance(0.01) ? 'Critical' : 'Normal',
    restartPolicy: random.pick(['Never', 'OnFailure', 'OnFailure', 'Always']),
    restartMaxRetries: random.pick([0, 1, 2, 5]),
    restartDelay: random.pick([0, 0, 1, 1, 2, 30]),
    restartWindow: random.pick([5, 30, 120]),
    startTimeout: random.pick([1, 2, 5, 30]),
    stopTimeout: random.pick([0, 1, 2, 10]),
    stopSignal: random.pick([
      { name: 'SIGTERM', signal: 15 },
      { name: 'SIGQUIT', signal: 3 },
    ]),
    stopMode: random.chance(0.2) ? 'All' : 'Main',
    // Drawn with the version: what else a seed says stays as it was.
    abortMode: number % 5 < 2 ? 'Stop' : 'Kill',
    watchdogTimeout: random.chance(0.15) ? 1 + random.below(4) : 0,
    successExitCodes: random.chance(0.2) ? [3] : [],
    execStartPre: hooks(3),
    execStartPost: hooks(2),
    execReload: random.chance(0.4) ? { type: 'command', argv: ['/bin/reload', version] } : { type: 'signal', name: 'SIGHUP', signal: 1 },
    healthCheck: random.chance(0.12) ? ['/bin/check', version] : null,
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
