import type { EventOf } from '../../gen/events/events.ts';
import { fdStoreRejected } from '../../gen/events/events.ts';
import type { Notification } from '../../gen/notify/types.ts';
import type { Policy } from '../policy/view.ts';
import type { FdStore } from './fd-store.ts';
import type { LiveJobs } from './live-jobs.ts';

/** What a datagram of a main process says about descriptors. */
export interface DescriptorNotice {
  readonly job: string;
  readonly notification: Notification;
  /** Takes the descriptors that are to be kept; whoever calls it must close them. */
  takeDescriptors(): readonly number[];
}

export interface StoredDescriptorsParts {
  readonly jobs: LiveJobs;
  readonly fdStore: FdStore;
  readonly policy: Pick<Policy, 'service'>;
  /** Tells of an event that is no effect of the policy. */
  readonly publish: (event: EventOf) => void;
}

/** Descriptors to keep or to drop; FdStoreMax is that of the definition in force. D-17. */
export function createStoredDescriptors(parts: StoredDescriptorsParts): (notice: DescriptorNotice) => void {
  const { jobs, fdStore, policy } = parts;
  return ({ job, notification, takeDescriptors }) => {
    const live = jobs.byId(job);
    if (live === undefined) return;
    const { key, service } = live;
    const name = notification.fdName ?? null;
    if (notification.fdStoreRemove === true && name !== null) fdStore.remove(key, name);
    const descriptors = takeDescriptors();
    if (descriptors.length === 0) return;
    const definition = policy.service(service)?.definition;
    const max = definition?.fdStoreMax ?? 0;
    const once = definition?.fdStoreKeep ?? false;
    for (const outcome of fdStore.store({ key, name, descriptors, pollOff: notification.fdPollOff === true, max, once }))
      parts.publish(fdStoreRejected({ service, job_id: job, outcome, name }));
  };
}
