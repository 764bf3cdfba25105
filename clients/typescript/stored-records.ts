/**
 * Reading what eventd stores over its restarts: where a connection ends, the next one goes on behind the last part that came, so that no
 * record is missing and none comes twice. A reader that follows tries for as long as it takes, any other one for a while.
 */
import type { EventsRequest, EventsResponse, LogsRequest, LogsResponse } from '../../gen/output/types.ts';
import { ConnectionError, ProtocolError } from './errors.ts';
import type { EventdConnection } from './eventd.ts';
import { connectEventd, EventdError, eventdSocketPath } from './eventd.ts';
import { Patience } from './patience.ts';
import type { Reading } from './reading.ts';

export interface ReadingOptions {
  /** The socket; the usual one when left out. */
  readonly path?: string;
  /** Ends the reading without an error. */
  readonly signal?: AbortSignal;
  /** For how long it tries again when it does not follow; 10 s when left out. */
  readonly patienceMs?: number;
  /** Between two attempts; 0.5 s when left out. */
  readonly longestPauseMs?: number;
  /** The connection has ended, and it tries again; called once for each loss. */
  readonly onLost?: (why: Error) => void;
  /** It goes on. */
  readonly onBack?: () => void;
  /** What is stored is another database than before: what had not come by then never will. */
  readonly onReplaced?: () => void;
  readonly reading?: Reading;
}

/** Lines of output, in parts as they come. Rejects with a ConnectionError where eventd cannot be reached at the start. */
export const readLogs = (request: LogsRequest, options: ReadingOptions = {}): AsyncGenerator<LogsResponse> =>
  read<LogsRequest, LogsResponse>((connection, asked) => connection.logs(asked), request, options);

/** Events, likewise. */
export const readEvents = (request: EventsRequest, options: ReadingOptions = {}): AsyncGenerator<EventsResponse> =>
  read<EventsRequest, EventsResponse>((connection, asked) => connection.events(asked), request, options);

type Request = LogsRequest & EventsRequest;
type Part = LogsResponse | EventsResponse;

const usualPatienceMs = 10_000;
const forEver = Number.POSITIVE_INFINITY;

async function* read<Asked extends Pick<Request, 'most' | 'after' | 'follow' | 'order' | 'since'>, Answer extends Part>(
  ask: (connection: EventdConnection, request: Asked) => AsyncIterable<Answer>,
  request: Asked,
  { path = eventdSocketPath, signal, patienceMs = usualPatienceMs, longestPauseMs, onLost, onBack, onReplaced, reading }: ReadingOptions,
): AsyncGenerator<Answer> {
  const progress = new Progress(request);
  const isLeft = (): boolean => signal?.aborted === true;
  let hasConnected = false;
  let patience: Patience | null = null;
  while (!isLeft()) {
    let connection: EventdConnection | null = null;
    const leave = (): void => connection?.disconnect();
    signal?.addEventListener('abort', leave);
    try {
      connection = await connectEventd(path, { reading });
      hasConnected = true;
      for await (const part of ask(connection, progress.rest)) {
        if (patience !== null) onBack?.();
        patience = null;
        yield progress.take(part);
        if (!part.more) return;
      }
    } catch (error) {
      if (isLeft()) return;
      if (progress.isReplaced(error)) {
        onReplaced?.();
        continue;
      }
      if (!passes(error) || !hasConnected) throw error;
      if (patience === null) onLost?.(error);
      patience ??= new Patience(request.follow === true ? forEver : patienceMs, undefined, longestPauseMs);
      if (!(await patience.pause())) throw error;
    } finally {
      signal?.removeEventListener('abort', leave);
      leave();
    }
  }
}

/** It may be otherwise a moment later. */
const passes = (error: unknown): error is Error =>
  (error instanceof ConnectionError && !(error instanceof ProtocolError)) ||
  (error instanceof EventdError && ['BUSY', 'TOO_SLOW', 'STORE_FAILED'].includes(error.code));

/** How far a reading has come, and what is to be asked for the rest. */
class Progress<Asked extends Pick<Request, 'most' | 'after' | 'follow' | 'order' | 'since'>> {
  #rest: Asked;
  /** Id of the latest record that came, of each boot. */
  readonly #latest = new Map<string, number>();
  #latestAt: string | null = null;
  hasBegun = false;

  constructor(request: Asked) {
    this.#rest = request;
  }

  get rest(): Asked {
    return this.#rest;
  }

  /** What is new of a part. */
  take<Answer extends Part>(part: Answer): Answer {
    this.hasBegun = true;
    const { most, order, ...request } = this.#rest;
    const entries = part.entries.filter((entry) => this.#isNew(entry));
    const count = entries.filter(({ kind }) => kind !== 'gap').length;
    const behind = { ...request, ...(part.cursor === null ? {} : { after: part.cursor }) };
    // What stands behind the first part of a reader that follows is all wanted: the latest ones were counted from its beginning.
    const isCounted = most !== undefined && (request.follow !== true || part.cursor === null);
    this.#rest = {
      ...behind,
      ...(isCounted ? { most: Math.max(most - count, 0) } : {}),
      ...(order === undefined ? {} : { order }),
    } as Asked;
    return entries.length === part.entries.length ? part : { ...part, entries };
  }

  #isNew(entry: Part['entries'][number]): boolean {
    if (this.#rest.follow !== true) return true;
    const id = entry.kind === 'gap' ? entry.to : entry.id;
    if (id <= (this.#latest.get(entry.boot_id) ?? 0)) return false;
    this.#latest.set(entry.boot_id, id);
    if (entry.kind !== 'gap') this.#latestAt = entry.timestamp;
    return true;
  }

  /** The database has gone since the last part: from then on, in the new one. */
  isReplaced(error: unknown): boolean {
    if (!(error instanceof EventdError) || error.code !== 'INVALID_CURSOR' || !this.hasBegun || this.#rest.follow !== true) return false;
    const { after, ...rest } = this.#rest;
    if (after === undefined) return false;
    this.#rest = { ...rest, ...(this.#latestAt === null ? {} : { since: this.#latestAt }) } as Asked;
    return true;
  }
}
