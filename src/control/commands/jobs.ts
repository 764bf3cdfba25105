import { rights } from '../../../gen/options/facts.ts';
import { ownerOf } from '../../security/owner.ts';
import type { Handler } from '../context.ts';
import { jobOf } from '../job-shape.ts';

/** Command jobs: the ad-hoc jobs of the caller, and those of others where it may look at them. O-94. */
export const jobs: Handler<'jobs'> = ({ desk, caller }) => {
  const now = desk.now();
  const seesAll = desk.access.holds(caller, null, rights.SYSTEM_QUERY_JOBS);
  const seen = desk.policy.jobs().filter(({ submitter }) => seesAll || submitter.owner === ownerOf(caller.token));
  return { jobs: seen.map((view) => jobOf(view, now)) };
};
