import type { Parsed } from './problem.ts';
import { bad, good } from './problem.ts';

/** A signal that a process can act upon. */
export interface NamedSignal {
  readonly name: string;
  readonly signal: number;
}

/** With their numbers on Linux (x86-64 and arm64). SIGKILL and SIGSTOP ask for nothing. DEF-067, DEF-068. */
export const namedSignals: ReadonlyMap<string, number> = new Map([
  ['SIGHUP', 1],
  ['SIGINT', 2],
  ['SIGQUIT', 3],
  ['SIGILL', 4],
  ['SIGTRAP', 5],
  ['SIGABRT', 6],
  ['SIGBUS', 7],
  ['SIGFPE', 8],
  ['SIGUSR1', 10],
  ['SIGSEGV', 11],
  ['SIGUSR2', 12],
  ['SIGPIPE', 13],
  ['SIGALRM', 14],
  ['SIGTERM', 15],
  ['SIGSTKFLT', 16],
  ['SIGCHLD', 17],
  ['SIGCONT', 18],
  ['SIGTSTP', 20],
  ['SIGTTIN', 21],
  ['SIGTTOU', 22],
  ['SIGURG', 23],
  ['SIGXCPU', 24],
  ['SIGXFSZ', 25],
  ['SIGVTALRM', 26],
  ['SIGPROF', 27],
  ['SIGWINCH', 28],
  ['SIGIO', 29],
  ['SIGPWR', 30],
  ['SIGSYS', 31],
]);

/** Of services without StopSignal. */
export const defaultStopSignal: NamedSignal = { name: 'SIGTERM', signal: 15 };

/** `prefix`: what stands before the name in the text that it was found in. */
export function parseSignal(name: string, prefix = ''): Parsed<NamedSignal> {
  const signal = namedSignals.get(name);
  if (signal !== undefined) return good({ name, signal });
  const example = `${prefix}${prefix === '' ? 'SIGTERM' : 'SIGHUP'}`;
  if (name === 'SIGKILL' || name === 'SIGSTOP')
    return bad(`names ${name}, which no process can act upon`, `Name another signal, such as ${example}.`);
  return bad('does not name a signal', `Write its standard Linux name in upper case and without blanks, such as ${example}.`);
}
