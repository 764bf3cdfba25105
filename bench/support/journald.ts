/**
 * systemd-journald as a peer, inside a machine: its sockets and files are those of the machine, and the host's stay as they are. It keeps
 * all it gets, on the same disk as eventd does, without a limit on rates and without what it forwards.
 */
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { Peer } from './peers.ts';

const settings = `[Journal]
Storage=persistent
RateLimitIntervalSec=0
SystemMaxUse=16G
SystemKeepFree=1M
ForwardToSyslog=no
ForwardToWall=no
ReadKMsg=no
Audit=no
`;
const socket = '/run/systemd/journal/stdout';
const files = '/var/log/journal';
/** Where the head of a journal file has how many entries there are. */
const entriesAt = 152;
const startMs = 10_000;

export class Journald {
  readonly #process: ChildProcess;

  private constructor(process: ChildProcess) {
    this.#process = process;
  }

  static async start({ path, libraries }: Peer): Promise<Journald> {
    for (const left of ['/run/systemd/journal', files]) rmSync(left, { recursive: true, force: true });
    for (const needed of ['/run/systemd/journal', files, '/etc/systemd']) mkdirSync(needed, { recursive: true });
    if (!existsSync('/etc/machine-id')) writeFileSync('/etc/machine-id', `${'5'.repeat(32)}\n`);
    writeFileSync('/etc/systemd/journald.conf', settings);
    // What it has at its start is on the disk already, and so is all that follows.
    writeFileSync('/run/systemd/journal/flushed', '');
    // In a session of its own, as PID 1 is: the scheduler shares the cores out by sessions.
    const process = spawn(path, { detached: true, stdio: ['ignore', 'ignore', 'inherit'], env: { LD_LIBRARY_PATH: libraries } });
    const started = new Journald(process);
    for (const end = Date.now() + startMs; !existsSync(socket) || started.entries === 0; await pause(10)) {
      if (process.exitCode !== null) throw new Error(`systemd-journald ended with ${process.exitCode}`);
      if (Date.now() > end) throw new Error('systemd-journald does not begin its journal');
    }
    return started;
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /** All that are stored, its own messages among them. */
  get entries(): number {
    let sum = 0;
    for (const name of readdirSync(files, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.journal'))) {
      const head = Buffer.alloc(8);
      const fd = openSync(`${files}/${name}`, 'r');
      readSync(fd, head, 0, head.length, entriesAt);
      closeSync(fd);
      sum += Number(head.readBigUInt64LE());
    }
    return sum;
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once('close', resolve));
    this.#process.kill('SIGKILL');
    await ended;
    rmSync(files, { recursive: true, force: true });
  }
}
