/**
 * The door of the room of ad-hoc jobs: the socket where they are submitted, and the submitters that follow theirs. The way of one: its
 * line is read, its submitter judged, its paths looked at by the helper program; the policy makes the job; its id is answered, and only
 * then anything is done. PSD-007 7.2.
 */
import { encodeSubmitFailure, encodeSubmitResponse } from '../../gen/jobs/encode.ts';
import { endpoints, submitErrorFacts } from '../../gen/jobs/facts.ts';
import type { JsonObject } from '../json/text.ts';
import type { Clock, Descriptors, Result, Sockets } from '../kernel/kernel.ts';
import type { Loop } from '../kernel/loop.ts';
import type { Check } from '../policy/definition/definition.ts';
import type { Effect, JobAccepted, JobRecord } from '../policy/effects.ts';
import type { PolicyEvent, Submitter } from '../policy/events.ts';
import type { ConnectionLimits } from '../wire/control/protocol.ts';
import { createControlServer } from '../wire/control/server.ts';
import type { Asker } from './asker.ts';
import { createDevice } from './device.ts';
import { Follower } from './follower.ts';
import type { Refused, Wanted } from './request.ts';
import { wantedIn } from './request.ts';
import type { Candidate, Submitters } from './submitter.ts';

export interface JobSettings extends ConnectionLimits {
  readonly maxJobs: number;
  readonly maxJobsPerUser: number;
}

export interface JobsParts<One extends Candidate> {
  readonly kernel: Clock & Descriptors & Sockets;
  readonly loop: Loop;
  /** Where the socket is; the schema's path when left out. */
  readonly path?: string;
  /** Where the device of the kernel is; the usual path when left out. */
  readonly devicePath?: string;
  settings(): JobSettings;
  readonly submitters: Submitters<One>;
  /** Has the helper program look at paths: one verdict each, null when they do not come in time. The function returned takes it back. */
  check(checks: readonly Check[], timeoutSeconds: number, whose: string, done: (verdicts: readonly boolean[] | null) => void): () => void;
  submit(event: PolicyEvent): void;
  /** Has the lines of a job brought here as they come. */
  follow(job: string, follower: Pick<Follower, 'line'> & { end(job: JobRecord): void }): void;
  /** Somebody who may not wanted a job. */
  denied(candidate: One): void;
  readonly warn: (text: string) => void;
  /** A warning for the log alone. */
  readonly note: (text: string) => void;
}

export interface Jobs {
  /** Opens the socket. 0, or -errno. */
  start(): Result;
  /** Opens it anew, in the place of the old one. 0, or -errno. */
  rebind(): Result;
  /** Takes jobs from /dev/jfs as well, where the kernel has it. */
  openDevice(): void;
  onEffect(effect: Effect): void;
  /** Lines of a job that its submitter did not get. */
  lostLines(job: string): number;
  close(): void;
}

/** Connections beside those of the jobs: of each submitter, and for SYSTEM. O-93. */
const spare = 4;
/** How long the program and the working directory are looked at. */
const checkSeconds = 5;

/** A request on its way to a job. */
interface Pending {
  readonly wanted: Wanted;
  submitter: Submitter | null;
  /** Takes back what is waited for. */
  cancel: () => void;
}

