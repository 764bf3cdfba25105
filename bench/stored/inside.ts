/**
 * Runs inside a machine with eventd: has writers write to services and to journald in turn, and prints as JSON how long it took until all
 * of it was stored.
 *
 *   node inside.ts WRITER TO-JOURNAL JOURNALD
 *
 * JOURNALD is JSON, null where there is none.
 */
import { spawn } from 'node:child_process';
import { connectEventd } from '../../clients/typescript/eventd.ts';
import { ControlClient } from '../../clients/typescript/generated/client.ts';
import { connectControl } from '../../clients/typescript/transport.ts';
import type { Load } from '../output/load.ts';
import { directory, serviceOf } from '../output/load.ts';
import type { Written } from '../output/writers.ts';
import { allReady, bytesOf, cpuOf, memoryOf, prepare, Started, shareOf, startServices, until } from '../output/writers.ts';
import { Journald } from '../support/journald.ts';
import type { Peer } from '../support/peers.ts';

/** How long each writes. */
export const seconds = 5;
export const loads: readonly Load[] = [
  { name: 'one writer, 64 KB a write', writers: 1, lines: 655 },
  { name: 'one writer, a line a write', writers: 1, lines: 1 },
  { name: '200 writers, 64 KB a write', writers: 200, lines: 655 },
];
const lineBytes = 100;

export interface Stored {
  /** Until the last line was stored. */
  readonly megabytesPerSecond: number;
  /** Seconds of the processor for a gigabyte, of each process that has to do with it. */
  readonly cpu: Readonly<Record<string, number>>;
  /** Lines that were written and are not stored. */
  readonly lost: number;
  readonly share: number;
  /** Of the daemon, before and after. */
  readonly memoryMb: readonly [number, number];
}

export interface StoredRecord {
  /** In the order of the loads. */
  readonly eventd: readonly Stored[];
  /** Empty: it is not there. */
  readonly journald: readonly Stored[];
}

interface Storing {
  /** Of the daemon. */
  readonly pid: number;
  /** All that have to do with it. */
  readonly processes: Readonly<Record<string, number>>;
  /** Starts the writers, who then wait. */
  start(): Promise<void>;
  /** Lines that are stored, its own among them. */
  stored(): Promise<number>;
  /** Lines of the writers, when all are stored that will be. */
  counted(): Promise<number>;
}

const linesOf = (written: readonly Written[]): number => bytesOf(written) / lineBytes;
/** Nothing more is stored after so long. */
const patienceMs = 5_000;

async function measure({ pid, processes, start, stored, counted }: Storing, { writers }: Load): Promise<Stored> {
  prepare();
  await start();
  await allReady(writers);
  const [atFirst, memory] = [await stored(), memoryOf(pid)];
  const cpuBefore = Object.entries(processes).map(([name, each]) => [name, cpuOf(each)] as const);
  const begun = performance.now();
  const written = await new Started(writers).done();
  const expected = linesOf(written);
  let [latest, latestMs, end] = [atFirst, performance.now(), performance.now()];
  await until(async () => {
    const now = await stored();
    end = performance.now();
    if (now > latest) [latest, latestMs] = [now, end];
    return latest - atFirst >= expected || end - latestMs > patienceMs;
  });
  const bytes = bytesOf(written);
  const cpu = Object.fromEntries(cpuBefore.map(([name, before]) => [name, (cpuOf(processes[name] ?? 0) - before) / bytes]));
  return {
    megabytesPerSecond: bytes / (latestMs - begun) / 1000,
    cpu,
    lost: expected - (await counted()),
    share: shareOf(written),
    memoryMb: [memory, memoryOf(pid)],
  };
}

async function byEventd(place: number, load: Load): Promise<Stored> {
  const transport = await connectControl();
  const eventd = await connectEventd();
  const client = new ControlClient(transport);
  const pid = (await client.status({ service: 'eventd' })).current_job?.pid ?? null;
  if (pid === null) throw new Error('eventd does not run');
  const stored = async (): Promise<number> => (await eventd.storage({})).lines;
  const atFirst = await stored();
  try {
    return await measure(
      {
        pid,
        processes: { 'PID 1': 1, eventd: pid },
        start: () => startServices(client, place, load.writers),
        stored,
        counted: async () => (await stored()) - atFirst,
      },
      load,
    );
  } finally {
    transport.close();
    eventd.disconnect();
  }
}

async function byJournald(peer: Peer, { writers, lines }: Load, [writer, toJournal]: readonly [string, string]): Promise<Stored> {
  const journald = await Journald.start(peer);
  const stored = async (): Promise<number> => journald.entries;
  const start = async (): Promise<void> => {
    for (let number = 0; number < writers; number++) {
      const words = ['writer', writer, directory, serviceOf(0, number), String(seconds), String(lines)];
      spawn(toJournal, words, { stdio: ['ignore', 'ignore', 'inherit'] });
    }
  };
  const atFirst = journald.entries;
  try {
    return await measure(
      { pid: journald.pid, processes: { journald: journald.pid }, start, stored, counted: async () => journald.entries - atFirst },
      { name: '', writers, lines },
    );
  } finally {
    await journald.stop();
  }
}

if (import.meta.main) {
  const [, , writer = '', toJournal = '', found = 'null'] = process.argv;
  const peer = JSON.parse(found) as Peer | null;
  const record = { eventd: [] as Stored[], journald: [] as Stored[] } satisfies StoredRecord;
  for (const [place, load] of loads.entries()) {
    record.eventd.push(await byEventd(place, load));
    if (peer !== null) record.journald.push(await byJournald(peer, load, [writer, toJournal]));
  }
  process.stdout.write(`${JSON.stringify(record)}\n`);
}
