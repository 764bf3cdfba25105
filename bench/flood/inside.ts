/**
 * Runs inside a machine with eventd: while 200 services write all they can, asks peinit and a plain server in turn, and has a service end
 * again and again. Prints what that took as JSON.
 *
 *   node inside.ts CLIENT PARENT ENDER
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ControlClient } from '../../clients/typescript/generated/client.ts';
import type { ControlTransport } from '../../clients/typescript/transport.ts';
import { connectControl, controlSocketPath } from '../../clients/typescript/transport.ts';
import type { Measured } from '../control/inside.ts';
import type { Load } from '../output/load.ts';
import { bytesOf, prepare, Started, shareOf, startServices } from '../output/writers.ts';
import { msBetween, parseInstant } from '../support/instant.ts';
import { percentile } from '../support/report.ts';

export const seconds = 12;
export const loads: readonly Load[] = [
  { name: '64 KB a write', writers: 200, lines: 655 },
  { name: 'a line a write', writers: 200, lines: 1 },
];

/** Ends by itself; says when in a file. */
export const ender = 'ender';
export const endedFile = '/run/ender.time';

export interface Flood {
  /** What was taken of all. */
  readonly megabytesPerSecond: number;
  /** Of all that the writers wrote, most to least. */
  readonly share: number;
  /** Milliseconds of a request, the 99th percentile. */
  readonly control: number;
  readonly plain: number;
  /** Milliseconds from the last instruction of a process until its end is told. */
  readonly reaped: Reaped;
  /** The same of a parent that does nothing but wait. */
  readonly reapedPlainly: Reaped;
}

export interface Reaped {
  readonly median: number;
  readonly most: number;
}

/** In the order of the loads. */
export type FloodRecord = readonly Flood[];

const plainPath = '/run/plain.sock';
const asked = 'authd';
const rounds = 5;
const requests = 400;
const ends = 40;

const run = promisify(execFile);

async function p99(client: string, path: string): Promise<number> {
  const request = JSON.stringify({ command: 'status', service: asked });
  const { stdout } = await run(client, [path, '1', '1', String(requests), request]);
  return (JSON.parse(stdout) as Measured).p99_ns / 1e6;
}

const middle = (samples: readonly number[]): number =>
  percentile(
    samples.toSorted((a, b) => a - b),
    0.5,
  );

async function control(client: string): Promise<Pick<Flood, 'control' | 'plain'>> {
  const taken: Record<'control' | 'plain', number[]> = { control: [], plain: [] };
  for (let round = 0; round < rounds; round++) {
    taken.control.push(await p99(client, controlSocketPath));
    taken.plain.push(await p99(client, plainPath));
  }
  return { control: middle(taken.control), plain: middle(taken.plain) };
}

/** Each end, from what the process says to the time of the event. */
async function reaping(transport: ControlTransport): Promise<readonly number[]> {
  const client = new ControlClient(transport);
  const events = await connectControl();
  const stream = new ControlClient(events).subscribe({ events: ['service.state'] });
  const took: number[] = [];
  let next = client.start({ service: ender, wait: false });
  await next;
  for await (const line of stream) {
    if (line.event !== 'service.state' || line.payload.service !== ender || line.timestamp === undefined) continue;
    if (line.payload.to !== 'completed') continue;
    took.push(msBetween(BigInt(readFileSync(endedFile, 'utf8').trim()), parseInstant(line.timestamp)));
    if (took.length === ends) break;
    next = client.start({ service: ender, wait: false });
    await next;
  }
  events.close();
  return took;
}

const summary = (took: readonly number[]): Reaped => ({ median: middle(took), most: Math.max(...took) });

/** In a session of its own, as PID 1 is: the scheduler shares the cores out by sessions. */
async function reapingPlainly({ parent, enderProgram }: Programs): Promise<readonly number[]> {
  const child = spawn(parent, [String(ends), enderProgram, '/run/plain-ender.time'], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  for await (const piece of child.stdout.setEncoding('utf8')) said += piece;
  return (JSON.parse(said) as number[]).map((ns) => ns / 1e6);
}

interface Programs {
  readonly client: string;
  readonly parent: string;
  readonly enderProgram: string;
}

async function measure(transport: ControlTransport, programs: Programs, place: number, { writers }: Load): Promise<Flood> {
  prepare();
  await startServices(new ControlClient(transport), place, writers);
  const started = new Started(writers);
  const begun = performance.now();
  const answered = await control(programs.client);
  const reaped = summary(await reaping(transport));
  const reapedPlainly = summary(await reapingPlainly(programs));
  const lasted = performance.now() - begun;
  if (lasted > seconds * 1000) process.stderr.write(`the writers were done ${lasted - seconds * 1000} ms before what was measured\n`);
  const written = await started.done();
  return {
    megabytesPerSecond: (bytesOf(written) / Math.max(...written.map(({ ns }) => ns))) * 1000,
    share: shareOf(written),
    ...answered,
    reaped,
    reapedPlainly,
  };
}

if (import.meta.main) {
  const [, , client = '', parent = '', enderProgram = ''] = process.argv;
  const programs = { client, parent, enderProgram };
  const transport = await connectControl();
  const answer = await transport.call('status', { service: asked });
  // In a session of its own, as PID 1 is: the scheduler shares the cores out by sessions.
  const plain = spawn(process.execPath, [join(import.meta.dirname, '../control/ceiling.ts'), plainPath, JSON.stringify(answer)], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(plain.stdout, 'data');
  const record: Flood[] = [];
  for (const [place, load] of loads.entries()) record.push(await measure(transport, programs, place, load));
  plain.kill('SIGKILL');
  transport.close();
  process.stdout.write(`${JSON.stringify(record satisfies FloodRecord)}\n`);
}
