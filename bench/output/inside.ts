/**
 * Runs inside a machine: has writers write their lines to peinit and to the peers in turn, and prints what each took as JSON.
 *
 *   node inside.ts WRITER SPLITTER
 */
import { execFileSync, spawn } from 'node:child_process';
import { closeSync, constants, mkdirSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { ControlClient, connectControl } from '../../clients/typescript/index.ts';

export interface Load {
  readonly name: string;
  readonly writers: number;
  /** Lines of 100 bytes in one write. */
  readonly lines: number;
}

/** How long each writes. */
export const seconds = 2;
export const loads: readonly Load[] = [
  { name: 'one writer, 64 KB a write', writers: 1, lines: 655 },
  { name: 'one writer, 4 KB a write', writers: 1, lines: 40 },
  { name: 'one writer, a line a write', writers: 1, lines: 1 },
  { name: '200 writers, 64 KB a write', writers: 200, lines: 655 },
  { name: '200 writers, a line a write', writers: 200, lines: 1 },
];

/** Services of the machine that write, with their place in `loads` and their number. */
export const serviceOf = (load: number, number: number): string => `writer-${load}-${number}`;

export const directory = '/run/writers';

export interface Measured {
  readonly megabytesPerSecond: number;
  /** Of the process that takes the lines. */
  readonly cpuSecondsPerGigabyte: number;
  /** What the writer that wrote most wrote, to what the one that wrote least did. */
  readonly share: number;
  /** Resident memory of the process that takes the lines, afterwards; null: it has ended. */
  readonly memoryMb: number | null;
}

/** Somebody who takes lines. Whoever is put beside the others here is measured in the same run. */
export type Taker = (load: Load, place: number, go: () => Promise<readonly Written[]>) => Promise<Measured>;

interface Written {
  readonly bytes: number;
  readonly ns: number;
}

const files = (suffix: string): readonly string[] => readdirSync(directory).filter((name) => name.endsWith(suffix));

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await pause(5);
}

/** Waits until all writers are there, lets them go, and waits until they are done. */
async function go(writers: number): Promise<readonly Written[]> {
  await until(() => files('.ready').length === writers);
  const opened = openSync(`${directory}/go`, constants.O_RDWR);
  await until(() => files('.done').length === writers);
  closeSync(opened);
  return files('.done').map((name) => {
    const [bytes = 0, ns = 0] = readFileSync(`${directory}/${name}`, 'utf8').split(' ').map(Number);
    return { bytes, ns };
  });
}

function measured(written: readonly Written[], cpuNs: number, memoryMb: number | null): Measured {
  const bytes = written.reduce((sum, each) => sum + each.bytes, 0);
  const rates = written.map((each) => each.bytes / each.ns);
  return {
    megabytesPerSecond: (bytes / Math.max(...written.map(({ ns }) => ns))) * 1000,
    cpuSecondsPerGigabyte: cpuNs / bytes,
    share: Math.max(...rates) / Math.min(...rates),
    memoryMb,
  };
}

const cpuOf = (pid: number): number => Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]);
const memoryOf = (pid: number): number => Number(/^VmRSS:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;

const peinit: Taker = async ({ writers }, place, go) => {
  const transport = await connectControl();
  const client = new ControlClient(transport);
  for (let number = 0; number < writers; number++) await client.start({ service: serviceOf(place, number), wait: false });
  let before = 0;
  const going = go();
  await until(() => files('.ready').length === writers);
  before = cpuOf(1);
  const written = await going;
  const cpu = cpuOf(1) - before;
  transport.close();
  return measured(written, cpu, memoryOf(1));
};

/** In a session of its own, as PID 1 is: the scheduler shares the cores out by sessions. */
const splitter: Taker = async ({ name, writers, lines }, _place, go) => {
  const [, , writer = '', program = ''] = process.argv;
  const child = spawn(program, [String(writers), writer, directory, 'writer', String(seconds), String(lines)], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  const ended = new Promise((resolve) => child.on('close', resolve));
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const written = await go();
  await ended;
  const { cpu_ns, bytes } = JSON.parse(said) as { cpu_ns: number; bytes: number };
  if (bytes !== written.reduce((sum, each) => sum + each.bytes, 0)) throw new Error(`${name}: the splitter did not get all`);
  return measured(written, cpu_ns, null);
};

export const takers = { peinit, splitter } as const satisfies Record<string, Taker>;
export type Side = keyof typeof takers;
export const sides = Object.keys(takers) as readonly Side[];

/** In the order of the loads. */
export type OutputRecord = Record<Side, readonly Measured[]>;

if (import.meta.main) {
  const record: Record<Side, Measured[]> = { peinit: [], splitter: [] };
  for (const [place, load] of loads.entries()) {
    for (const side of sides) {
      rmSync(directory, { recursive: true, force: true });
      mkdirSync(directory);
      execFileSync('mkfifo', [`${directory}/go`]);
      record[side].push(await takers[side](load, place, () => go(load.writers)));
    }
  }
  process.stdout.write(`${JSON.stringify(record satisfies OutputRecord)}\n`);
}
