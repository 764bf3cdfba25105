import { encodeControlResponse } from '../../../gen/control/encode.ts';
import { commands } from '../../../gen/control/facts.ts';
import { summaryOf } from '../caller.ts';
import type { Handler } from '../context.ts';
import { jobOf } from '../job-shape.ts';

/** Command job-stop: asks an ad-hoc job to end. O-94. */
export const jobStop: Handler<'job-stop'> = ({ desk, client, caller, job }, { wait = commands['job-stop'].defaultWait }) => {
  const { id } = job.record;
  // It may be gone before submit returns.
  if (wait)
    desk.jobWaiters.wait(client, id, (record) =>
      encodeControlResponse['job-stop']({ job: jobOf({ ...job, record, stopping: true }, desk.now()) }),
    );
  desk.submit({ kind: 'stop-job', job: id, by: summaryOf(caller) });
  if (wait) return undefined;
  return { job: jobOf(desk.policy.job(id) ?? { ...job, stopping: true }, desk.now()) };
};
