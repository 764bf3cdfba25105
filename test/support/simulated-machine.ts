/** The whole of PID 1 on the simulated kernel: a test scripts its programs, its registry daemon and its clients. */
import { composeMachine } from '../../src/compose.ts';
import { fileNode } from '../../src/linux/simulated/file-tree.ts';
import type { Program, SimulatedProcess } from '../../src/linux/simulated/processes.ts';
import type { SimulatedMachine, SimulationOptions } from '../../src/linux/simulated/simulated-kernel.ts';
import { calm, createSimulatedKernel } from '../../src/linux/simulated/simulated-kernel.ts';
import { createSimulatedLoop } from '../../src/linux/simulated/simulated-loop.ts';
import type { SimulatedClient } from '../../src/linux/simulated/stream-sockets.ts';
import { systemPeer } from '../../src/linux/simulated/stream-sockets.ts';

export type Values = Readonly<Record<string, string | number | readonly string[]>>;
/** Key path to values. */
export type Tree = Readonly<Record<string, Values>>;

/** What the registry daemon does; left out: it serves. */
export interface DaemonScript {
  readonly ready?: boolean;
  readonly exitCode?: number;
  /** Operations that are never answered. */
  readonly mute?: readonly string[];
  /** Operations that are answered with an error. */
  readonly failing?: Readonly<Record<string, string>>;
}

export interface MachineScript extends Partial<SimulationOptions> {
  readonly tree?: Tree;
  readonly daemon?: DaemonScript;
  readonly container?: boolean;
  readonly words?: readonly string[];
  /** Whether /bin/sh is there. Default true. */
  readonly shell?: boolean;
}

const schemaVersion: Tree = { 'Machine\\System\\Services': { SchemaVersion: 1 } };

function wireValue(name: string, value: Values[string]): object {
  if (typeof value === 'number') return { name, type: 'DWORD', data: value };
  return typeof value === 'string' ? { name, type: 'SZ', data: value } : { name, type: 'MULTI_SZ', data: value };
}

/** All keys below Machine\System, parents before children. */
function nodesOf(tree: Tree): object[] {
  const root = 'Machine\\System';
  const keys = new Map<string, Values>([[root, {}]]);
  for (const [path, values] of Object.entries(tree)) {
    const parts = path.split('\\');
    for (let depth = 3; depth <= parts.length; depth++) {
      const key = parts.slice(0, depth).join('\\');
      keys.set(key, depth === parts.length ? { ...keys.get(key), ...values } : (keys.get(key) ?? {}));
    }
  }
  return [...keys]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, values]) => ({
      path: path.slice(root.length + 1),
      values: Object.entries(values).map(([name, value]) => wireValue(name, value)),
    }));
}

/** A registry daemon as a simulated program. */
export function registryDaemon(
  machine: SimulatedMachine,
  tree: () => Tree,
  script: DaemonScript,
  lives: (daemon: { readonly end: () => void; readonly report: (path: string, type: string) => void }) => void,
): Program {
  /** Number of the latest watch of each connection. */
  const watches = new Map<SimulatedClient, number>();
  return (process) => {
    const clients = new Set<SimulatedClient>();
    watches.clear();
    if (script.exitCode !== undefined) {
      process.after(5, () => process.exit(script.exitCode ?? 1));
      return;
    }
    machine.kernel.mkdir('/run/registry', 0o755);
    const stop = machine.streams.serve('/run/registry/registry.sock', (client) => {
      clients.add(client);
      client.onChange = () => {
        for (const line of client.takeLines()) serve(client, JSON.parse(line) as { id: number; op: string; path: string; name: string });
      };
    });
    lives({
      end() {
        process.die(9);
        stop();
        for (const client of clients) client.close();
      },
      report(path, type) {
        for (const client of clients)
          client.send(`${JSON.stringify({ watch: watches.get(client) ?? 0, type, path, name: '', more: false })}\n`);
      },
    });
    if (script.ready !== false) process.after(20, () => process.notify('READY=1'));
  };

  function serve(client: SimulatedClient, { id, op, path, name }: { id: number; op: string; path: string; name: string }): void {
    if (script.mute?.includes(op)) return;
    const error = script.failing?.[op];
    const answer = (members: object): void => client.send(`${JSON.stringify({ id, ...members })}\n`);
    if (error !== undefined) return answer({ error, message: `${op} fails` });
    const value = tree()[path]?.[name];
    if (op === 'query' && value === undefined) return answer({ error: 'ENOENT', message: `there is no value ${name}` });
    if (op === 'query' && value !== undefined) return answer({ status: 'ok', ...wireValue(name, value), sequence: 1 });
    if (op === 'read-tree') return answer({ status: 'ok', nodes: nodesOf(tree()), more: false });
    if (op === 'watch') {
      watches.set(client, id);
      return answer({ status: 'ok', watch: id });
    }
    answer({ status: 'ok' });
  }
}

