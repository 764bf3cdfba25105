import { spawn } from 'node:child_process';
import type { Test } from 'tap';

/** Runs a command line on a terminal of its own. */
export function onTerminal(t: Test, line: string) {
  const child = spawn('script', ['-qec', line, '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'] });
  t.teardown(() => child.kill('SIGKILL'));
  let output = '';
  child.stdout.on('data', (bytes) => {
    output += bytes;
  });
  const ended = new Promise((resolve) => child.once('close', resolve));
  return { type: (text: string) => child.stdin.write(text), output: () => output, ended };
}
