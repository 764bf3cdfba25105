/** A peiosctl that goes on while the test does other things: it runs on this host, on the control socket of a machine or in front of it. */
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import type { Test } from 'tap';
import { controlSocketPath } from '../../clients/typescript/transport.ts';
import type { Machine } from './machine.ts';
import { project, temporaryDirectory } from './machine.ts';
import { until } from './wait.ts';

export interface GoingOn {
  readonly process: ChildProcess;
  /** What it has printed so far, line by line, without the time at the beginning. */
  lines(): readonly string[];
  complaints(): string;
  /** Waits until all that it has printed satisfies the condition. */
  prints(what: string, condition: (lines: readonly string[]) => boolean): Promise<readonly string[]>;
  /** Its exit status. */
  readonly ended: Promise<number | null>;
}

const time = /^(\d{4}-\d\d-\d\d )?\d\d:\d\d:\d\d\.\d{3} {2}/;

/** Killed at the end of the test. `socket`: where peinit is; the machine's own when left out. */
export function goOn(t: Test, machine: Machine, words: readonly string[], socket = machine.path(controlSocketPath)): GoingOn {
  const program = join(project, 'clients/peiosctl/main.ts');
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, ...words, '--socket', socket], {
    stdio: 'pipe',
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  t.teardown(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const lines = (): readonly string[] =>
    stdout
      .split('\n')
      .slice(0, -1)
      .map((line) => line.replace(time, ''));
  return {
    process: child,
    lines,
    complaints: () => stderr,
    async prints(what, condition) {
      await until(what, () => condition(lines()), { more: () => `${stdout.slice(-2000)}\n${stderr.slice(-2000)}` });
      return lines();
    },
    ended,
  };
}

/** A socket in front of that of the machine, whose connections can be cut. */
export async function doorOf(t: Test, machine: Machine) {
  const path = join(temporaryDirectory(t), 'door.sock');
  const open = new Set<Socket>();
  let made = 0;
  const server = createServer((client) => {
    made += 1;
    const peinit = connect(machine.path(controlSocketPath));
    for (const [one, other] of [
      [client, peinit],
      [peinit, client],
    ] as const) {
      open.add(one);
      one.on('error', () => undefined);
      one.on('close', () => {
        open.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  });
  const listen = (): Promise<void> => new Promise((resolve) => server.listen(path, resolve));
  const cut = (): void => {
    for (const socket of open) socket.destroy();
  };
  await listen();
  t.teardown(() => {
    cut();
    server.close();
  });
  return {
    path,
    /** So many connections are open, of so many that there were. */
    passes: (openNow: number, inAll: number) =>
      until(`${openNow} connections of ${inAll}`, () => open.size === 2 * openNow && made === inAll, {
        more: () => `${open.size / 2} of ${made}`,
      }),
    /** Nobody is there any more, until `listen`. */
    async close(): Promise<void> {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      cut();
      await closed;
    },
    listen,
  };
}