export interface Scene extends SimulatedMachine {
  readonly loop: ReturnType<typeof createSimulatedLoop>;
  readonly statuses: number[];
  console(): string;
  start(): void;
  /** Boots until the console shows it, for at most that much virtual time. */
  until(pattern: RegExp, limitMs?: number): void;
  /** One request, answered. */
  ask(request: object, limitMs?: number): Record<string, unknown>;
  running(path: string): SimulatedProcess[];
  /** A watch of the daemon reports it. */
  registryChanged(path: string, type?: string): void;
  /** SIGKILL for registryd, with the ends of its connections. */
  killDaemon(): void;
  program(path: string, program: Program): void;
}

/** A machine that has not started yet. */
export function createScene(script: MachineScript = {}): Scene {
  const { tree = schemaVersion, daemon = {}, container = false, words = [], shell = true, ...simulation } = script;
  const machine = createSimulatedKernel({
    seed: 11,
    faults: [],
    disturbance: calm,
    mounted: [],
    rtcSeconds: 1_900_000_000,
    ...(container ? { pidNamespace: 4026532000 } : {}),
    ...simulation,
  });
  const { kernel } = machine;
  for (const path of ['/proc', '/sys', '/dev', '/run', '/etc', '/var', '/var/lib', '/var/lib/peinit', '/bin']) kernel.mkdir(path, 0o755);
  let written = '';
  const decoder = new TextDecoder();
  const console = fileNode('', 0o600, {
    read: () => '',
    write: (text) => {
      written += typeof text === 'string' ? text : decoder.decode(text as Uint8Array);
      return text.length;
    },
  });
  const placeConsole = (): void => {
    machine.tree.place('/dev/console', console);
  };
  placeConsole();
  const statuses: number[] = [];
  const loop = createSimulatedLoop(machine.world, (error) => {
    written += `error: loop: ${error instanceof Error ? error.stack : String(error)}\n`;
  });
  // What is mounted on /dev holds the console as well.
  const mounting = new Proxy(kernel, {
    get(target, name: keyof typeof kernel) {
      if (name !== 'mount') return target[name];
      return (...values: Parameters<typeof kernel.mount>) => {
        const result = target.mount(...values);
        if (values[1] === '/dev') placeConsole();
        return result;
      };
    },
  });
  let daemonNow: { readonly end: () => void; readonly report: (path: string, type: string) => void } | null = null;
  machine.processes.program(
    '/usr/sbin/registryd',
    registryDaemon(
      machine,
      () => ({ ...schemaVersion, ...tree }),
      daemon,
      (now) => {
        daemonNow = now;
      },
    ),
  );
  if (shell) {
    machine.tree.place('/bin/sh', fileNode('', 0o755));
    machine.processes.program('/bin/sh', () => undefined);
  }
  const composed = composeMachine({
    kernel: mounting,
    loop,
    words,
    helperProgram: '/usr/lib/peinit/peinit-helper',
    exit: (status) => statuses.push(status),
  });
  return {
    ...machine,
    loop,
    statuses,
    console: () => written,
    start: () => composed.start(),
    until: (pattern, limitMs = 120_000) => loop.runUntil(() => pattern.test(written), limitMs),
    ask(request, limitMs = 120_000) {
      const client = machine.streams.connect('/run/peinit/control.sock', systemPeer);
      if (client === null) throw new Error('nobody listens on the control socket');
      client.send(`${JSON.stringify(request)}\n`);
      let line: string | undefined;
      loop.runUntil(() => {
        line ??= client.takeLines()[0];
        return line !== undefined;
      }, limitMs);
      client.close();
      return JSON.parse(line ?? '{}') as Record<string, unknown>;
    },
    killDaemon: () => daemonNow?.end(),
    registryChanged: (path, type = 'value_set') => daemonNow?.report(path, type),
    running: (path) => machine.processes.living().filter((process) => process.path === path),
    program: (path, program) => machine.processes.program(path, program),
  };
}
