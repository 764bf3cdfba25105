/**
 * Every ad-hoc job is made, runs and ends once, as whoever submitted it; its timeout and the time after SIGTERM are exact; there are never
 * more than may be, and none is refused while there is room; nothing of one is left when it is gone, and none outlives the machine.
 */
import type { JobRecord, JobRefused } from '../../../src/policy/effects.ts';
import type { PolicyEvent, Submission } from '../../../src/policy/events.ts';
import type { Invariant, Scene } from './invariant.ts';
import { must } from './invariant.ts';

const second = 1_000_000_000n;
const graceNs = 10n * second;
const postKillNs = 5n * second;

interface Known {
  readonly submission: Submission;
  state: JobRecord['state'];
  running: bigint | null;
  asked: bigint | null;
  killed: bigint | null;
  /** Somebody, or the machine, wants its end. */
  unwanted: boolean;
  /** It was asked to end by its timeout; a wish for its end that came later changes nothing. */
  timedOut: boolean;
}

export const isOfJob = (tree: string): boolean => tree.startsWith('@job-');

export function jobInvariant({ observed, plan, policy, world }: Scene): Invariant {
  const known = new Map<string, Known>();
  let hurried = false;

  const of = (job: string): Known => {
    const one = known.get(job);
    must(one !== undefined, () => `job ${job} is not known, or gone already`);
    return one;
  };

  const isFull = ({ submitter }: Submission): boolean => {
    const own = Array.from(known.values()).filter(({ submission }) => submission.submitter.sid === submitter.sid).length;
    return known.size >= plan.jobLimits.total || (!submitter.isSystem && own >= plan.jobLimits.perUser);
  };

  function created(event: PolicyEvent, job: JobRecord): void {
    must(event.kind === 'submit-job', () => `job ${job.id} was made by ${event.kind}`);
    const { submission } = event;
    must(!isFull(submission), () => `job ${job.id} of ${submission.submitter.sid} is one too many`);
    must(observed.shutdown === null, () => `job ${job.id} was made during the shutdown`);
    must(job.service === null && job.operation === null, () => `job ${job.id} is of ${job.service}, operation ${job.operation}`);
    known.set(job.id, { submission, state: 'created', running: null, asked: null, killed: null, unwanted: false, timedOut: false });
  }

  function refused(event: PolicyEvent, { code }: JobRefused): void {
    must(event.kind === 'submit-job', () => `a job was refused by ${event.kind}`);
    const isRight = code === 'INVALID_STATE' ? observed.shutdown !== null : code === 'LIMIT_REACHED' && isFull(event.submission);
    must(isRight, () => `a job of ${event.submission.submitter.sid} was refused: ${code}`);
  }

  function changed(event: PolicyEvent, job: JobRecord, now: bigint): void {
    if (job.state === 'created') return created(event, job);
    const one = of(job.id);
    const before = one.state === 'created' || (one.state === 'running' && job.state !== 'running');
    must(before, () => `job ${job.id} was ${one.state} and became ${job.state}`);
    one.state = job.state;
    if (job.state === 'running') one.running = now;
    const succeeded = job.exitCode === 0 && !one.timedOut;
    if (job.state !== 'running' && event.kind === 'job-exited')
      must((job.state === 'completed') === succeeded, () => `job ${job.id} exited with ${job.exitCode} and is ${job.state}`);
  }

  function asked(job: string, now: bigint): void {
    const one = known.get(job);
    if (one === undefined || one.asked !== null) return;
    const { timeoutSeconds } = one.submission;
    must(one.running !== null, () => `job ${job} was asked to end before it ran`);
    const due = timeoutSeconds > 0 && now - one.running === BigInt(timeoutSeconds) * second;
    must(one.unwanted || due, () => `job ${job} was asked to end ${now - (one.running ?? 0n)} ns after its start, unwanted by nobody`);
    one.asked = now;
    one.timedOut = !one.unwanted;
  }

  function killed(job: string, now: bigint): void {
    const one = of(job);
    must(one.killed === null, () => `job ${job} was killed twice`);
    one.killed = now;
    if (one.state !== 'running' || hurried) return;
    must(one.asked !== null && now - one.asked === graceNs, () => `job ${job} was killed ${now - (one.asked ?? now)} ns after SIGTERM`);
  }

  function gone({ id, tree, endedAt }: JobRecord, now: bigint): void {
    const one = of(id);
    must(endedAt !== null && one.state !== 'created' && one.state !== 'running', () => `job ${id} is gone and ${one.state}`);
    const left = world.living(tree, 'tree');
    const givenUp = one.killed !== null && now - one.killed === postKillNs;
    must(left === 0 || givenUp, () => `job ${id} is gone, and ${left} processes of it are not`);
    known.delete(id);
  }

  return {
    effect(effect, { event, stamp: { monotonic: now } }) {
      if (event.kind === 'shutdown') {
        hurried ||= event.forced;
        for (const one of known.values()) one.unwanted = true;
      }
      if (event.kind === 'deadline' && event.deadline.kind === 'shutdown') hurried = true;
      if (event.kind === 'stop-job' && known.has(event.job)) of(event.job).unwanted = true;
      switch (effect.kind) {
        case 'job-changed':
          if (effect.job.type === 'ad_hoc') changed(event, effect.job, now);
          return;
        case 'job-refused':
          return refused(event, effect);
        case 'signal':
          return asked(effect.job, now);
        case 'kill-cgroup':
          if (isOfJob(effect.tree)) killed(effect.tree.slice('@job-'.length), now);
          return;
        case 'spawn': {
          if (effect.type !== 'ad_hoc') return;
          const { submission } = of(effect.job);
          must(effect.argv.join(' ') === submission.argv.join(' '), () => `job ${effect.job} runs ${effect.argv.join(' ')}`);
          return;
        }
        case 'request-token': {
          const { submitter } = known.get(effect.job)?.submission ?? {};
          must(
            submitter === undefined || (effect.identity === submitter.identity && effect.captured === (submitter.captured ?? undefined)),
            () => `job ${effect.job} runs as ${effect.identity}`,
          );
          return;
        }
        case 'job-gone':
          return gone(effect.job, now);
        default:
          return;
      }
    },
    sweep({ monotonic: now }) {
      must(policy.state.adHoc.size === known.size, () => `${policy.state.adHoc.size} jobs are kept, ${known.size} were told of`);
      for (const [id, { asked: since, submission, running, state, killed: at }] of known) {
        const late = (from: bigint | null, ns: bigint): boolean => from !== null && now - from > ns;
        must(!late(at, postKillNs), () => `job ${id} was killed and is still there`);
        if (state !== 'running' || at !== null) continue;
        must(!late(since, graceNs), () => `job ${id} was asked to end and neither ended nor was killed`);
        const limit = BigInt(submission.timeoutSeconds) * second;
        must(limit === 0n || since !== null || !late(running, limit), () => `job ${id} runs longer than its timeout`);
      }
      for (const { tree } of world.processes) {
        if (!isOfJob(tree)) continue;
        const isKept = known.has(tree.slice('@job-'.length)) || policy.state.trees.get(tree)?.state === 'leaked';
        must(isKept, () => `a process lives in ${tree}, and its job is gone`);
      }
    },
    end() {
      must(known.size === 0, () => `${known.size} jobs outlive the machine`);
    },
  };
}
