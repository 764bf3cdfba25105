/**
 * One life of a random machine: it boots while calls fail and everything comes late, serves clients that know no manners, loses and edits
 * its registry, comes to rest, and shuts down. What must always hold is looked at all the time; the first violation ends the life.
 */

import type { FaultRule } from '../../../src/linux/simulated/faults.ts';
import { defaultFaults } from '../../../src/linux/simulated/faults.ts';
import { fileNode } from '../../../src/linux/simulated/file-tree.ts';
import type { SimulatedProcess } from '../../../src/linux/simulated/processes.ts';
import { createRandom } from '../../../src/linux/simulated/random.ts';
import { unkind } from '../../../src/linux/simulated/simulated-kernel.ts';
import { systemPeer } from '../../../src/linux/simulated/stream-sockets.ts';
import type { Values } from '../../support/fake-registryd.ts';
import { servicesKey } from '../../support/fake-registryd.ts';
import type { Scene, SceneClient } from '../../support/simulated-peinit.ts';
import { createScene, helperProgram, programs, withServices } from '../../support/simulated-peinit.ts';
import { createClients } from './random-clients.ts';
import { createSubmitters } from './random-jobs.ts';
import {
  commandPath,
  createHangs,
  daemons,
  randomCommand,
  randomDefinition,
  randomMount,
  randomProgram,
  storedKind,
} from './random-services.ts';

export interface LifeResult {
  readonly seed: number;
  /** Null: all held. */
  readonly violation: string | null;
  /** How the machine came up. */
  readonly mode: 'full' | 'recovery' | 'exited';
  readonly console: string;
  readonly answered: number;
  readonly started: number;
  readonly faults: number;
  readonly hangs: number;
  readonly turns: number;
  readonly seen: ReadonlySet<string>;
  /** Ad-hoc jobs whose end their submitter was told. */
  readonly jobs: number;
}

const shutdownTimeoutSeconds = 15;
const postKillSeconds = 5;
/** A process may live that long although its service says that there is none. */
const afterKillMs = 8000;
/** PID 1 answers within this. */
const answerMs = 2000;

/** Beside the default ones: calls that hardly ever fail. */
const furtherFaults: readonly FaultRule[] = [
  { call: 'signal', errno: 1, probability: 0.005 },
  { call: 'readAt', errno: 12, probability: 0.002 },
  { call: 'read', errno: 4, probability: 0.002 },
  { call: 'read', errno: 11, probability: 0.005 },
  { call: 'receiveDatagram', errno: 4, probability: 0.005 },
  { call: 'receiveDatagram', errno: 12, probability: 0.001 },
  { call: 'socketError', errno: 111, probability: 0.05 },
  { call: 'readDirectory', errno: 12, probability: 0.01 },
  { call: 'shutdownWrite', errno: 107, probability: 0.1 },
  { call: 'random', errno: 11, probability: 0.01 },
  { call: 'umount', errno: 16, probability: 0.1 },
  { call: 'replaceFile', errno: 28, probability: 0.1 },
  { call: 'addEntropy', errno: 1, probability: 0.1 },
  { call: 'loopbackUp', errno: 1, probability: 0.1 },
  { call: 'reserveDescriptors', errno: 12, probability: 0.2 },
  { call: 'setSlice', errno: 95, probability: 0.2 },
];

/** What the console says when something was contained that must not happen. */
const innerErrors = ['error: a handler', 'error: an effect', 'error: uncaught', 'internal error'] as const;

/** In a severe life every call may fail, with an error that nobody expects of it. */
const severeCalls = [
  ...[
    'readFile',
    'writeFile',
    'replaceFile',
    'mkdir',
    'rmdir',
    'unlink',
    'readDirectory',
    'open',
    'read',
    'readAt',
    'write',
    'pipe',
    'accept',
  ],
  ...[
    'connectStream',
    'socketError',
    'shutdownWrite',
    'peerCredentials',
    'receiveDatagram',
    'spawn',
    'signal',
    'openProcess',
    'scanProcesses',
    'mount',
    'umount',
    'random',
    'sync',
  ],
] as readonly FaultRule['call'][];
const severeErrnos = [1, 5, 12, 22, 28] as const;

class Violated extends Error {}

