/** Programs in a copy of the project, each with a time limit, and all with an end that may come before theirs. */
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { dirname } from 'node:path';

export interface Outcome {
  readonly ok: boolean;
  /** The first failed assertion, or how it ended. */
  readonly trouble: string;
  readonly ms: number;
}

/** The time for all of it is over: what ran has said nothing. */
export class OutOfTime extends Error {
  constructor() {
    super('out of time');
  }
}

export interface Runner {
  run(root: string, words: readonly string[], limitMs: number, environment?: Readonly<Record<string, string>>): Promise<Outcome>;
  /** Ends what still runs, when this program has to end. */
  killAll(): void;
}

function kill({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // Nobody of the group is left.
  }
}

const outputLimit = 1 << 20;

export function firstTrouble(output: string, ended: string): string {
  const failed = /^\s*not ok \d+ - (.*?)(?: # time=.*)?$/m.exec(output)?.[1];
  const last = output.trim().split('\n').at(-1) ?? '';
  return failed ?? (last === '' ? ended : `${ended}: ${last.slice(0, 200)}`);
}

/** `deadline` as performance.now() tells it. */
export function createRunner(deadline = Infinity): Runner {
  const running = new Set<ChildProcess>();
  return {
    run(root, [command = '', ...words], limitMs, environment = {}) {
      const started = performance.now();
      const left = deadline - started;
      if (left <= 0) return Promise.reject(new OutOfTime());
      // A process group of its own, so that what a test started ends with it.
      const child = spawn(command === 'node' ? process.execPath : command, words, {
        cwd: root,
        stdio: ['ignore', 'pipe', 'pipe'],
        detached: true,
        env: {
          ...process.env,
          PATH: `${dirname(process.execPath)}:${process.env['PATH']}`,
          TAP_BAIL: '1',
          NODE_NO_WARNINGS: '1',
          ...environment,
        },
      });
      running.add(child);
      let output = '';
      const keep = (chunk: Buffer): void => {
        if (output.length < outputLimit) output += chunk.toString();
      };
      child.stdout.on('data', keep);
      child.stderr.on('data', keep);
      let timedOut = false;
      const timer = setTimeout(
        () => {
          timedOut = true;
          kill(child);
        },
        Math.min(limitMs, left),
      );
      return new Promise((done, broken) => {
        child.on('error', broken);
        child.on('close', (status, signal) => {
          clearTimeout(timer);
          kill(child);
          running.delete(child);
          if (timedOut && left < limitMs) return broken(new OutOfTime());
          const ended = timedOut ? 'it did not end in its time' : `it ended with ${status ?? signal}`;
          done({ ok: status === 0 && !timedOut, trouble: firstTrouble(output, ended), ms: performance.now() - started });
        });
      });
    },
    killAll() {
      for (const child of running) kill(child);
    },
  };
}
