/**
 * What a service says to peinit about itself (sd_notify), and what it keeps with it. PSD-007 5.3. All of it must come from the main process
 * of the service, and needs the package koffi, since no runtime sends datagrams to Unix sockets.
 */
import { Socket } from 'node:net';
import { notifyKeys } from '../../gen/notify/facts.ts';
import type { Notification, NotifyVariable } from '../../gen/notify/types.ts';
import { CancelledError, ConnectionError, TimeoutError } from './errors.ts';
import { closeDescriptor, makePipe, monotonicUsec, sendDatagram } from './libc.ts';

/**
 * Tells peinit about this process: `notify({ ready: true, status: 'serving' })`. False when NOTIFY_SOCKET is not set, as outside of a
 * machine, or the datagram could not be sent.
 */
export const notify = (message: Partial<Notification>): boolean => say(lines(message));

/** That a reload has begun, and when; `ready` is said at its end. */
export const notifyReloading = (): boolean => isService() && notify({ reloading: true, monotonicUsec: monotonicUsec() });

/** That another process is the main one: for other managers, since peinit never takes another one for it. */
export const notifyMainPid = (pid: number): boolean => notify({ mainpid: pid });

/**
 * Leaves descriptors with peinit, which gives them to the next main process of the service (storedDescriptors); they stay open here, too. A
 * name has no colon. Several may have the same one.
 */
export const storeDescriptors = (descriptors: readonly number[], name: string): boolean =>
  say(lines({ fdStore: true, fdName: name, fdPollOff: true }), descriptors);

/** Drops all descriptors that are kept under that name. */
export const removeDescriptors = (name: string): boolean => notify({ fdStoreRemove: true, fdName: name });

export interface BarrierOptions {
  /** Rejects with a TimeoutError by then; 5 s when left out. */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Resolves when peinit has handled all that was said before. False when NOTIFY_SOCKET is not set. */
export async function notifyBarrier({ timeoutMs = 5_000, signal }: BarrierOptions = {}): Promise<boolean> {
  if (!isService()) return false;
  if (signal?.aborted === true) throw new CancelledError('the barrier was given up', { cause: signal.reason });
  const pipe = makePipe();
  if (typeof pipe === 'number') throw new ConnectionError(`no pipe could be made for the barrier (errno ${pipe})`);
  const isSent = say(lines({ barrier: true }), [pipe.write]);
  closeDescriptor(pipe.write);
  // The pipe ends when peinit has closed its copy.
  const end = new Socket({ fd: pipe.read, readable: true, writable: false });
  try {
    if (!isSent) throw new ConnectionError('the notify socket takes no datagram');
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new TimeoutError(`peinit has not handled what was said before within ${timeoutMs / 1000} s`)),
        timeoutMs,
      );
      end.once('close', () => clearTimeout(timer));
      signal?.addEventListener('abort', () => reject(new CancelledError('the barrier was given up', { cause: signal.reason })));
      end.once('end', resolve);
      end.once('error', reject);
      end.resume();
    });
    return true;
  } finally {
    end.destroy();
  }
}

const socketPath = (): string => process.env['NOTIFY_SOCKET' satisfies NotifyVariable] ?? '';
const isService = (): boolean => socketPath() !== '';

function say(said: readonly string[], descriptors: readonly number[] = []): boolean {
  return isService() && sendDatagram(socketPath(), said.join('\n'), descriptors) === 0;
}

function lines(message: Partial<Notification>): readonly string[] {
  return Object.entries(message).flatMap(([member, value]) => {
    const key = (notifyKeys as Readonly<Record<string, { readonly name: string; readonly value: string } | undefined>>)[member];
    if (key === undefined || value === undefined || value === null || value === false) return [];
    return [`${key.name}=${value === true ? key.value : String(value).replaceAll('\n', ' ')}`];
  });
}