/** Where a process was born, on a machine with cgroups and on one without. */
const placeOf = ({ cgroup, environment }: SimulatedProcess): string =>
  environment.has('PEINIT_PART') ? `/peinit/${environment.get('PEINIT_PART')}`.replace(/\/$/, '') : cgroup;

export function live(seed: number, minutes = 2, onScene?: (scene: Scene) => void): LifeResult {
  const random = createRandom(seed ^ 0x6c69_6665);
  const serviceCount = 20 + random.below(31);
  const services: Record<string, Values> = {};
  for (let index = 0; index < serviceCount; index++) services[`s${index}`] = randomDefinition(random, index, serviceCount);
  const mountDice = createRandom(seed ^ 0x6d6f_756e);
  const mounts = Array.from({ length: mountDice.below(4) }, (_, index) => randomMount(mountDice, index));
  for (const { MountPoint: point } of mounts) {
    const needy = `s${mountDice.below(serviceCount)}`;
    services[needy] = { ...services[needy], Wants: [`mount:${point}`] };
  }
  // It is killed often enough here to be given up.
  services['registryd'] = { RestartMaxRetries: 10_000, RestartDelay: random.below(2), ErrorControl: 0 };
  const boot: Values = { ShutdownTimeout: shutdownTimeoutSeconds, MaxParallelStarts: 1 + random.below(12) };
  const unkindness = [1, 4, 15, 40][random.below(4)] ?? 1;
  const severe = random.chance(0.3);
  const severeFaults: readonly FaultRule[] = severe
    ? severeCalls.map((call) => ({ call, errno: severeErrnos[random.below(severeErrnos.length)] ?? 5, probability: 0.0005 }))
    : [];
  const paceMs = [300, 100, 30, 10][random.below(4)] ?? 300;
  const container = random.chance(0.3);
  const processTree = createRandom(seed ^ 0x7472_6565).chance(0.3);
  const wanted = processTree ? 'peinit.containment=process-tree' : '';
  const scene = createScene({
    seed,
    container,
    words: container ? [wanted] : [],
    cmdline: container ? '' : wanted,
    terminal: true,
    disturbance: unkind,
    faults: [...severeFaults, ...defaultFaults, ...furtherFaults].map((rule) => ({
      ...rule,
      probability: Math.min((rule.probability ?? 1) * unkindness, 0.3),
    })),
    maxDescriptors: random.chance(0.2) ? 60 + random.below(200) : 65536,
    tree: {
      ...withServices(services),
      'Machine\\System\\Boot': boot,
      ...Object.fromEntries(mounts.map((values, index) => [`Machine\\System\\Boot\\Mounts\\m${index}`, values])),
    },
  });
  const hangs = createHangs(scene, random);
  let violation: string | null = null;
  const fail = (what: string): void => {
    violation ??= `${what}, at ${(scene.nowMs / 1000).toFixed(3)} s`;
  };
  const clients = createClients(scene, random, serviceCount, { patient: !severe, fail });
  const jobRandom = createRandom(seed ^ 0x6a_6f62);
  const submitters = createSubmitters(scene, jobRandom, [commandPath, ...daemons], fail);
  /** Processes that live although their service says that there is none, since when. */
  const strays = new Map<number, number>();
  /** How much of the console was searched for errors. */
  let lookedAt = 0;
  let mode: LifeResult['mode'] = 'full';
  try {
    prepare();
    onScene?.(scene);
    // Most machines come up, so that there is something to fail.
    if (random.chance(0.8)) {
      scene.faults.enabled = false;
      scene.world.schedule(BigInt(random.below(500)) * 1_000_000n, () => {
        scene.faults.enabled = true;
      });
    }
    scene.start();
    watched('the machine settles or is in recovery', () => settled() || recovering() || scene.over, 600_000, true);
    if (scene.over) mode = 'exited';
    else if (recovering()) mode = 'recovery';
    else act();
    end();
  } catch (error) {
    fail(error instanceof Violated ? error.message : `thrown: ${inShort(error)}`);
  }
  return {
    seed,
    violation,
    mode,
    console: scene.console,
    answered: clients.answered,
    started: scene.started.length,
    faults: scene.faults.struck,
    hangs: hangs.count,
    turns: scene.loop.turns,
    seen: clients.seen,
    jobs: submitters.ended,
  };

  function prepare(): void {
    scene.kernel.mkdir('/srv', 0o755);
    scene.kernel.mount('nfs', '/srv', 'nfs', 0, null);
    const [local, remote] = daemons;
    scene.program(local, randomProgram(random, hangs));
    scene.program(remote, randomProgram(random, hangs));
    scene.program(commandPath, randomCommand(random, hangs));
    for (const path of [commandPath, ...daemons]) scene.tree.place(path, fileNode('', 0o755));
    for (const shell of ['/bin/recsh', '/bin/sh']) scene.program(shell, random.chance(0.5) ? programs.idle : programs.exits(0, 3000));
    scene.registryd.switches.keysPerAnswer = 1 + random.below(20);
  }

  function settled(): boolean {
    return scene.composed.policy.machine().settledAt !== null;
  }

  function recovering(): boolean {
    return scene.composed.machine.mode === 'recovery';
  }

  /** Runs until the condition holds, with everything that must hold meanwhile. */
  function watched(what: string, condition: () => boolean, limitMs: number, mayFail = false): void {
    const limit = scene.nowMs + limitMs;
    let steps = 0;
    while (!condition()) {
      const before = scene.nowMs;
      scene.until(what, () => ++steps % 200 === 0 || condition() || scene.over, limitMs);
      look();
      if (scene.over && !condition()) throw new Violated(`the machine is over before ${what}`);
      if (scene.nowMs > limit && !condition()) {
        if (mayFail) return;
        throw new Violated(`not within ${limitMs / 1000} s: ${what} (${before})`);
      }
    }
  }

  function act(): void {
    // As much happens in a hectic life as in a quiet one.
    const lengthMs = minutes * 60_000 * Math.min(1, paceMs / 100);
    const until = scene.nowMs + lengthMs;
    let probe: { readonly client: SceneClient; readonly since: number } | null = null;
    let nextProbe = 0;
    function ask(): void {
      if (probe === null && scene.nowMs >= nextProbe) {
        nextProbe = scene.nowMs + 3000;
        probe = { client: scene.client(), since: scene.nowMs };
        probe.client.send({ command: 'list' });
      }
      if (probe === null) return;
      if (probe.client.stream.takeLines().length > 0) {
        probe.client.close();
        probe = null;
      } else if (probe.client.stream.ended && severe) probe = null;
      else if (probe.client.stream.ended || scene.nowMs - probe.since > answerMs) fail('PID 1 did not answer a list in time');
    }
    function tick(): void {
      if (scene.over || scene.nowMs >= until || violation !== null) return;
      disturb();
      if (jobRandom.chance(0.15)) submitters.act();
      ask();
      scene.world.schedule(BigInt(1 + random.below(paceMs)) * 1_000_000n, tick);
    }
    tick();
    watched('the time is over', () => scene.nowMs >= until, lengthMs + 5000);
    scene.run(answerMs);
    if (violation === null) rest();
  }

  /** Something happens to the machine from outside. */
  function disturb(): void {
    const dice = random.next();
    const name = `s${random.below(serviceCount + 2)}`;
    if (dice < 0.9) clients.act();
    else if (dice < 0.93) scene.registryd.set(`${servicesKey}\\${name}`, randomDefinition(random, serviceCount, serviceCount));
    else if (dice < 0.95)
      scene.registryd.set(`${servicesKey}\\${name}`, { StopTimeout: random.below(5), StartTimeout: 1 + random.below(9) });
    else if (dice < 0.96) scene.registryd.deleteKey(`${servicesKey}\\${name}`);
    else if (dice < 0.965) scene.registryd.hangUp();
    else if (dice < 0.967) scene.registryd.process?.die(11);
    else if (dice < 0.975) scene.registryd.overflow();
    else if (dice < 0.985) scene.signals.raise([1, 10, 12, 13][random.below(4)] ?? 1, 0, 0);
    else scene.processes.living()[random.below(scene.processes.living().length)]?.die(9);
  }

  function look(): void {
    if (scene.thrown.length > 0) throw new Violated(`thrown: ${(scene.thrown[0] as Error).stack}`);
    const news = scene.console.slice(lookedAt);
    lookedAt = scene.console.length;
    for (const mark of innerErrors) {
      const at = news.indexOf(mark);
      if (at >= 0) throw new Violated(`an error inside: ${news.slice(at, at + 500)}`);
    }
    if (scene.world.violations.length > 0) throw new Violated(`violation: ${scene.world.violations[0]}`);
    if (violation !== null) throw new Violated(violation);
    for (const process of scene.processes.living()) {
      const [, root, tree = '', part] = placeOf(process).split('/');
      const bad = root === 'peinit' && part !== undefined && !mayLive(decodeURIComponent(tree.split('@gen')[0] ?? ''));
      if (!bad || hangs.excuses(process)) strays.delete(process.pid);
      else {
        const since = strays.get(process.pid) ?? scene.nowMs;
        strays.set(process.pid, since);
        if (scene.nowMs - since > afterKillMs)
          throw new Violated(
            `process ${process.pid} lives in ${placeOf(process)}, ` +
              `but its service is ${scene.composed.policy.service(tree)?.state ?? 'unknown'}`,
          );
      }
    }
  }

  function mayLive(name: string): boolean {
    const state = scene.composed.policy.service(name)?.state;
    return state !== undefined && state !== 'inactive' && state !== 'failed' && state !== 'backoff' && state !== 'skipped';
  }

  /** Everything is stopped; then nothing may be left of it. */
  function rest(): void {
    scene.faults.enabled = false;
    hangs.release();
    scene.program(helperProgram, programs.exits(0));
    for (const process of scene.running(helperProgram)) process.letGo();
    watched('all clients are answered', () => clients.waiting === 0 || nudge(), 120_000);
    submitters.resume();
    for (const { record } of scene.composed.policy.jobs()) stopJob(record.id);
    watched('all jobs are gone', () => scene.composed.policy.jobs().length === 0, 60_000);
    waitFor(2_000);
    submitters.leave();
    clients.leave();
    const others = (): readonly string[] => scene.composed.policy.services().flatMap(({ name }) => (name === 'registryd' ? [] : [name]));
    const isCalm = (state: string): boolean => ['inactive', 'failed', 'abandoned', 'skipped'].includes(state);
    const calm = (): boolean => scene.composed.policy.services().every(({ name, state }) => name === 'registryd' || isCalm(state));
    // Starts that were queued before may bring some up again.
    for (let quiet = 0, rounds = 0; quiet < 2; rounds++) {
      // Both ways: a service that is bound to another one and is its own rescuer would go on for ever one way.
      for (const name of rounds % 2 === 0 ? others().toReversed() : others()) stopQuietly(name);
      waitFor(15_000);
      quiet = calm() ? quiet + 1 : 0;
      if (rounds < 12) continue;
      const busy = scene.composed.policy.services().filter((each) => each.name !== 'registryd' && !isCalm(each.state));
      throw new Violated(
        `not stopped: ${busy.map(({ name, state, cause, operation }) => `${name} ${state} ${cause} ${operation?.type}`).join(', ')}`,
      );
    }
    watched('registryd is up', () => scene.registryd.connections === 1 && scene.state('registryd') === 'active', 120_000);
    waitFor(100_000);
    const living = scene.processes.living().filter(({ path }) => path !== '/usr/sbin/registryd');
    if (living.length > 0) throw new Violated(`left over: ${living.map((process) => `${process.path} in ${placeOf(process)}`).join(', ')}`);
    if (scene.processes.zombies() > 0) throw new Violated(`${scene.processes.zombies()} zombies`);
    expectDescriptors(scene, processTree);
  }

  /** A client that stopped reading reads again. */
  function nudge(): boolean {
    clients.resume();
    return false;
  }

  function stopQuietly(name: string): void {
    const client = scene.client();
    const answer = client.ask({ command: 'stop', service: name, wait: false }, answerMs);
    if (answer['status'] === 'error' && answer['code'] !== 'INVALID_STATE' && answer['code'] !== 'UNKNOWN_SERVICE')
      fail(`stop of ${name}: ${JSON.stringify(answer)}`);
    client.close();
  }

  function stopJob(job_id: string): void {
    const client = scene.client();
    const answer = client.ask({ command: 'job-stop', job_id, wait: false }, answerMs);
    if (answer['status'] === 'error' && answer['code'] !== 'UNKNOWN_OPERATION') fail(`stop of job ${job_id}: ${JSON.stringify(answer)}`);
    client.close();
  }

  function waitFor(durationMs: number): void {
    let passed = false;
    const cancel = scene.world.schedule(BigInt(durationMs) * 1_000_000n, () => {
      passed = true;
    });
    watched('some time passes', () => passed, durationMs + 5000);
    cancel();
  }

  /** Starts some services again, and then the machine is told to end in one way or another, while calls fail again. */
  function end(): void {
    if (scene.over) return;
    if (recovering()) {
      const isUp = (): boolean => scene.started.some((path) => path === '/bin/recsh' || path === '/bin/sh');
      watched('the reason for Recovery and a shell', () => isUp() && (severe || scene.console.includes('reason: ')), 20_000);
    } else if (violation === null) {
      for (let count = 0; count < 10; count++)
        scene.client().send({ command: 'start', service: `s${random.below(serviceCount)}`, wait: false });
      waitFor(random.below(8000));
    }
    scene.faults.enabled = true;
    let began = scene.nowMs;
    const dice = random.next();
    const reachable = scene.streams.connect('/run/peinit/control.sock', systemPeer);
    if (dice < 0.5 || reachable === null) scene.signals.raise([2, 15, 30][random.below(3)] ?? 15, 0, 0);
    else if (dice < 0.7) for (let count = 0; count < 3; count++) scene.signals.raise(2, 0, 0);
    else reachable.send(`{"command":"shutdown","type":"${['poweroff', 'reboot', 'halt'][random.below(3)] ?? 'halt'}"}\n`);
    scene.run(answerMs);
    if (!scene.over && !scene.composed.policy.machine().shuttingDown) {
      if (!severe) fail('the shutdown did not begin');
      // The request may have been lost with its connection.
      scene.signals.raise(15, 0, 0);
      began = scene.nowMs;
    }
    scene.until('the end', () => scene.over, 180_000);
    const seconds = (scene.nowMs - began) / 1000;
    if (seconds > shutdownTimeoutSeconds + postKillSeconds + 3) fail(`the shutdown took ${seconds} s`);
    if (scene.world.violations.length > 0) fail(`violation: ${scene.world.violations[0]}`);
    if (scene.thrown.length > 0) fail(`thrown: ${(scene.thrown[0] as Error).stack}`);
  }
}

