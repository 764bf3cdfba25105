/** A real machine for a test: peinit as PID 1 in a sandbox on this host, with the registry the test gives it. */

import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Test } from 'tap';
import { ControlClient as TypedClient } from '../../clients/typescript/generated/client.ts';
import { ConnectionError, connectControl, controlSocketPath } from '../../clients/typescript/transport.ts';
import type { StatusResponse } from '../../gen/control/types.ts';
import type { Ended, Running } from '../machine/sandbox/sandbox.ts';
import { cannotRun, enter, freshName, listed, project, start, temporaryDirectory } from '../machine/sandbox/sandbox.ts';
import { container } from './in-container.ts';
import type { Registry } from './services.ts';
import { shell, withServices } from './services.ts';
import { until } from './wait.ts';

export type { Registry };
export { cannotRun, project, shell, temporaryDirectory, withServices };

execFileSync('sh', [join(project, 'bin/build-runtime')]);

const limitMs = 60_000;

/** Words of the sandbox: the registry of a machine without services of the platform. */
const bare = ['--no-base', '--registry', join(project, 'test/support/bare.yaml')];

/** What a machine begins with, without those services of the platform that it shall not have. */
function baseWithout(services: readonly string[]): string {
  const base = readFileSync(join(project, 'src/hosted/registryd/base.yaml'), 'utf8');
  return base
    .split('\n\n')
    .filter((part) => !services.some((service) => part.includes(`\n${servicesKey}\\${service}:`)))
    .join('\n\n');
}

/** Words of the sandbox: what is in the registry before the test's own. */
function baseOf({ authority, eventd }: MachineOptions, directory: string): readonly string[] {
  if (authority !== true && eventd !== true) return bare;
  const base = join(directory, 'base.yaml');
  writeFileSync(base, baseWithout([...(authority === true ? [] : ['authd']), ...(eventd === true ? [] : ['eventd'])]));
  return ['--no-base', '--registry', base];
}

const servicesKey = 'Machine\\System\\Services';

export interface MachineOptions {
  readonly registry?: Registry;
  /** It has an authority; without, whoever is not SYSTEM cannot be started. */
  readonly authority?: true;
  /** It has the event daemon. */
  readonly eventd?: true;
  /** Kernel-style parameters. */
  readonly cmdline?: string;
  readonly keep?: string;
  readonly layers?: readonly string[];
  readonly words?: readonly string[];
  /** How long it, and each command in it, may take at most; two minutes unless told. */
  readonly limitMs?: number;
}

export interface Machine {
  readonly name: string;
  /** PID 1 as the host sees it. */
  readonly pid: number;
  readonly running: Running;
  /** What the console has shown so far. */
  console(): string;
  /** Waits for a line of the console. */
  shows(pattern: RegExp): Promise<void>;
  /** Path, as the host sees it, of a path inside. */
  path(inside: string): string;
  /** A fresh connection with typed commands. */
  client(): Promise<TypedClient>;
  /** Runs a command inside. */
  run(...command: readonly string[]): Promise<Ended>;
  /** Processes of a service, or of a part of it (main, hooks, health), as the machine numbers them. */
  processes(service: string, part?: string): readonly number[];
  /** Waits until the status of a service satisfies the condition. */
  reaches(service: string, condition: (status: StatusResponse) => boolean): Promise<StatusResponse>;
  /** Asks for power-off and waits for the end. */
  powerOff(): Promise<Ended>;
}

/** The lines that a service has written, whichever process of it. */
export const said = ({ output }: StatusResponse): readonly string[] => output.map(({ text }) => text);

/** Boots a machine and waits until its control socket is there; it is gone at the end of the test. */
export async function boot(t: Test, options: MachineOptions = {}): Promise<Machine> {
  const machine = await launch(t, options);
  const end = Date.now() + limitMs;
  while (machine.running.process.exitCode === null && !(await listens(machine.path(controlSocketPath)))) {
    if (Date.now() > end) throw new Error(`not in time: the control socket\n${machine.console()}`);
    await pause(5);
  }
  return machine;
}

