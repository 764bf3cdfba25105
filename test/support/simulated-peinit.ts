/** A whole PID 1 on the simulated kernel, from its first line to reboot(2) or exit: what is around it is scripted here. */
import type { Test } from 'tap';
import type { ComposedMachine } from '../../src/compose.ts';
import { composeMachine } from '../../src/compose.ts';
import type { Kernel, SpawnRequest } from '../../src/kernel/kernel.ts';
import { directoryNode, fileNode } from '../../src/linux/simulated/file-tree.ts';
import type { OpenNode } from '../../src/linux/simulated/files.ts';
import type { Program, SimulatedProcess } from '../../src/linux/simulated/processes.ts';
import type { SimulatedMachine, SimulationOptions } from '../../src/linux/simulated/simulated-kernel.ts';
import { calm, createSimulatedKernel } from '../../src/linux/simulated/simulated-kernel.ts';
import type { SimulatedLoop } from '../../src/linux/simulated/simulated-loop.ts';
import { createSimulatedLoop } from '../../src/linux/simulated/simulated-loop.ts';
import type { Peer, SimulatedClient } from '../../src/linux/simulated/stream-sockets.ts';
import { systemPeer } from '../../src/linux/simulated/stream-sockets.ts';
import type { ServiceView } from '../../src/policy/view.ts';
import { unwrapped } from './console-text.ts';
import type { Tree, Values } from './fake-registryd.ts';
import { FakeRegistryd, servicesKey } from './fake-registryd.ts';
import type { FsckResults } from './simulated-mounts.ts';
import { mountStep } from './simulated-mounts.ts';

export const helperProgram = '/usr/lib/peinit/peinit-helper';
export const registrydProgram = '/usr/sbin/registryd';
const controlSocket = '/run/peinit/control.sock';

export interface SceneOptions extends Partial<SimulationOptions> {
  /** A container instead of a machine of its own. */
  readonly container?: boolean;
  /** Arguments of PID 1. */
  readonly words?: readonly string[];
  readonly tree?: Tree;
  /** The console is a terminal. Default: on a machine of its own. */
  readonly terminal?: boolean;
  /** Shells that are there. Default: both. */
  readonly shells?: readonly string[];
  readonly fsck?: FsckResults;
  /** Notes every call of PID 1 in `calls`. */
  readonly recorded?: boolean;
}

/** An answer as JSON.parse gives it. */
export interface Answer {
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers freely.
  readonly [member: string]: any;
}

/** A client of the control socket. */
export interface SceneClient {
  readonly stream: SimulatedClient;
  send(...requests: readonly (object | string)[]): void;
  /** The next answer; the machine runs until it is there. */
  answer(limitMs?: number): Answer;
  ask(request: object | string, limitMs?: number): Answer;
  close(): void;
}

export interface Scene extends SimulatedMachine {
  readonly loop: SimulatedLoop;
  readonly registryd: FakeRegistryd;
  readonly composed: ComposedMachine;
  /** Name of the call and its texts, numbers and flags. */
  readonly calls: readonly string[];
  /** Paths of all programs that were started, in order. */
  readonly started: readonly string[];
  /** What handlers threw. */
  readonly thrown: readonly unknown[];
  readonly console: string;
  /** Status that PID 1 ended with; null: it has not. */
  readonly exited: number | null;
  /** The machine is over. */
  readonly over: boolean;
  readonly nowMs: number;
  start(): void;
  /** Boots until it has settled. */
  boot(limitMs?: number): void;
  until(what: string, condition: () => boolean, limitMs?: number): void;
  /** Until the console shows it. */
  shows(pattern: RegExp, limitMs?: number): void;
  run(durationMs: number): void;
  state(service: string): string;
  view(service: string): ServiceView;
  processes: SimulatedMachine['processes'];
  running(path: string): SimulatedProcess[];
  program(path: string, program: Program): void;
  /** Of the control socket, or of another one. */
  client(peer?: Peer, path?: string): SceneClient;
  /** One request on a connection of its own. */
  ask(request: object | string, limitMs?: number): Answer;
  /** Called before each process is made. */
  onSpawn: (request: SpawnRequest) => void;
  /** Whether the descriptor is the console device. */
  isConsole(fd: number): boolean;
}

/** Values of a service that runs as SYSTEM and is up as soon as its process is there. */
export const service = (path: string, values: Values = {}): Values => ({ ImagePath: path, Identity: 'SYSTEM', Readiness: 1, ...values });

/** A tree with these services. */
export const withServices = (services: Readonly<Record<string, Values>>): Tree =>
  Object.fromEntries(Object.entries(services).map(([name, values]) => [`${servicesKey}\\${name}`, values]));

