import { spawn } from 'node:child_process';

const limitMs = 60_000;

export interface OnTerminal {
  output(): string;
  /** Resolves when what was written from there on matches, with the whole length then. */
  shows(pattern: RegExp, from: number): Promise<number>;
  interrupt(): void;
  readonly ended: Promise<void>;
}

/** Runs a command line of this host on a terminal of its own. */
export function onTerminal(line: string, columns: number): OnTerminal {
  const { NO_COLOR: _, COLUMNS: __, ...environment } = process.env;
  const child = spawn('script', ['-qec', `stty cols ${columns} rows 50 && ${line}`, '/dev/null'], {
    env: { ...environment, TERM: 'xterm-256color', TZ: 'UTC' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let output = '';
  let isOver = false;
  const watchers = new Set<() => void>();
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    for (const look of watchers) look();
  });
  const late = setTimeout(() => child.kill('SIGTERM'), limitMs);
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (_status, signal) => {
      clearTimeout(late);
      isOver = true;
      for (const look of watchers) look();
      if (signal === null) resolve();
      else reject(new Error(`not over within ${limitMs / 1000} s: ${line}\n${output}`));
    });
  });
  ended.catch(() => undefined);
  return {
    output: () => output,
    ended,
    interrupt: () => child.stdin.write('\u0003'),
    shows: (pattern, from) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const isThere = pattern.test(output.slice(from));
          if (!isThere && !isOver) return;
          watchers.delete(look);
          if (isThere) resolve(output.length);
          else reject(new Error(`it ended without ${pattern}: ${line}\n${output}`));
        };
        watchers.add(look);
        look();
      }),
  };
}
