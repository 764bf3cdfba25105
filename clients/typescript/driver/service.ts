/** What the driver does as the main process of a service. */
import { closeSync, fstatSync, mkdtempSync, openSync, readSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DriverReply, NotifyRequest } from '../../../gen/conformance/types.ts';
import { notify, notifyBarrier, notifyMainPid, notifyReloading, removeDescriptors, storeDescriptors, storedDescriptors } from '../index.ts';

const notSent: DriverReply = { failed: { kind: 'connection', message: 'NOTIFY_SOCKET is not set, or takes no datagram' } };

export async function say(asked: NotifyRequest): Promise<DriverReply> {
  const isSaid = await said(asked);
  if (isSaid === null) return { unsupported: `the library says nothing like ${asked.notify}` };
  return isSaid ? { done: true } : notSent;
}

/** Null: the library cannot say it. */
async function said({ notify: what, text = '', name, usec = 0, number = 0, timeout_ms }: NotifyRequest): Promise<boolean | null> {
  switch (what) {
    case 'ready':
      return notify({ ready: true });
    case 'reloading':
      return notifyReloading();
    case 'stopping':
      return notify({ stopping: true });
    case 'status':
      return notify({ status: text });
    case 'watchdog':
      return notify({ watchdog: true });
    case 'watchdog_usec':
      return notify({ watchdogUsec: BigInt(usec) });
    case 'extend_timeout':
      return notify({ extendTimeoutUsec: BigInt(usec) });
    case 'errno':
      return notify({ errno: number });
    case 'exit_status':
      return notify({ exitStatus: number });
    case 'store':
      return name === undefined ? null : store(text, name);
    case 'remove':
      return name === undefined ? null : removeDescriptors(name);
    case 'barrier':
      return notifyBarrier({ timeoutMs: timeout_ms });
    case 'mainpid':
      return notifyMainPid(number);
    case 'raw':
      return null;
    default:
      return what satisfies never;
  }
}

/** A file that has no name any more. */
function store(text: string, name: string): boolean {
  const directory = mkdtempSync(join(tmpdir(), 'driver-'));
  writeFileSync(join(directory, 'stored'), text);
  const fd = openSync(join(directory, 'stored'), 'r');
  rmSync(directory, { recursive: true });
  const isSaid = storeDescriptors([fd], name);
  closeSync(fd);
  return isSaid;
}

export const stored = (): readonly { readonly name: string; readonly text: string }[] =>
  storedDescriptors().map(({ name, fd }) => {
    const buffer = Buffer.alloc(fstatSync(fd).size);
    return { name, text: buffer.toString('utf8', 0, readSync(fd, buffer, 0, buffer.length, 0)) };
  });

const caught: string[] = [];
let isCatching = false;
let wake = (): void => undefined;

/** The signals that came, once there are so many or the time is over. */
export async function signals(count: number, timeoutMs: number): Promise<readonly string[]> {
  if (!isCatching)
    for (const name of ['HUP', 'USR1', 'USR2', 'TERM'] as const)
      process.on(`SIG${name}`, () => {
        caught.push(name);
        wake();
      });
  isCatching = true;
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
