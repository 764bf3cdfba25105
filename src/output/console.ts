import type { LogLevel } from '../../gen/events/types.ts';
import { encodeConsoleLine } from '../../gen/output/encode.ts';
import type { Clock, Descriptors, Files } from '../kernel/kernel.ts';
import type { Loop } from '../kernel/loop.ts';
import type { ConsoleMode } from './console-mode.ts';
import type { ConsoleStream } from './console-stream.ts';
import { createConsoleStream } from './console-stream.ts';
import { wrap } from './wrap.ts';

/** Text of definitions must neither steer the terminal nor look like a line of peinit's; a stack trace is one line as well. */
const oneLine = (text: string): string => joined(text).replace(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/g, '\ufffd');

const joined = (text: string): string =>
  text.includes('\n')
    ? text
        .split('\n')
        .map((line) => line.trim())
        .join(' ')
    : text;

/**
 * What a line is for. `progress` and `caveat`, a warning that machine-status repeats at any time, are left out where the console is to be
 * quiet; `setback` and `failure` are a warning and an error whose text says so by itself. O-118.
 */
export type Weight = 'progress' | 'caveat' | 'setback' | 'failure' | LogLevel;

const levels: Readonly<Record<Weight, LogLevel>> = {
  progress: 'info',
  caveat: 'warning',
  setback: 'warning',
  failure: 'error',
  info: 'info',
  warning: 'warning',
  error: 'error',
};

/** A text with the word that says how grave it is, where it does not say so itself. */
export const weighted = (text: string, weight: Weight): string =>
  weight === 'caveat' || weight === 'warning' ? `warning: ${text}` : weight === 'error' ? `error: ${text}` : text;

/** peinit's own messages. LOG-018. */
export interface Console {
  /** One line with the time since the start of peinit; `service`: whom it is about. */
  line(text: string, weight?: Weight, service?: string | null): void;
  /** Writes as much as the console takes now; for the moments before a shell takes the console over. */
  flush(): void;
  /** Calls back when all is written, or its reader does not read; for the moments before the machine ends. */
  finish(done: () => void): void;
}

export interface ConsoleParts {
  readonly kernel: Clock & Descriptors & Pick<Files, 'isTerminal'>;
  readonly loop: Loop;
  readonly mode: ConsoleMode;
  readonly quiet: boolean;
  readonly timestamp: (realtimeNs: bigint) => string;
}

export interface OpenConsole extends Omit<Console, 'finish'> {
  readonly stream: ConsoleStream;
}

/** Columns of a terminal that nobody asked for its size, and where a text begins behind the time. */
const columns = 80;
const textColumn = 11;

/** Opens the console without making it a controlling terminal and without ever blocking on it. Lines of one turn are written together. */
export function openConsole({ kernel, loop, mode, quiet, timestamp }: ConsoleParts): OpenConsole {
  const startedAt = kernel.monotonicNs();
  const stream = createConsoleStream({
    kernel,
    loop,
    device: mode.device,
    lossLine: (lines) =>
      mode.json
        ? `${encodeConsoleLine({ kind: 'lost', timestamp: timestamp(kernel.realtimeNs()), lines })}\n`
        : plain(`${lines === 1 ? '1 line' : `${lines} lines`} lost: the console is read too slowly`),
  });

  function plain(text: string): string {
    const elapsedNs = Number(kernel.monotonicNs() - startedAt);
    const line = `[${(Math.floor(elapsedNs / 1e6) / 1000).toFixed(3).padStart(8)}] ${oneLine(text)}`;
    return `${stream.isTerminal ? wrap(line, columns, textColumn + 2) : line}\n`;
  }

  const json = (text: string, level: LogLevel, service: string | null): string =>
    `${encodeConsoleLine({
      kind: 'message',
      timestamp: timestamp(kernel.realtimeNs()),
      level,
      ...(service === null ? {} : { service }),
      text: joined(text),
    })}\n`;

  return {
    stream,
    line(text, weight = 'info', service = null) {
      if (quiet && (weight === 'progress' || weight === 'caveat')) return;
      if (mode.json) stream.line(json(text, levels[weight], service));
      else stream.line(plain(weighted(text, weight)));
    },
    flush: stream.flush,
  };
}
