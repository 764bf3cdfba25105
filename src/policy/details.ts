/** Words for administrators: what happened to which service, and what can be done. CAUSE-027, CAUSE-028. */
import type { State } from '../../gen/service/types.ts';
import { namedSignals } from './definition/signals.ts';

const signalNames: ReadonlyMap<number, string> = new Map([
  ...Array.from(namedSignals, ([name, number]): [number, string] => [number, name]),
  [9, 'SIGKILL'],
  [19, 'SIGSTOP'],
]);

/** `exited with code 3`, `was killed by SIGSEGV (11), core dumped`. */
export function exitWords(exitCode: number | null, signal: number | null, coreDumped: boolean): string {
  if (signal === null) return `exited with code ${exitCode ?? 0}`;
  const name = signalNames.get(signal);
  const core = coreDumped ? ', core dumped' : '';
  return name === undefined ? `was killed by signal ${signal}${core}` : `was killed by ${name} (${signal})${core}`;
}

/** A state as it stands in a sentence: a service is failed, but in backoff. */
export const inWords = (state: State): string => (state === 'backoff' ? 'in backoff' : state);

/** Where to look when the cause is not known to peinit. */
export const lookAtOutput = (service: string): string => `Look at its output (peiosctl status -n 50 ${service})`;

/** Ends with a full stop. */
export const sentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);

export const secondsWords = (seconds: number): string => (seconds === 1 ? '1 second' : `${seconds} seconds`);
