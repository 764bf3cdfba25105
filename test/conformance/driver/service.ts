/** What a driver does that is the main process of a service. */
import { closeSync, fstatSync, mkdtempSync, openSync, read, readSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DriverRequest, NotifyRequest } from '../../../gen/conformance/types.ts';
import { closeDescriptor, makePipe, sendDatagram } from './datagram.ts';
import type { Reply } from './session.ts';
import { failed } from './session.ts';

const done: Reply = { done: true };

type InService = Exclude<
  DriverRequest,
  { readonly do: 'open' | 'call' | 'answer' | 'cancel' | 'stream' | 'take' | 'leave' | 'submit' | 'close' | 'send' | 'line' }
>;

export async function inService(asked: InService): Promise<Reply> {
  switch (asked.do) {
    case 'notify':
      return notify(asked);
    case 'environment':
      return { answer: Object.fromEntries(asked.names.map((name) => [name, process.env[name] ?? null])) };
    case 'stored':
      return { answer: stored() };
    case 'signals':
      return { answer: await signals(asked.count, asked.timeout_ms) };
    case 'exit':
      return process.exit(asked.status);
    default:
      return asked satisfies never;
  }
}

/** The lines of one datagram. */
function linesOf({ notify: what, text = '', name, usec = 0, number = 0 }: NotifyRequest): readonly string[] {
  switch (what) {
    case 'ready':
      return ['READY=1'];
    case 'reloading':
      return ['RELOADING=1', `MONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`];
    case 'stopping':
      return ['STOPPING=1'];
    case 'status':
      return [`STATUS=${text}`];
    case 'watchdog':
      return ['WATCHDOG=1'];
    case 'watchdog_usec':
      return [`WATCHDOG_USEC=${usec}`];
    case 'extend_timeout':
      return [`EXTEND_TIMEOUT_USEC=${usec}`];
    case 'errno':
      return [`ERRNO=${number}`];
    case 'exit_status':
      return [`EXIT_STATUS=${number}`];
    case 'mainpid':
      return [`MAINPID=${number}`];
    case 'store':
      return ['FDSTORE=1', ...(name === undefined ? [] : [`FDNAME=${name}`])];
    case 'remove':
      return ['FDSTOREREMOVE=1', ...(name === undefined ? [] : [`FDNAME=${name}`])];
    case 'barrier':
      return ['BARRIER=1'];
    case 'raw':
      return [text];
    default:
      return what satisfies never;
  }
}

async function notify(asked: NotifyRequest): Promise<Reply> {
  const path = process.env['NOTIFY_SOCKET'] ?? '';
  if (path === '') return failed('connection', 'NOTIFY_SOCKET is not set');
  const text = linesOf(asked).join('\n');
  if (asked.notify === 'barrier') return barrier(path, text, asked.timeout_ms ?? 20_000);
  const file = asked.notify === 'store' ? fileWith(asked.text ?? '') : null;
  const problem = sendDatagram(path, text, file === null ? [] : [file]);
  if (file !== null) closeSync(file);
  return problem === null ? done : failed('connection', problem);
}

/** A descriptor of a file that has no name any more. */
function fileWith(text: string): number {
  const directory = mkdtempSync('/tmp/conformance-');
  const file = join(directory, 'stored');
  writeFileSync(file, text);
  const fd = openSync(file, 'r');
  rmSync(directory, { recursive: true });
  return fd;
}

/** The other end of the pipe is closed when all that came before is handled. */
async function barrier(path: string, text: string, timeoutMs: number): Promise<Reply> {
  const pipe = makePipe();
  if (pipe === null) return failed('connection', 'there is no pipe');
  const [reading, writing] = pipe;
  const problem = sendDatagram(path, text, [writing]);
  closeDescriptor(writing);
  if (problem !== null) {
    closeDescriptor(reading);
    return failed('connection', problem);
  }
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(failed('timeout', `the barrier was not passed within ${timeoutMs} ms`)), timeoutMs);
    read(reading, Buffer.alloc(1), 0, 1, null, (error, size) => {
      clearTimeout(timer);
      closeDescriptor(reading);
      resolve(
        error === null && size === 0 ? done : failed('protocol', `the barrier was answered with ${error?.message ?? `${size} bytes`}`),
      );
    });
  });
}

/** By LISTEN_FDS and LISTEN_FDNAMES; the first descriptor is 3. */
function stored(): readonly { readonly name: string; readonly text: string }[] {
  const names = (process.env['LISTEN_FDNAMES'] ?? '').split(':');
  if (process.env['LISTEN_PID'] !== undefined && Number(process.env['LISTEN_PID']) !== process.pid) return [];
  return Array.from({ length: Number(process.env['LISTEN_FDS'] ?? 0) }, (_, index) => {
    const fd = 3 + index;
    const buffer = Buffer.alloc(fstatSync(fd).size);
    const size = readSync(fd, buffer, 0, buffer.length, 0);
    return { name: names[index] ?? '', text: buffer.toString('utf8', 0, size) };
  });
}

const caught: string[] = [];
let wake: (() => void) | null = null;
let catching = false;

async function signals(count: number, timeoutMs: number): Promise<readonly string[]> {
  if (!catching) {
    catching = true;
    for (const name of ['HUP', 'USR1', 'USR2', 'TERM'])
      process.on(`SIG${name}`, () => {
        caught.push(name);
        wake?.();
      });
  }
  const deadline = performance.now() + timeoutMs;
  while (caught.length < count && performance.now() < deadline) {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, deadline - performance.now());
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
  return [...caught];
}
