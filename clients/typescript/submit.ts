import type { CallOptions } from './call-options.ts';
import { checkedReading } from './checked-reading.ts';
import type { OpenOptions } from './control.ts';
import type { JobLine, SubmitRequest } from './generated/jobs.ts';
import { jobsSocket } from './generated/shapes.ts';
import { submitJob } from './jobs.ts';

/**
 * An ad-hoc job of ours: its lines as they come, the last of kind `ended`. They wait here until they are taken, up to 1024; beyond that
 * peinit drops lines and says how many. Leaving it, or the iteration, stops nothing.
 */
export interface Job extends AsyncIterable<JobLine> {
  readonly id: string;
  /** Hangs up: the job goes on, and what it says is lost to us. */
  leave(): void;
}

/**
 * Has a program run as whoever calls; resolves once peinit has made the job, before its program runs. Rejects with SubmitRefused where
 * there is none. `signal` gives up waiting for the job to be made, or for its lines; neither stops it.
 */
export const submit = (request: SubmitRequest, options: OpenOptions & CallOptions = {}): Promise<Job> =>
  submitJob(request, { reading: checkedReading(jobsSocket), ...options }) as Promise<Job>;
