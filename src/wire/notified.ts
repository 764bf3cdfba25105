import type { Notification } from '../../gen/notify/types.ts';
import type { Notified } from '../policy/events.ts';

/** What a datagram says, as the policy takes it; descriptors are not its business. */
export const notifiedEvent = (job: string, notification: Notification): Notified => ({
  kind: 'notified',
  job,
  ready: notification.ready === true,
  reloading: notification.reloading === true,
  stopping: notification.stopping === true,
  watchdog: notification.watchdog === true,
  status: notification.status ?? null,
  errno: notification.errno ?? null,
  exitStatus: notification.exitStatus ?? null,
  watchdogUsec: notification.watchdogUsec ?? null,
  extendTimeoutUsec: notification.extendTimeoutUsec ?? null,
});