export function createScene(options: SceneOptions = {}): Scene {
  const { container = false, words = [], tree = {}, recorded = false, ...simulation } = options;
  const { terminal = !container, shells = ['/bin/recsh', '/bin/sh'], ...rest } = simulation;
  const machine = createSimulatedKernel({
    seed: 11,
    faults: [],
    disturbance: calm,
    mounted: [],
    rtcSeconds: 1_900_000_000,
    ...(container ? { pidNamespace: 4026532000 } : {}),
    ...rest,
  });
  const { world } = machine;
  const directories = ['/proc', '/sys', '/dev', '/run', '/etc', '/var/lib/peinit', '/bin', '/usr/sbin'];
  for (const path of directories) machine.tree.place(`${path}/.keep`, fileNode('', 0o644));
  let text = '';
  const calls: string[] = [];
  const started: string[] = [];
  const thrown: unknown[] = [];
  let exited: number | null = null;

  const write = (data: string): number => {
    text += data;
    return Buffer.byteLength(data);
  };
  const console = fileNode('', 0o600, { read: () => '', write });
  // What PID 1 finds on filesystems that it mounts.
  const furnish = (target: string): void => {
    if (target === '/dev') machine.tree.place('/dev/console', console);
    if (target === '/proc') machine.tree.place('/proc/self/oom_score_adj', fileNode('0', 0o644));
  };
  for (const { target } of rest.mounted ?? []) furnish(target);
  if (container && rest.mounted === undefined) furnish('/dev');
  const isConsole = (fd: number): boolean => (world.file(fd) as Partial<OpenNode> | undefined)?.node === console;

  const plain: Kernel = {
    ...machine.kernel,
    isTerminal: (fd) => terminal && isConsole(fd),
    mount(source, target, type, flags, data) {
      const result = machine.kernel.mount(source, target, type, flags, data);
      if (result >= 0) furnish(target);
      return result;
    },
    // The streams that PID 1 was given.
    write: (fd, data, offset, length) =>
      fd === 1 || fd === 2
        ? write(new TextDecoder().decode(data.subarray(offset, offset + length)))
        : machine.kernel.write(fd, data, offset, length),
    writeNow: (...all) => plain.write(...all),
    spawn(request) {
      scene.onSpawn(request);
      const spawned = machine.kernel.spawn(request);
      if (!('errno' in spawned)) started.push(request.path);
      return spawned;
    },
  };
  const loop = createSimulatedLoop(world, (error) => {
    thrown.push(error);
    composed.contained('a handler failed', error);
  });
  const registryd = new FakeRegistryd(machine, tree);
  machine.processes.program(registrydProgram, registryd.program);
  machine.processes.program(helperProgram, checkHelper(machine, options.fsck ?? new Map()));
  for (const shell of shells) machine.processes.program(shell, () => undefined);
  const composed = composeMachine({
    kernel: recorded ? noting(plain, calls) : plain,
    loop,
    words,
    helperProgram,
    exit(status) {
      exited ??= status;
    },
  });

  function step(): boolean {
    if (exited !== null || !loop.step()) return false;
    registryd.tick();
    return true;
  }

  function until(what: string, condition: () => boolean, limitMs = 120_000): void {
    const limit = world.now + BigInt(Math.round(limitMs * 1e6));
    while (!condition()) {
      if (world.now > limit) throw new Error(`not within ${limitMs} ms: ${what}\n${text}`);
      if (!step())
        throw new Error(`${exited === null ? 'nothing happens any more' : `PID 1 ended with ${exited}`}; wanted: ${what}\n${text}`);
    }
  }

  function client(peer = systemPeer, path = controlSocket): SceneClient {
    const stream = machine.streams.connect(path, peer);
    if (stream === null) throw new Error(`nobody listens at ${path}`);
    const lines: string[] = [];
    const self: SceneClient = {
      stream,
      send(...requests) {
        for (const request of requests) stream.send(`${typeof request === 'string' ? request : JSON.stringify(request)}\n`);
      },
      answer(limitMs) {
        const wanted = (): boolean => {
          lines.push(...stream.takeLines());
          return lines.length > 0 || stream.ended;
        };
        // What PID 1 wrote before its end still arrives.
        until('an answer', () => wanted() || scene.over, limitMs);
        if (!wanted()) loop.standStill(10);
        wanted();
        const line = lines.shift();
        if (line === undefined) throw new Error('the connection was closed without an answer');
        return JSON.parse(line) as Answer;
      },
      ask(request, limitMs) {
        self.send(request);
        return self.answer(limitMs);
      },
      close: () => stream.close(),
    };
    return self;
  }

  const view = (name: string): ServiceView => {
    const found = composed.policy.service(name);
    if (found === null) throw new Error(`there is no service ${name}\n${text}`);
    return found;
  };

  const scene: Scene = {
    ...machine,
    loop,
    registryd,
    onSpawn: () => undefined,
    composed,
    calls,
    started,
    thrown,
    get console() {
      return unwrapped(text);
    },
    get exited() {
      return exited;
    },
    get over() {
      return exited !== null || world.rebooted !== null;
    },
    get nowMs() {
      return Number(world.now) / 1e6;
    },
    start: () => composed.start(),
    boot(limitMs) {
      composed.start();
      until('the machine settles', () => composed.policy.machine().settledAt !== null, limitMs);
    },
    until,
    shows: (pattern, limitMs) => until(`the console shows ${pattern}`, () => pattern.test(unwrapped(text)), limitMs),
    run(durationMs) {
      let reached = false;
      const cancel = world.schedule(BigInt(Math.round(durationMs * 1e6)), () => {
        reached = true;
      });
      while (!reached && step());
      cancel();
    },
    state: (name) => view(name).state,
    view,
    running: (path) => machine.processes.living().filter((process) => process.path === path),
    program: (path, program) => machine.processes.program(path, program),
    client,
    ask(request, limitMs) {
      const single = client();
      const answer = single.ask(request, limitMs);
      single.close();
      return answer;
    },
    isConsole,
  };
  return scene;
}

