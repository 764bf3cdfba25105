/** Those who take lines, one after the other and from the same writers. Inside a machine. */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ControlClient } from '../../clients/typescript/generated/client.ts';
import { connectControl } from '../../clients/typescript/transport.ts';
import { Journald } from '../support/journald.ts';
import type { Peer, Peers } from '../support/peers.ts';
import type { Load } from './load.ts';
import { directory, seconds, serviceOf } from './load.ts';
import type { Written } from './writers.ts';
import { allReady, bytesOf, cpuOf, memoryOf, Started, shareOf, startServices, until } from './writers.ts';

export interface Measured {
  readonly megabytesPerSecond: number;
  /** Of those who take the lines. */
  readonly cpuSecondsPerGigabyte: number;
  /** What the writer that wrote most wrote, to what the one that wrote least did. */
  readonly share: number;
  /** Memory of the process that takes the lines, afterwards; null: it has ended, or there were several. */
  readonly memoryMb: number | null;
}

/** Null: it cannot be had here. */
export type Taker = (load: Load, place: number) => Promise<Measured | null>;

export interface Programs {
  readonly writer: string;
  readonly splitter: string;
  readonly pairs: string;
  readonly toJournal: string;
  readonly peers: Peers<'s6-log' | 'systemd-journald' | 'dinit'>;
}

function measured(written: readonly Written[], cpuNs: number, memoryMb: number | null, ns?: number): Measured {
  const bytes = bytesOf(written);
  return {
    megabytesPerSecond: (bytes / (ns ?? Math.max(...written.map((each) => each.ns)))) * 1000,
    cpuSecondsPerGigabyte: cpuNs / bytes,
    share: shareOf(written),
    memoryMb,
  };
}

/** One process takes all. */
async function byOne(pid: number, writers: number): Promise<Measured> {
  await allReady(writers);
  const before = cpuOf(pid);
  const written = await new Started(writers).done();
  return measured(written, cpuOf(pid) - before, memoryOf(pid));
}

const peinit: Taker = async ({ writers }, place) => {
  const transport = await connectControl();
  await startServices(new ControlClient(transport), place, writers);
  try {
    return await byOne(1, writers);
  } finally {
    transport.close();
  }
};

/** A program that starts the writers, and says at its end what it took. */
async function bySaying(program: string, words: readonly string[], load: Load, env: NodeJS.ProcessEnv): Promise<Measured> {
  // In a session of its own, as PID 1 is: the scheduler shares the cores out by sessions.
  const child = spawn(program, words, { detached: true, stdio: ['ignore', 'pipe', 'inherit'], env });
  let said = '';
  const ended = new Promise((resolve) => child.on('close', resolve));
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  await allReady(load.writers);
  const written = await new Started(load.writers).done();
  await ended;
  const { cpu_ns, bytes } = JSON.parse(said) as { cpu_ns: number; bytes?: number };
  if (bytes !== undefined && bytes !== bytesOf(written)) throw new Error(`${load.name}: ${program} did not get all`);
  return measured(written, cpu_ns, null);
}

const wordsOf = (writer: string, { writers, lines }: Load): readonly string[] =>
  [writers, writer, directory, 'writer', seconds, lines].map(String);

/** A process for each writer. */
async function byS6({ path, libraries }: Peer, { pairs, writer }: Programs, load: Load): Promise<Measured> {
  const logs = '/run/s6-log';
  mkdirSync(logs);
  try {
    const words = [...wordsOf(writer, load), path, 'n1', 's16777215', `${logs}/@`];
    return await bySaying(pairs, words, load, { LD_LIBRARY_PATH: libraries });
  } finally {
    rmSync(logs, { recursive: true, force: true });
  }
}

/** The buffers take 2 GB together, so that all is kept: what is beyond them dinit reads and throws away. */
async function byDinit({ path, libraries }: Peer, { writer }: Programs, { writers, lines }: Load): Promise<Measured> {
  const services = mkdtempSync(join(tmpdir(), 'dinit-'));
  const bufferBytes = Math.floor((2 ** 31 - 1) / writers);
  const names = Array.from({ length: writers }, (_, number) => serviceOf(0, number));
  for (const name of names) {
    const command = [writer, directory, name, seconds, lines].join(' ');
    writeFileSync(join(services, name), `type = process\ncommand = ${command}\nlog-type = buffer\nlog-buffer-size = ${bufferBytes}\n`);
  }
  writeFileSync(join(services, 'boot'), ['type = internal', ...names.map((name) => `waits-for = ${name}`), ''].join('\n'));
  const words = ['--user', '--quiet', '--services-dir', services, '--socket-path', join(services, 'socket'), 'boot'];
  const child = spawn(path, words, { detached: true, stdio: ['ignore', 'ignore', 'inherit'], env: { LD_LIBRARY_PATH: libraries } });
  const ended = new Promise((resolve) => child.on('close', resolve));
  try {
    return await byOne(child.pid ?? 0, writers);
  } finally {
    child.kill('SIGKILL');
    await ended;
    rmSync(services, { recursive: true, force: true });
  }
}

/** Until it has stored all: what waits in its sockets when the writers are done is about as much as it took meanwhile. */
async function byJournald(peer: Peer, { writer, toJournal }: Programs, { name, writers, lines }: Load): Promise<Measured> {
  const journald = await Journald.start(peer);
  try {
    for (let number = 0; number < writers; number++) {
      const words = ['writer', writer, directory, serviceOf(0, number), String(seconds), String(lines)];
      spawn(toJournal, words, { stdio: ['ignore', 'ignore', 'inherit'] });
    }
    await allReady(writers);
    const [before, entries, begun] = [cpuOf(journald.pid), journald.entries, performance.now()];
    const written = await new Started(writers).done();
    const expected = bytesOf(written) / 100;
    await until(() => journald.entries - entries >= expected || performance.now() - begun > 60_000);
    const ns = (performance.now() - begun) * 1e6;
    if (journald.entries - entries < expected) throw new Error(`${name}: journald has not stored all`);
    return measured(written, cpuOf(journald.pid) - before, memoryOf(journald.pid), ns);
  } finally {
    await journald.stop();
  }
}

export const sides = ['peinit', 'splitter', 'dinit', 's6-log', 'journald'] as const;
export type Side = (typeof sides)[number];

export function takersOf(programs: Programs): Readonly<Record<Side, Taker>> {
  const { peers } = programs;
  const ifThere =
    (peer: Peer | null, take: (peer: Peer, programs: Programs, load: Load) => Promise<Measured>): Taker =>
    async (load) =>
      peer === null ? null : take(peer, programs, load);
  return {
    peinit,
    /** A C loop that reads and splits. */
    splitter: (load) => bySaying(programs.splitter, wordsOf(programs.writer, load), load, {}),
    dinit: ifThere(peers.dinit, byDinit),
    's6-log': ifThere(peers['s6-log'], byS6),
    journald: ifThere(peers['systemd-journald'], byJournald),
  };
}
