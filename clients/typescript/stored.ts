import { checkedReading } from './checked-reading.ts';
import type { OpenOptions } from './control.ts';
import { connectEventd } from './eventd.ts';
import type { QueryClient } from './generated/client.ts';
import type { EventsRequest, EventsResponse, LogsRequest, LogsResponse, QueryCommands } from './generated/output.ts';
import { querySocket } from './generated/shapes.ts';
import type { ReadingOptions } from './stored-records.ts';
import * as records from './stored-records.ts';

/**
 * A connection to the event daemon. Calls and streams may be made without waiting for each other. Four parts of each stream are kept for
 * its reader; then the connection waits, so whoever reads slowly asks for other things on another one.
 */
export interface Eventd extends QueryClient<QueryCommands> {
  /** Ends the connection; what has no answer yet is rejected. */
  disconnect(): void;
}

const reading = checkedReading(querySocket);

/** Connects to the event daemon, as openControl does. */
export const openEventd = ({ path, ...options }: OpenOptions = {}): Promise<Eventd> =>
  connectEventd(path, { reading, ...options }) as unknown as Promise<Eventd>;

/**
 * Lines of output in parts, over restarts of the event daemon: no record is missing and none comes twice. With `follow` it goes on until
 * it is left.
 */
export const readLogs = (request: LogsRequest = {}, options: ReadingOptions = {}): AsyncGenerator<LogsResponse> =>
  records.readLogs(request, { ...options, reading }) as AsyncGenerator<LogsResponse>;

/** Events, likewise. */
export const readEvents = (request: EventsRequest = {}, options: ReadingOptions = {}): AsyncGenerator<EventsResponse> =>
  records.readEvents(request, { ...options, reading }) as AsyncGenerator<EventsResponse>;
