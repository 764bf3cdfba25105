/** A real eventd as a process of its own, on a store and sockets in a temporary directory, and whoever hands over to it. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';
import type { EventdConnection } from '../../../clients/typescript/eventd.ts';
import { connectEventd } from '../../../clients/typescript/eventd.ts';
import { encodeOutputRecord } from '../../../gen/output/encode.ts';
import type { AckedIds, LogEntry, LogsRequest, OutputRecord } from '../../../gen/output/types.ts';
import { until } from '../../support/wait.ts';

const project = join(import.meta.dirname, '../../..');

/** The program as it is shipped, which bin/build-runtime has built. */
export const program = join(project, 'build/runtime/eventd.mjs');

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Daemon {
  readonly pid: number;
  readonly ended: Promise<Ended>;
  readonly logSocket: string;
  /** Of its command line. */
  readonly words: readonly string[];
  stderr(): string;
  sender(): Promise<Sender>;
  client(): Promise<EventdConnection>;
  signal(signal: NodeJS.Signals): void;
}

export function temporaryDirectory(t: Test): string {
  const directory = mkdtempSync(join(tmpdir(), 'eventd-test-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** Starts on `directory` and waits until it serves. Without a registry its defaults hold; only SYSTEM asks here. */
export async function startEventd(t: Test, directory: string): Promise<Daemon> {
  const [log, query] = [join(directory, 'log.sock'), join(directory, 'query.sock')];
  for (const path of [log, query]) rmSync(path, { force: true });
  const noRegistry = ['--registry-socket', join(directory, 'no-registry.sock')];
  const words = ['--store', join(directory, 'store'), '--log-socket', log, '--query-socket', query, ...noRegistry];
  const child = spawn(process.execPath, [program, ...words], {
    env: {},
    stdio: ['ignore', 'inherit', 'pipe'],
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  let over: Ended | null = null;
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (code, signal) => {
      over = { code, signal };
      resolve(over);
    });
  });
  t.teardown(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  await until('eventd listens', async () => {
    if (over !== null) throw new Error(`eventd ended with ${JSON.stringify(over)}: ${errors}`);
    // The name of a socket is there a little earlier than somebody who listens.
    return existsSync(log) && (await listens(query));
  });
  return {
    pid: child.pid ?? 0,
    ended,
    logSocket: log,
    words,
    stderr: () => errors,
    async sender() {
      await until('it takes records', () => listens(log));
      const socket = connect(log);
      await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
      t.teardown(() => socket.destroy());
      return new Sender(socket);
    },
    async client() {
      const client = await connectEventd(query);
      t.teardown(() => client.disconnect());
      return client;
    },
    signal: (signal) => void child.kill(signal),
  };
}

function listens(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}

/** Hands over as process 1 does. */
export class Sender {
  readonly socket: Socket;
  /** Everything that was acknowledged, in order. */
  readonly acknowledged: AckedIds[] = [];
  isOver = false;

  constructor(socket: Socket) {
    this.socket = socket;
    let partial = '';
    socket.setEncoding('utf8').on('data', (text: string) => {
      const lines = (partial + text).split('\n');
      partial = lines.pop() ?? '';
      for (const line of lines) this.acknowledged.push(JSON.parse(line).acked);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.isOver = true;
    });
  }

  send(...records: readonly OutputRecord[]): boolean {
    return this.socket.write(records.map((record) => `${encodeOutputRecord(record)}\n`).join(''));
  }

  /** What is held of that boot. */
  async hello(boot_id: string): Promise<AckedIds> {
    const before = this.acknowledged.length;
    this.send({ kind: 'hello', boot_id, started_at: '2026-01-01T00:00:00.000000000Z' });
    return until('hello is answered', () => this.acknowledged[before]);
  }

  /** Waits until that line is acknowledged. */
  async takes(line: number): Promise<void> {
    await until(`line ${line} is acknowledged`, () => (this.acknowledged.at(-1)?.log ?? 0) >= line);
  }
}

/** A burst of a service, its lines numbered from `first` on. */
export const burst = (first: number, texts: readonly string[], origin = 'web', is_error = false): OutputRecord => ({
  kind: 'log',
  origin,
  job_id: `job-of-${origin}`,
  is_error,
  first_id: first,
  first_timestamp: '2026-01-01T00:00:01.000000000Z',
  lines: texts.map((text, index) => [index, text] as const),
});

/** All that is found. */
export async function logsOf(client: EventdConnection, request: LogsRequest = {}): Promise<readonly LogEntry[]> {
  const found: LogEntry[] = [];
  for await (const { entries } of client.logs(request)) found.push(...entries);
  return found;
}
