import { constants } from 'node:fs';
import { basePath } from '../exec/environment.ts';
import { plainProcess } from '../exec/plain-process.ts';
import { describeErrno } from '../kernel/errno.ts';
import type { ExitStatus, Kernel, Projection } from '../kernel/kernel.ts';
import type { Loop } from '../kernel/loop.ts';
import type { Console } from '../output/console.ts';
import { attemptsPath } from './attempt-counter.ts';
import { exitStatus } from './exit-status.ts';

/** The shells, best first. BOOT-065, D-11. */
const shells = ['/bin/recsh', '/bin/sh'] as const;
const respawnDelayNs = 1_000_000_000n;

export interface RecoveryParts {
  readonly kernel: Kernel;
  readonly loop: Loop;
  readonly console: Console;
  /** Where somebody types. */
  readonly terminalPath: string;
  readonly container: boolean;
  /** What the shell runs with, so that the daemons know it for SYSTEM; null: as peinit itself. */
  readonly projection: () => Projection | null;
  /** Ends a container that cannot be helped. */
  readonly exit: (status: number) => void;
  /** Syncs and halts a machine without a shell. */
  readonly halt: () => void;
}

export interface Recovery {
  /**
   * Shows the reason and what the boots before came to, and delivers a shell: true. Without a terminal in a container, or without a shell,
   * the machine ends: false.
   */
  enter(reason: string, history: readonly string[]): boolean;
  /** The reaper found this child; true when it was the shell. */
  exited(status: ExitStatus): boolean;
}

/** Recovery mode: a shell for whoever has to mend the machine. PSD-007 2.3. */
export function createRecovery(parts: RecoveryParts): Recovery {
  const { kernel, loop, console } = parts;
  let shellPid = 0;

  function banner(reason: string, history: readonly string[]): void {
    const say = (text: string): void => console.line(text, 'failure');
    say('recovery mode');
    say(`  reason: ${reason}`);
    for (const line of history) say(`  ${line}`);
    say('  offline tools: registryd --inspector, --recover-from-backup, --dangerously-clear-database');
    say(
      `  to leave: fix the cause, write 0 to ${attemptsPath} (or peiosctl boot-status --clear), then send SIGINT to process 1 ` +
        '(kill -INT 1) to boot again',
    );
  }

  function openTerminal(): number {
    return kernel.open(parts.terminalPath, constants.O_RDWR | constants.O_NOCTTY);
  }

  const startLater = (): void => void loop.at(kernel.monotonicNs() + respawnDelayNs, () => void startShell());

  /** False: there is none, the machine halts. */
  function startShell(): boolean {
    const terminal = openTerminal();
    const outcome = tryShells(terminal);
    if (terminal >= 0) kernel.close(terminal);
    if (outcome === 'later') startLater();
    if (outcome !== 'never') return true;
    console.line(`neither ${shells.join(' nor ')} can be started: the machine halts`, 'failure');
    console.finish(parts.halt);
    return false;
  }

  /** `later`: no shell is to blame, the kernel could not make a process now. */
  function tryShells(terminal: number): 'started' | 'later' | 'never' {
    let outcome: 'later' | 'never' = 'never';
    for (const path of shells) {
      if (!kernel.executable(path)) continue;
      const shell = plainProcess(path, [], {
        environment: [basePath, 'HOME=/', 'TERM=linux'],
        stdin: terminal,
        stdout: terminal,
        stderr: terminal,
        controllingTerminal: true,
        projection: parts.projection(),
      });
      const spawned = kernel.spawn(shell);
      if (!('errno' in spawned)) {
        kernel.close(spawned.pidfd);
        shellPid = spawned.pid;
        return 'started';
      }
      if (spawned.step === null) outcome = 'later';
      console.line(`${path} cannot be started: ${spawned.call}: ${describeErrno(spawned.errno)}`, 'failure');
    }
    return outcome;
  }

  return {
    enter(reason, history) {
      banner(reason, history);
      const terminal = openTerminal();
      const usable = terminal >= 0 && kernel.isTerminal(terminal);
      if (terminal >= 0) kernel.close(terminal);
      if (parts.container && !usable) {
        console.line(`the console is no terminal: ending with status ${exitStatus.failed}`, 'failure');
        console.finish(() => parts.exit(exitStatus.failed));
        return false;
      }
      // The shell writes to the console by itself, after what it is about.
      console.flush();
      return startShell();
    },
    exited(status) {
      if (status.pid !== shellPid) return false;
      shellPid = 0;
      startLater();
      return true;
    },
  };
}