/** Process ids of this host below a cgroup. */
function inCgroup(directory: string): readonly string[] {
  if (!existsSync(directory)) return [];
  const below = readdirSync(directory, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const own = readFileSync(join(directory, 'cgroup.procs'), 'utf8')
    .split('\n')
    .filter((line) => line !== '');
  return [...own, ...below.flatMap(({ name }) => inCgroup(join(directory, name)))];
}

/** Process ids of this host whose environment, as it was at their exec, has a line that begins so. */
function withVariable(begin: string, namespace: string): readonly string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      if (!/^\d+$/.test(pid) || readlinkSync(`/proc/${pid}/ns/pid`) !== namespace) return false;
      return readFileSync(`/proc/${pid}/environ`, 'latin1')
        .split('\0')
        .some((line) => line.startsWith(begin));
    } catch {
      // It has ended.
      return false;
    }
  });
}

/** How the machine of this process of the host numbers it; null: it has ended. */
function numberInside(pid: string): number | null {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return /^State:\t[ZX]/m.test(status) ? null : Number(/^NSpid:.*\t(\d+)$/m.exec(status)?.[1]);
  } catch {
    return null;
  }
}

/** The socket's name is there a little earlier than somebody who listens. */
async function listens(path: string): Promise<boolean> {
  try {
    (await connectControl(path)).close();
    return true;
  } catch (error) {
    if (error instanceof ConnectionError) return false;
    throw error;
  }
}

/** Boots a machine and waits until it has settled. */
export async function bootSettled(t: Test, options: MachineOptions = {}): Promise<Machine> {
  const machine = await boot(t, options);
  await (await machine.client()).machineStatus({ wait: true });
  return machine;
}

/** Boots a machine without waiting for anything but its PID 1. */
export async function launch(t: Test, options: MachineOptions): Promise<Machine> {
  const name = freshName();
  const seed = join(temporaryDirectory(t), 'seed.json');
  writeFileSync(seed, JSON.stringify(options.registry ?? {}));
  const words = ['--name', name, ...baseOf(options, dirname(seed)), '--registry', seed];
  if (options.cmdline !== undefined) words.push('--cmdline', options.cmdline);
  if (options.keep !== undefined) words.push('--keep', options.keep);
  for (const layer of options.layers ?? []) words.push('--layer', layer);
  const limits = options.limitMs === undefined ? {} : { limitMs: options.limitMs };
  const running = start(t, [...words, ...(options.words ?? [])], limits);
  const { pid } = await listed(name);
  const path = (inside: string): string => `/proc/${pid}/root${inside}`;
  const client = async (): Promise<TypedClient> => {
    const transport = await connectControl(path(controlSocketPath));
    t.teardown(() => transport.close());
    return new TypedClient(transport);
  };
  const console = (): string => running.stdout() + running.stderr();
  return {
    name,
    pid,
    running,
    console,
    path,
    client,
    shows: (pattern) => until(`the console shows ${pattern}`, () => pattern.test(console()), { more: console }),
    run: (...command) => enter(t, name, command, limits),
    processes(service, part = '') {
      const found = container
        ? withVariable(`PEINIT_PART=${service}/${part}`, readlinkSync(`/proc/${pid}/ns/pid`))
        : inCgroup(path(join('/sys/fs/cgroup/peinit', service, part)));
      return found.map(numberInside).filter((number) => number !== null);
    },
    async reaches(service, condition) {
      const connection = await client();
      const end = Date.now() + limitMs;
      for (;;) {
        const status = await connection.status({ service });
        if (condition(status)) return status;
        if (Date.now() > end) throw new Error(`${service} does not get there: ${JSON.stringify(status)}\n${console()}`);
        await pause(5);
      }
    },
    async powerOff() {
      await (await client()).shutdown({ type: 'poweroff' });
      return running.ended;
    },
  };
}
