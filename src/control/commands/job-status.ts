import type { Handler } from '../context.ts';
import { jobOf } from '../job-shape.ts';
import { outputLineOf } from '../status-shape.ts';

const usualLines = 10;

/** Command job-status: one ad-hoc job and what it said last. O-94. */
export const jobStatus: Handler<'job-status'> = ({ desk, job }, { lines = usualLines }) => {
  const { output, lost } = desk.asideOfJob(job, { most: lines, jobs: null });
  return { job: jobOf(job, desk.now()), output: output.map(outputLineOf), lost_lines: lost };
};
