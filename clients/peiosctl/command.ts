import type { ControlClient } from '../typescript/generated/client.ts';
import type { Values } from './options.ts';
import { UsageError } from './usage-error.ts';

/** What a command of the command line works with. */
export interface Context {
  readonly arguments: readonly string[];
  readonly options: Options;
  /** Connects to the control socket with the first use. */
  control(): Promise<ControlClient>;
  /** What goes out of an answer: with --json all as it came, for people without what would steer their terminal. */
  shown<Answer>(answer: Answer): Answer;
  /** One line to standard output. */
  print(text: string): void;
  /** One line to standard error. */
  complain(text: string): void;
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

export type OptionName = 'wait' | 'no-wait' | 'type' | 'recursive';

/** A command: its arguments for the usage line, one sentence, and what it does; resolves with the exit status. */
export interface Command {
  readonly usage: string;
  readonly text: string;
  /** What it takes beside --json and --socket. */
  readonly options?: readonly OptionName[];
  readonly run: (context: Context) => Promise<number>;
}

/** Exit statuses. */
export const exitStatus = {
  done: 0,
  /** peinit refused, or the operation did not succeed. */
  failed: 1,
  usage: 2,
  /** peinit or registryd cannot be reached. */
  unreachable: 3,
  /** status of a service that is not up. */
  notRunning: 4,
} as const;

/** The arguments by position; throws a UsageError when there are too few or too many. */
export function takeArguments(context: Context, ...names: readonly string[]): readonly string[] {
  if (context.arguments.length < names.length) throw new UsageError(`${names[context.arguments.length]} is missing`);
  const extra = context.arguments[names.length];
  if (extra !== undefined) throw new UsageError(`there is one argument too many: ${extra}`);
  return context.arguments;
}