/** What holds at the end of every test of a machine. */
export function expectSound(t: Test, scene: Scene): void {
  t.strictSame(scene.thrown, [], 'nothing was thrown');
  t.notMatch(scene.console, /error: (a handler|an effect|uncaught|internal)|internal error/);
  t.strictSame(scene.world.violations, []);
}

function noting(kernel: Kernel, calls: string[]): Kernel {
  const noted = { ...kernel } as unknown as Record<string, (...values: unknown[]) => unknown>;
  for (const [name, call] of Object.entries(noted)) {
    noted[name] = (...values) => {
      calls.push([name, ...values.map(wordOf).filter((word) => word !== null)].join(' '));
      return call(...values);
    };
  }
  return noted as unknown as Kernel;
}

/** What is noted of an argument; null: nothing. */
function wordOf(value: unknown): string | null {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value !== 'object' || value === null) return null;
  if ('path' in value) return String(value.path);
  return 'capacity' in value ? `capacity ${value.capacity}` : null;
}

/** Below this path checks hang, but can be killed; below the other one they outlive SIGKILL. */
export const hangingPaths = '/hanging';
export const deadPaths = '/dead';

/** peinit-helper: judges paths by the simulated tree, letter by letter, makes what is to be there, and replaces files. */
function checkHelper(machine: SimulatedMachine, fsck: FsckResults): Program {
  const { kernel, tree } = machine;
  const steps = mountStep(machine, { hanging: hangingPaths, dead: deadPaths }, fsck);
  return (process) => {
    const [, verb = '', ...checks] = process.argv;
    const step = steps(verb);
    if (step !== null) return step(process);
    if (verb === 'place') return placeIn(tree, process);
    if (verb === 'replace') {
      const [path = '', mode, text = ''] = checks;
      process.write(1, `${Math.max(0, -kernel.replaceFile(path, text, Number(mode)))}\n`);
      return process.exit(0);
    }
    if (verb !== 'check') return process.exit(2);
    for (const check of checks) {
      const path = check.slice(1);
      if (path.startsWith(deadPaths)) return process.hang();
      if (path.startsWith(hangingPaths)) return;
      const node = tree.lookup(path);
      const kind = typeof node === 'number' ? null : node.kind;
      const holds = check[0] === 'p' ? kind !== null : kind === (check[0] === 'f' ? 'file' : 'directory');
      process.write(1, holds ? '1' : '0');
    }
    process.exit(0);
  };
}

/** As place.c, but for links, which are not in the tree. */
function placeIn(tree: SimulatedMachine['tree'], process: SimulatedProcess): void {
  const [, , letter, path = '', uid, gid, mode, ofExisting] = process.argv;
  const answer = (error: number, detail: number): void => {
    process.write(1, `${error} ${detail}\n`);
    process.exit(0);
  };
  if (path.startsWith(deadPaths)) return process.hang();
  if (path.startsWith(hangingPaths)) return;
  const kind = letter === 'd' ? 'directory' : 'file';
  const above = tree.parent(path);
  if (typeof above === 'number') return answer(-above, 0);
  const found = above.directory.entries.get(above.name);
  if (found !== undefined && found.kind !== kind) return answer(kind === 'file' ? 21 : 20, 2);
  const node = found ?? (kind === 'file' ? fileNode('', 0) : directoryNode(0));
  above.directory.entries.set(above.name, node);
  if (found === undefined || ofExisting === '1') Object.assign(node, { uid: Number(uid), gid: Number(gid), mode: Number(mode) });
  answer(0, found === undefined ? 1 : 0);
}

/** Programs that services run. */
export const programs = {
  /** Lives until SIGTERM. */
  idle: () => undefined,
  /** Says READY=1 after a while. */
  notifies:
    (afterMs: number): Program =>
    (process) =>
      process.after(afterMs, () => process.notify('READY=1')),
  exits:
    (code: number, afterMs = 5): Program =>
    (process) =>
      process.after(afterMs, () => process.exit(code)),
  /** Ends only by SIGKILL. */
  stubborn: ((process) => process.onSignal(15, () => undefined)) satisfies Program,
  /** Outlives SIGKILL until it is let go. */
  stuck: ((process) => process.hang()) satisfies Program,
};
