/** What peinit gives to the main process of a service. Nothing here needs native code. */
import type { NotifyVariable } from '../../gen/notify/types.ts';
import { notify } from './notify.ts';

/** A descriptor that an earlier main process of the service left with peinit. */
export interface StoredDescriptor {
  readonly name: string;
  readonly fd: number;
}

type Variables = { readonly [name in NotifyVariable]?: string | undefined };

/** The first one; 0 to 2 are standard input, output and error. */
const firstDescriptor = 3;

/** Takes them, in the order in which they were left: the variables that tell them are removed, so that no child takes them as well. */
export function storedDescriptors(environment: NodeJS.ProcessEnv = process.env): readonly StoredDescriptor[] {
  const { LISTEN_PID: pid, LISTEN_FDS: count = '0', LISTEN_FDNAMES: names = '' }: Variables = environment;
  if (pid !== undefined && Number(pid) !== process.pid) return [];
  for (const name of ['LISTEN_PID', 'LISTEN_FDS', 'LISTEN_FDNAMES'] satisfies NotifyVariable[]) delete environment[name];
  const named = names.split(':');
  return Array.from({ length: Number(count) || 0 }, (_, index) => ({ name: named[index] ?? 'unknown', fd: firstDescriptor + index }));
}

/** Within how many milliseconds peinit wants to hear that the service is alive, each time; null: it does not. */
export function watchdogIntervalMs(environment: NodeJS.ProcessEnv = process.env): number | null {
  const { WATCHDOG_USEC: usec, WATCHDOG_PID: pid }: Variables = environment;
  if (pid !== undefined && Number(pid) !== process.pid) return null;
  const interval = Number(usec);
  return usec === undefined || !Number.isFinite(interval) || interval <= 0 ? null : interval / 1000;
}

/**
 * Says that the service is alive, twice as often as peinit wants it, as long as the event loop turns. Ends with what it gives back; nothing
 * happens where peinit does not want it.
 */
export function keepAlive(): () => void {
  const intervalMs = watchdogIntervalMs();
  if (intervalMs === null) return () => undefined;
  notify({ watchdog: true });
  const timer = setInterval(() => void notify({ watchdog: true }), intervalMs / 2);
  timer.unref();
  return () => clearInterval(timer);
}
