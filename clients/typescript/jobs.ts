import type { Socket } from 'node:net';
import { encodeSubmitRequest } from '../../gen/jobs/encode.ts';
import { callNames, endpoints } from '../../gen/jobs/facts.ts';
import { jobsLine } from '../../gen/jobs/lines.ts';
import type { JobLine, SubmitFailure, SubmitRequest, SubmitResponse } from '../../gen/jobs/types.ts';
import { limited } from './call-options.ts';
import { ConnectionError, foreignSocket } from './errors.ts';
import type { SubmitError } from './generated/jobs.ts';
import { HeldLines } from './held-lines.ts';
import { readLines } from './line-reader.ts';
import type { Open } from './open.ts';
import type { ConnectOptions } from './open-socket.ts';
import { ofPeinit, openPatiently, usualPatienceMs } from './open-socket.ts';
import { Patience } from './patience.ts';
import type { Reading } from './reading.ts';
import { trusting } from './reading.ts';
import { Unread } from './unread.ts';

/** Where peinit takes ad-hoc jobs inside a machine. */
export const jobsSocketPath: string = endpoints.jobs.path;

/** peinit made no job: `code` is stable, the message is for people. */
export class SubmitRefused extends Error {
  readonly code: Open<SubmitError>;

  constructor(code: Open<SubmitError>, message: string) {
    super(message);
    this.name = 'SubmitRefused';
    this.code = code;
  }
}

/**
 * An ad-hoc job of ours: its lines as they come, the last of kind `ended`. They wait here until they are taken, up to 1024; beyond that
 * peinit drops lines and says how many. Leaving it, or the iteration, stops nothing.
 */
export interface SubmittedJob extends AsyncIterable<JobLine> {
  readonly id: string;
  /** Hangs up: the job goes on, and what it says is lost to us. */
  leave(): void;
}

export interface SubmitOptions extends ConnectOptions {
  /** The socket; the usual one when left out. */
  readonly path?: string | undefined;
  /** Rejected with a TimeoutError when the job is not made by then; it may be made all the same. */
  readonly timeoutMs?: number | undefined;
  /** Gives up waiting for the job to be made, or for its lines; neither stops it. */
  readonly signal?: AbortSignal | undefined;
  readonly reading?: Reading | undefined;
}

const mostHeld = 1024;
const [submit] = callNames;

/**
 * Has a program run as whoever calls; resolves once peinit has made the job, before its program runs. Rejects with SubmitRefused where
 * there is none, and with ConnectionError where nobody answers.
 */
export function submitJob(request: SubmitRequest, options: SubmitOptions = {}): Promise<SubmittedJob> {
  let asked: Asked | null = null;
  let isLeft = false;
  const begin = async (): Promise<SubmittedJob> => {
    const { path = jobsSocketPath, patienceMs = usualPatienceMs, isAwaited = false, reading = trusting } = options;
    const patience = new Patience(patienceMs, options.onTurnedAway);
    for (;;) {
      const socket = await openPatiently(
        path,
        (error) => ofPeinit(path, 'socket of ad-hoc jobs', error, jobsSocketPath),
        patience,
        isAwaited,
      );
      if (isLeft) socket?.destroy();
      asked = socket === null || isLeft ? null : ask(socket, request, path, reading);
      const job = await asked?.made;
      if (job !== undefined && job !== null) {
        options.signal?.addEventListener('abort', () => job.leave(), { once: true });
        return job;
      }
      if (!isLeft && socket !== null && (await patience.pause())) continue;
      throw new ConnectionError(
        `peinit closed each connection to ${path} at once for ${patienceMs / 1000} s: it has no place for one more ` +
          '(MaxJobs, MaxJobsPerUser); try again when other jobs have ended',
      );
    }
  };
  const leave = (): void => {
    isLeft = true;
    asked?.leave();
  };
  return limited(submit, options, begin, leave);
}

interface Asked {
  /** Null: it was turned away, and nothing was read. */
  readonly made: Promise<SubmittedJob | null>;
  leave(): void;
}

function ask(socket: Socket, request: SubmitRequest, path: string, reading: Reading): Asked {
  const lines = new HeldLines<JobLine>(
    mostHeld,
    (isFull) => {
      if (isFull) socket.pause();
      else socket.resume();
    },
    () => socket.destroy(),
  );
  const asked = new Unread(socket);
  let isHeard = false;
  let problem: Error | null = null;

  const made = new Promise<SubmittedJob | null>((resolve, reject) => {
    const jobOf = (id: string): SubmittedJob => ({
      id,
      leave: () => lines.leave(),
      [Symbol.asyncIterator]: () => lines[Symbol.asyncIterator](),
    });

    function received(text: string): void {
      const object = reading.parse(text);
      const told = object === null ? null : jobsLine(object);
      if (told === null || (!isHeard && told.kind === 'pushed'))
        throw foreignSocket(path, 'ad-hoc jobs', jobsSocketPath, text.slice(0, 60));
      if (told.kind === 'failure') {
        const { code, message } = reading.failure(submit, told.failure) as SubmitFailure;
        throw new SubmitRefused(code, message);
      }
      if (told.kind === 'answer') return resolve(jobOf((reading.answer(submit, told.answer) as SubmitResponse).job_id));
      const line = reading.pushed(submit, told.pushed) as JobLine;
      lines.add(line);
      if (line.kind === 'ended') lines.end(null);
    }

    const end = (error: Error): void => {
      problem ??= error;
      socket.destroy();
    };
    readLines(
      socket,
      (line) => {
        try {
          received(line);
        } catch (error) {
          end(error as Error);
        }
        isHeard = true;
      },
      end,
    );
    socket.on('close', () => {
      problem ??= new ConnectionError(
        asked.problem === null
          ? `peinit closed the connection to ${path} before the job had ended`
          : `the connection to ${path} failed: ${asked.problem.message}`,
      );
      lines.end(problem);
      if (asked.isTurnedAway) resolve(null);
      else reject(problem);
    });
    asked.write(`${encodeSubmitRequest(request)}\n`);
  });
  return { made, leave: () => void socket.destroy() };
}