export function createJobs<One extends Candidate>(parts: JobsParts<One>): Jobs {
  const { kernel, loop, settings, submitters } = parts;
  /** By asker until the job is made, and by ticket while the policy has it. */
  const pending = new Map<Asker<One>, Pending>();
  const submitted = new Map<number, Asker<One>>();
  const followers = new Map<string, { readonly follower: Follower; readonly submitter: Submitter }>();
  const jobOf = new Map<Asker<One>, string>();
  let tickets = 0;

  function request(asker: Asker<One>, object: JsonObject): null {
    // Nobody would read its id. O-92.
    if (!asker.isHeard) return null;
    const wanted = wantedIn(object);
    if ('code' in wanted) return refuse(asker, wanted);
    const entry: Pending = { wanted, submitter: null, cancel: () => undefined };
    pending.set(asker, entry);
    entry.cancel = submitters.judge(asker.peer, (judgement) => {
      if (pending.get(asker) !== entry) return;
      if (judgement.kind === 'submitter') {
        entry.submitter = judgement.submitter;
        return lookAtPaths(asker, entry, judgement.submitter);
      }
      drop(asker);
      parts.denied(asker.peer);
      const { problem, remedy } = judgement;
      refuse(asker, { code: 'ACCESS_DENIED', problem, ...(remedy === undefined ? {} : { remedy }) });
    });
    return null;
  }

  function lookAtPaths(asker: Asker<One>, entry: Pending, submitter: Submitter): void {
    const { argv, workingDirectory } = entry.wanted;
    const checks: readonly Check[] = [
      { type: 'file', argument: argv[0] },
      { type: 'directory', argument: workingDirectory },
    ];
    entry.cancel = parts.check(checks, checkSeconds, `a job of ${submitter.sid}`, (verdicts) => {
      if (pending.get(asker) !== entry) return;
      const refused = lackIn(entry.wanted, verdicts);
      if (refused === null) return make(asker, entry.wanted, submitter);
      drop(asker);
      refuse(asker, refused);
    });
  }

  function make(asker: Asker<One>, wanted: Wanted, submitter: Submitter): void {
    asker.look();
    // It has left, and was forgotten with that.
    if (!pending.delete(asker)) return;
    const { maxJobs, maxJobsPerUser } = settings();
    const ticket = ++tickets;
    submitted.set(ticket, asker);
    parts.submit({
      kind: 'submit-job',
      submission: { ...wanted, submitter },
      limits: { total: maxJobs, perUser: maxJobsPerUser },
      ticket,
    });
  }

  function accepted({ job, ticket, submitter }: JobAccepted): void {
    const asker = submitted.get(ticket);
    if (asker === undefined) return;
    submitted.delete(ticket);
    const follower = new Follower(asker);
    followers.set(job, { follower, submitter });
    jobOf.set(asker, job);
    parts.follow(job, {
      line: (isError, at, bytes, from, to) => follower.line(isError, at, bytes, from, to),
      end(record) {
        followers.delete(job);
        jobOf.delete(asker);
        submitters.forget(submitter);
        follower.ended(record);
      },
    });
    asker.stream(encodeSubmitResponse({ job_id: job }));
  }

  function refuse(asker: Asker<One>, { code, problem, remedy = submitErrorFacts[code].remedy }: Refused): null {
    asker.stream(encodeSubmitFailure({ status: 'error', code, message: `${problem}. ${remedy}` }));
    asker.finish(null);
    return null;
  }

  /** A request that is none any more. */
  function drop(asker: Asker<One>): void {
    const entry = pending.get(asker);
    if (entry === undefined) return;
    pending.delete(asker);
    entry.cancel();
    if (entry.submitter !== null) submitters.forget(entry.submitter);
  }

  function gone(asker: Asker<One>): void {
    drop(asker);
    const job = jobOf.get(asker);
    if (job === undefined) return;
    jobOf.delete(asker);
    followers.get(job)?.follower.leave();
    parts.submit({ kind: 'submitter-gone', job });
  }

  const device = createDevice<One>({
    kernel,
    loop,
    ...(parts.devicePath === undefined ? {} : { path: parts.devicePath }),
    limit: () => settings().maxRequestSize,
    ofToken: (fd) => submitters.ofToken(fd),
    request,
    warn: parts.warn,
    note: parts.note,
  });

  const server = createControlServer<One>({
    kernel,
    loop,
    path: parts.path ?? endpoints.jobs.path,
    settings() {
      const { maxJobs, maxJobsPerUser, ...limits } = settings();
      return { ...limits, maxControlConnections: maxJobs + 2 * spare, maxControlConnectionsPerUser: maxJobsPerUser + spare };
    },
    protocol: {
      refusalsClose: true,
      admit: (fd) => submitters.admit(fd),
      holder: ({ owner, isSystem }) => ({ user: owner, isSystem }),
      hasStanding: ({ mayHave }) => mayHave,
      request,
      gone,
    },
  });

  return {
    start: () => server.start(),
    rebind: () => server.rebind(),
    lostLines: (job) => followers.get(job)?.follower.lost ?? 0,
    onEffect(effect) {
      switch (effect.kind) {
        case 'job-accepted':
          return accepted(effect);
        case 'job-refused': {
          const asker = submitted.get(effect.ticket);
          submitted.delete(effect.ticket);
          submitters.forget(effect.submitter);
          if (asker !== undefined) refuse(asker, effect);
          return;
        }
        case 'job-changed':
          if (effect.job.state === 'running') followers.get(effect.job.id)?.follower.started(effect.job);
          return;
      }
    },
    openDevice: () => device.open(),
    close() {
      device.close();
      server.close();
    },
  };
}

/** What is not there of what the job needs; null: nothing. JFS-002. */
function lackIn({ argv, workingDirectory }: Wanted, verdicts: readonly boolean[] | null): Refused | null {
  const refused = (problem: string): Refused => ({ code: 'INVALID_ARGUMENTS', problem });
  if (verdicts === null) return refused(`members "image_path" and "working_directory" could not be looked at within ${checkSeconds} s`);
  if (verdicts[0] !== true) return refused(`member "image_path" names ${argv[0]}, where there is no program`);
  if (verdicts[1] !== true) return refused(`member "working_directory" names ${workingDirectory}, where there is no directory`);
  return null;
}
