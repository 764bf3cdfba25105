import type { Shim } from '../../linux/shim.ts';

/** What a daemon asks of its watchdog where its definition says nothing: longer than a disk stalls, as short as a call is waited for. */
const ownUsec = 30_000_000;

/**
 * Tells the one who started us that our loop turns, three times in each interval: a daemon that stands still is found out. The interval
 * is that of the definition, else our own, which is asked for with each word: it counts from READY=1 on only. O-49.
 */
export function feedWatchdog(shim: Shim, environment: NodeJS.ProcessEnv): void {
  const path = environment['NOTIFY_SOCKET'];
  if (path === undefined || path === '') return;
  const defined = Number(environment['WATCHDOG_USEC']);
  const isDefined = Number.isInteger(defined) && defined > 0;
  const word = Buffer.from(isDefined ? 'WATCHDOG=1\n' : `WATCHDOG_USEC=${ownUsec}\nWATCHDOG=1\n`);
  // One that is lost is no loss: the next comes in time.
  const feed = (): void => void shim.sendDatagram(path, word, new Int32Array(0));
  feed();
  setInterval(feed, Math.max(1, (isDefined ? defined : ownUsec) / 3000)).unref();
}
