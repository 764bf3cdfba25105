import type { Socket } from 'node:net';
import { encodeSubmitRequest } from '../../gen/jobs/encode.ts';
import { endpoints } from '../../gen/jobs/facts.ts';
import { jobsLine } from '../../gen/jobs/lines.ts';
import type { JobLine, SubmitError, SubmitRequest } from '../../gen/jobs/types.ts';
import { Patience } from './patience.ts';
import { ConnectionError, foreignSocket, ofPeinit, openSocket, parseLine } from './transport.ts';

/** Where peinit takes ad-hoc jobs inside a machine. */
export const jobsSocketPath: string = endpoints.jobs.path;

/** peinit made no job: `code` is stable, the message is for people. */
export class SubmitRefused extends Error {
  readonly code: SubmitError;

  constructor(code: SubmitError, message: string) {
    super(message);
    this.name = 'SubmitRefused';
    this.code = code;
  }
}

/**
 * An ad-hoc job of ours: its lines as they come, the last of kind `ended`. They wait here until they are taken, however many. Leaving it
 * stops nothing.
 */
export interface SubmittedJob extends AsyncIterable<JobLine> {
  readonly id: string;
  /** Hangs up: the job goes on, and what it says is lost to us. */
  leave(): void;
}

export interface SubmitOptions {
  /** The socket; the usual one when left out. */
  readonly path?: string;
  /** It was turned away, waits and tries again; called once. */
  readonly onTurnedAway?: () => void;
  /** For how long it tries again; 5 s when left out. */
  readonly patienceMs?: number;
}

const usualPatienceMs = 5_000;

/**
 * Has a program run as whoever calls; resolves once peinit has made the job, before its program runs. Rejects with SubmitRefused where
 * there is none, and with ConnectionError where nobody answers.
 */
export async function submitJob(request: SubmitRequest, options: SubmitOptions = {}): Promise<SubmittedJob> {
  const { path = jobsSocketPath, patienceMs = usualPatienceMs } = options;
  const patience = new Patience(patienceMs, options.onTurnedAway);
  for (;;) {
    const socket = await openSocket(path, (error) => ofPeinit(path, 'socket of ad-hoc jobs', error));
    const job = socket === null ? null : await ask(socket, request, path);
    if (job !== null) return job;
    if (await patience.pause()) continue;
    throw new ConnectionError(
      `peinit closed each connection to ${path} at once for ${patienceMs / 1000} s: it has no place for one more ` +
        '(MaxJobs, MaxJobsPerUser); try again when other jobs have ended',
    );
  }
}

/** Null: it was turned away, and nothing was read. */
function ask(socket: Socket, request: SubmitRequest, path: string): Promise<SubmittedJob | null> {
  const { promise, resolve, reject } = Promise.withResolvers<SubmittedJob | null>();
  const lines: JobLine[] = [];
  let isHeard = false;
  let isOver = false;
  let pending = '';
  let problem: Error | null = null;
  let wake: (() => void) | null = null;

  function received(line: string): void {
    const object = parseLine(line);
    const told = object === null ? null : jobsLine(object);
    if (told === null || (!isHeard && told.kind === 'pushed')) {
      problem = foreignSocket(path, 'ad-hoc jobs', jobsSocketPath);
      socket.destroy();
    } else if (told.kind === 'failure') reject(new SubmitRefused(told.failure.code, told.failure.message));
    else if (told.kind === 'answer') resolve(jobOf(told.answer.job_id));
    else lines.push(told.pushed);
    isHeard = true;
    wake?.();
  }

  async function* taken(): AsyncGenerator<JobLine> {
    for (;;) {
      for (let line = lines.shift(); line !== undefined; line = lines.shift()) {
        yield line;
        if (line.kind === 'ended') return;
      }
      if (isOver) throw problem ?? new ConnectionError(`peinit closed the connection to ${path} before the job had ended`);
      await new Promise<void>((woken) => {
        wake = woken;
      });
    }
  }

  const jobOf = (id: string): SubmittedJob => ({ id, leave: () => void socket.destroy(), [Symbol.asyncIterator]: taken });

  socket.setEncoding('utf8');
  socket.on('data', (text: string) => {
    pending += text;
    let from = 0;
    for (let end = pending.indexOf('\n'); end >= 0; end = pending.indexOf('\n', from)) {
      received(pending.slice(from, end));
      from = end + 1;
    }
    pending = pending.slice(from);
  });
  socket.on('error', (error) => {
    // A socket that is closed before it is read from fails the write, too.
    problem ??= new ConnectionError(`the connection to ${path} failed: ${error.message}`);
  });
  socket.on('close', () => {
    isOver = true;
    wake?.();
    if (problem !== null && isHeard) reject(problem);
    else resolve(null);
  });
  socket.write(`${encodeSubmitRequest(request)}\n`);
  return promise;
}
