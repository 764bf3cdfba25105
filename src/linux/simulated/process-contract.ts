/** What a test says and sees of simulated processes. Behind it: processes.ts. */
import type { Processes, SpawnRequest } from '../../kernel/kernel.ts';
import type { Cgroup } from './cgroups.ts';
import type { TreeNode } from './file-tree.ts';
import type { SimulatedClient } from './stream-sockets.ts';
import type { OpenFile } from './world.ts';

export interface SimulatedProcess {
  readonly pid: number;
  readonly path: string;
  readonly argv: readonly string[];
  readonly environment: ReadonlyMap<string, string>;
  readonly request: SpawnRequest;
  /** Path of its cgroup below the cgroup2 root, such as `/peinit/web/main`. */
  readonly cgroup: string;
  readonly alive: boolean;
  /** Descriptions at 3, 4, ... */
  readonly stored: readonly OpenFile[];
  /** Later, if it still lives. */
  after(delayMs: number, action: () => void): void;
  exit(code: number): void;
  /** Dies by a signal of its own. */
  die(signal: number): void;
  /** To standard output (1) or error (2). */
  write(descriptor: 1 | 2, data: string | Uint8Array): void;
  /** Closes one of them. */
  closeOutput(descriptor: 1 | 2): void;
  /** One datagram to NOTIFY_SOCKET. */
  notify(text: string, files?: readonly OpenFile[]): void;
  /** Instead of the signal's default; an empty action ignores it. SIGKILL cannot be caught. */
  onSignal(signal: number, action: () => void): void;
  /** From now on nothing ends it, SIGKILL included. */
  hang(): void;
  /** What was pending takes effect. */
  letGo(): void;
  /** Takes a session of its own. */
  setsid(): void;
  /** Gives up all supplementary groups. */
  dropGroups(): void;
  /** As one that has overwritten it: nobody sees it any more. */
  clearEnvironment(): void;
  /** SIGSTOP holds it: nothing that it planned happens before SIGCONT. */
  readonly stopped: boolean;
  /** A child of its own in the same cgroup. */
  fork(program: Program): SimulatedProcess;
  connect(path: string): SimulatedClient | null;
}

export type Program = (process: SimulatedProcess) => void;

/** The control a test has over processes. */
export interface ProcessTable extends Processes {
  /** Installs a program at a path. */
  program(path: string, program: Program): void;
  find(pid: number): SimulatedProcess | undefined;
  living(): SimulatedProcess[];
  /** Ended, not reaped. */
  zombies(): number;
  kill(pid: number, signal: number): void;
  move(pid: number, to: Cgroup): number;
  /** What /proc has below a pid. */
  procEntry(name: string): TreeNode | undefined;
  readonly started: number;
}
