/**
 * The end of what runs, by asking: of a stop, and of a start that is cut short with AbortMode Stop. The process that it is about, the main
 * one or a hook of that start, gets the stop signal, and when it has ended what it leaves in its part of the tree gets it too; with
 * StopMode All everything there gets it at once. SIGCONT follows, and after STOPPING=1 nothing is sent. At StopTimeout the whole tree is
 * killed. It is over when that process is reaped and its part is empty; what happens then is up to who began it.
 * PSD-007 5.1, 8.1, O-20, O-21, O-22.
 */
import type { Cause } from '../../../gen/service/types.ts';
import { arm, disarm } from '../deadlines.ts';
import { secondsWords } from '../details.ts';
import { runningOperation } from '../operations/store.ts';
import type { Activation, Service, Stop } from '../state.ts';
import { after, secondsToNs } from '../time.ts';
import { postKillNs } from '../trees.ts';
import type { Turn } from '../turn.ts';
import { emit, report } from '../turn.ts';
import { killPart } from './tokens.ts';

const sigcont = 18;

type NamedSignal = NonNullable<Stop['asked']>;

export const newStop = (cause: Cause, part: Stop['part'], forGood: boolean): Stop => ({
  cause,
  part,
  partState: 'unknown',
  killed: false,
  asked: null,
  owesRest: false,
  late: null,
  forGood,
});

/** The process that is asked; null: it is gone. */
const subjectOf = ({ main, mainGone, hookJob }: Activation, { part }: Stop): string | null => {
  if (part !== 'main') return hookJob;
  return mainGone ? null : main;
};

/** Asks it to end, and gives it StopTimeout. */
export function askToEnd(turn: Turn, service: Service, activation: Activation): void {
  const { stop } = service;
  const { stopMode, stopSignal, stopTimeout } = service.definition ?? activation.definition;
  activation.phaseSince = turn.stamp.monotonic;
  if (stopTimeout === 0 || stop === null) return killAll(turn, service, activation);
  const subject = subjectOf(activation, stop);
  const job = subject === null ? undefined : turn.state.jobs.get(subject);
  // Before exec nothing could handle a signal: what is there of the child is killed. EXEC-036.
  if (job?.record.state !== 'running') killPart(turn, service, activation, stop.part);
  else if (!activation.saidStopping) {
    stop.asked = stopSignal;
    stop.owesRest = stopMode === 'Main';
    for (const signal of signalsOf(stopSignal)) turn.signal({ kind: 'signal', job: job.record.id, signal });
    if (stopMode === 'All') askPart(turn, service, activation, stop, stopSignal, job.record.id);
  }
  arm(turn, 'stop', service.key, after(turn.stamp.monotonic, secondsToNs(stopTimeout)));
}

/** A process that is paused acts on nothing until it goes on. O-20. */
const signalsOf = ({ signal }: NamedSignal): readonly number[] => [signal, sigcont];

function askPart(
  turn: Turn,
  { name: service }: Service,
  { tree }: Activation,
  { part }: Stop,
  asked: NamedSignal,
  except: string | null,
): void {
  emit(turn, { kind: 'signal-part', service, tree, part, signals: signalsOf(asked), except });
}

/** A wrapper has ended without telling those that it waited for. */
function askRest(turn: Turn, service: Service, activation: Activation, stop: Stop): void {
  if (!stop.owesRest || stop.asked === null) return;
  stop.owesRest = false;
  if (!stop.killed && !activation.saidStopping) askPart(turn, service, activation, stop, stop.asked, null);
}

/** Something ended: whether nothing is left of what was asked. */
export function reviewEnding(turn: Turn, service: Service, activation: Activation): boolean {
  const { stop } = service;
  if (stop === null || subjectOf(activation, stop) !== null) return false;
  // Nothing was ever born.
  if (!activation.used) stop.partState = 'empty';
  if (stop.partState === 'unknown') {
    stop.partState = 'asked';
    askRest(turn, service, activation, stop);
    emit(turn, { kind: 'await-empty', service: service.name, tree: activation.tree, part: stop.part });
  }
  return stop.partState === 'empty';
}

/** The last process of that part has ended, so nobody has to be asked. */
export function nothingLeft({ stop }: Service, part: Stop['part']): void {
  if (stop?.part === part) stop.partState = 'empty';
}

/** The answer that nothing lives in that part; whether somebody waited for it. */
export function partEmpty({ stop }: Service, part: Stop['part']): boolean {
  if (stop?.part !== part || stop.partState !== 'asked') return false;
  stop.partState = 'empty';
  return true;
}

/** StopTimeout is over. */
export function stopTimedOut(turn: Turn, service: Service, activation: Activation): void {
  force(turn, service, activation, 'StopTimeout');
}

/** The shutdown waits no longer. */
export function forceStop(turn: Turn, service: Service, activation: Activation): void {
  force(turn, service, activation, null);
}

/** Kills what was asked to end and did not; how much that is is told when it was counted. O-25. */
function force(turn: Turn, service: Service, activation: Activation, limit: 'StopTimeout' | null): void {
  const { stop } = service;
  if (stop === null) return;
  if (!stop.killed) {
    stop.late = { after: secondsWords(Number((turn.stamp.monotonic - activation.phaseSince) / 1_000_000_000n)), limit };
    const except = subjectOf(activation, stop);
    emit(turn, { kind: 'count-processes', service: service.name, tree: activation.tree, part: stop.part, except });
  }
  killAll(turn, service, activation);
}

/** What is being killed was counted. */
export function forced(turn: Turn, service: Service, activation: Activation, count: number | null): void {
  const { stop } = service;
  if (stop === null || stop.late === null) return;
  const { limit } = stop.late;
  const words = lateWords(subjectOf(activation, stop) === null, stop, stop.late, count);
  stop.late = null;
  // All of it ended in this very moment.
  if (words === null) return;
  service.forced = `${service.name} ${words}`;
  const operation = service.state === 'stopping' ? runningOperation(turn, service) : undefined;
  if (operation !== undefined) operation.record = { ...operation.record, forced: service.forced };
  // A shutdown that kills has said so itself, once for all.
  report(turn, 'warning', service.forced, service, limit !== null);
}

/** What did not end, and after what; null: nothing was left. */
function lateWords(
  subjectGone: boolean,
  { asked, part }: Stop,
  { after: time, limit }: NonNullable<Stop['late']>,
  count: number | null,
): string | null {
  const by = limit === null ? '' : ` (${limit})`;
  const within = `within ${time} after ${asked === null ? 'the stop began' : asked.name}${by}`;
  const others = count === null ? 'others' : count === 1 ? '1 other' : `${count} others`;
  if (!subjectGone) return `did not end ${within} and was killed${count === 0 || count === null ? '' : `, with ${others}`}`;
  const subject = part === 'main' ? 'main process' : 'hook';
  return count === 0
    ? null
    : `did not end ${within}: its ${subject} had ended, ${others} had not and ${count === 1 ? 'was' : 'were'} killed`;
}

/** Kills what is left. */
export function killAll(turn: Turn, service: Service, activation: Activation): void {
  if (service.stop === null) return;
  service.stop.killed = true;
  disarm(turn, 'stop', service.key);
  killPart(turn, service, activation, 'tree');
  arm(turn, 'kill', service.key, after(turn.stamp.monotonic, postKillNs));
}
