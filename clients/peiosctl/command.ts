import type { ControlClient } from '../typescript/generated/client.ts';
import type { ControlTransport } from '../typescript/transport.ts';
import type { Description } from './description.ts';
import type { Peer, Values } from './options.ts';

/** What a command of the command line works with. */
export interface Context {
  /** As many as its description says. */
  readonly arguments: readonly string[];
  readonly options: Options;
  /** Connects to the control socket with the first use; `waits`: what is asked takes its time, so a place on the socket may as well. */
  control(waits?: boolean): Promise<ControlClient>;
  /** A further connection, which whoever asked for it closes. */
  connect(waits?: boolean): Promise<ControlTransport>;
  /** What goes out of an answer: with --json all as it came, for people without what would steer their terminal. */
  shown<Answer>(answer: Answer): Answer;
  /** One line to standard output. */
  print(text: string): void;
  /** One message to standard error; `below`: lines that stay as they are. */
  complain(text: string, below?: readonly string[]): void;
}

export interface Options {
  readonly json: boolean;
  readonly wait: boolean | null;
  readonly color: boolean;
  /** Standard error is a terminal: somebody looks on. */
  readonly attended: boolean;
  /** Columns of the terminal; null: lines may have any length. */
  readonly width: number | null;
  /** As they were given. */
  readonly values: Values;
}

/** A command: what it takes and tells of itself, and what it does; resolves with the exit status. */
export interface Command extends Description {
  /** Where help lists it. */
  readonly group: 'services' | 'jobs' | 'machine' | 'other';
  /** Whom it speaks to; the control socket when left out. */
  readonly peer?: Peer;
  readonly run: (context: Context) => Promise<number>;
}
