/** Words for administrators: what happened to which service, and what can be done. CAUSE-027, CAUSE-028. */
import type { State } from '../../gen/service/types.ts';
import { namedSignals } from './definition/signals.ts';
import type { Unheard } from './events.ts';

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
export const lookAtOutput = (service: string): string => `Look at its output (peiosctl logs ${service})`;

/** Why a start heard nothing although something was said, and what to do. */
export function unheardWords({ sender, reason }: Unheard, mainPid: number | null): string {
  if (sender === null) return `A notification of its main process was refused: ${reason}. Mend what the program sends.`;
  const name = sender.command === null ? '' : ` (${sender.command})`;
  const main = mainPid === null ? 'the main one' : `the main one (${mainPid})`;
  return (
    `Process ${sender.pid}${name}, which is not ${main}, sent READY=1 and was not heard. ` +
    'Send it from the main process, or start the program with exec so that it is the main one.'
  );
}

/** Of a main process that ended well: what became of the processes that it left; null: it left none. */
export function leftBehindWords(left: number, remedy: string): string | null {
  if (left === 0) return null;
  const others = left === 1 ? '1 other process was left, which was killed' : `${left} other processes were left, which were killed`;
  return `${others}. ${remedy}`;
}

/** The first sentence alone: what happened, without what to do about it. */
export const firstSentence = (text: string): string => text.split('. ', 1)[0]?.replace(/\.$/, '') ?? text;

/** Ends with a full stop. */
export const sentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);

export const secondsWords = (seconds: number): string => (seconds === 1 ? '1 second' : `${seconds} seconds`);

/** What begins the last sentence of a failure that is not the end: when, and which restart of how many it is. */
export const restartPlan = 'peinit restarts it';