/** Without the console, which is in the result. */
function inShort(error: unknown): string {
  const lines = (error instanceof Error ? (error.stack ?? '') : String(error)).split('\n');
  return [lines[0], ...lines.filter((line) => /^ {4}at .*test\/simulation/.test(line)).slice(0, 5)].join('\n');
}

/** What PID 1 holds when nothing runs but registryd. */
function expectDescriptors(scene: Scene, processTree: boolean): void {
  const held = new Map<string, number>();
  for (const fd of scene.world.openDescriptors()) {
    const kind = scene.world.file(fd)?.kind ?? 'none';
    if (kind !== storedKind) held.set(kind, (held.get(kind) ?? 0) + 1);
  }
  const wanted: readonly (readonly [string, readonly number[]])[] = [
    ['signals', [1]],
    ['datagrams', [1]],
    // Of control and of jobs; the latter where it could be opened.
    ['listener', [1, 2]],
    // Of the directory of each, and of that of the notify socket.
    ['vanishing', [2, 3]],
    // The one to registryd.
    ['connection', [1]],
    ['pidfd', [1]],
    // Of directories in which the power button may appear, where it is looked for.
    ['appearing', [0, 1]],
    ['pipe-read', [2]],
    ['pipe-write', [0]],
    // The reserve, which is three without cgroups; the console and the table of mounts; where they could be opened.
    ['directory', processTree ? [0, 1, 2, 3] : [0, 1]],
    // Where no group can be given, also the namespaces of process 1 and of registryd.
    ['file', processTree ? [0, 1, 2, 3, 4] : [0, 1, 2]],
  ];
  for (const [kind, counts] of wanted) {
    const count = held.get(kind) ?? 0;
    if (!counts.includes(count)) throw new Violated(`${count} descriptors of kind ${kind} are left open: ${JSON.stringify([...held])}`);
    held.delete(kind);
  }
  if (held.size > 0) throw new Violated(`descriptors are left open: ${JSON.stringify([...held])}`);
}
