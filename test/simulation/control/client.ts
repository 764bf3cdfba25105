/** One client of the control socket. It knows what it has asked and checks that each answer is one to the oldest question that is open. */

import type { CommandName } from '../../../gen/control/facts.ts';
import { commands } from '../../../gen/control/facts.ts';
import { foldName } from '../../../src/policy/definition/names.ts';
import type { OperationRecord } from '../../../src/policy/operation.ts';
import type { CommandAnswer, Policy } from '../../../src/policy/view.ts';
import { isEventLine } from '../../support/event-lines.ts';
import { must } from '../invariants/invariant.ts';
import type { Answer } from './answers.ts';
import { canAnswer, checkAnswer, isOver } from './answers.ts';
import type { Followed } from './followed.ts';
import { createFollowed } from './followed.ts';
import type { Identity } from './guards.ts';
import { isSystem, queryRight } from './guards.ts';
import type { PlannedLine, Request } from './requests.ts';
import { isLifecycle, waits } from './requests.ts';
import type { Masks } from './secrets.ts';
import { hiddenNameIn } from './secrets.ts';
import type { Line, SocketWorld } from './sockets.ts';

/** A line that was sent and is not answered. */
export interface Question {
  readonly line: PlannedLine;
  /** With the id that stood for `latest`. */
  readonly request: Request | null;
  /** Where it ends in what the client has sent. */
  readonly end: number;
  /** The shutdown had begun when it was sent. */
  readonly goingDown: boolean;
  /** Its service was known when it was sent, and how many definition sets had been loaded. */
  readonly known: boolean;
  readonly loads: number;
  /** The descriptors that were in force when it was sent. */
  readonly guards: number;
  readonly at: number;
}

/** A command that the policy was given for a client. */
export interface Submission {
  readonly command: string;
  readonly service: string;
  readonly answer: CommandAnswer;
}

/** What all clients of a life share. */
export interface ClientRoom {
  readonly policy: Policy;
  readonly sockets: SocketWorld;
  readonly now: number;
  readonly loads: number;
  /** reload-config may fail. */
  readonly registryWasLost: boolean;
  /** Number of the descriptors that are in force. */
  readonly guardsNow: number;
  /** Number of those that were in force then. */
  guardsAt(time: number): number;
  /** By one of the descriptors that were in force from those on nobody may query some service. */
  brokenSince(since: number): boolean;
  /** What that client held, by each of the descriptors that were in force from those on. */
  masks(identity: Identity, service: string | null, since: number): readonly (number | null)[];
  /** Since when there has been that service without a break; never: infinite. */
  knownSince(key: string): number;
  /** The machine is through: connections may be closed. */
  readonly over: boolean;
  /** The latest operation anyone has heard of. */
  latest: string;
  /** The latest job that was made. */
  latestJob: string;
  /** Of an operation, followed to the one it was merged into. */
  final(operation: string): OperationRecord | null;
  /** Kinds of answers that were seen. */
  readonly seen: Set<string>;
  answered: number;
}

export const maxConnections = 32;
export const maxPerUser = 8;
export const idleSeconds = 30;
const tardinessNs = 1e9;

export class Client {
  readonly pid: number;
  readonly uid: number;
  readonly identity: Identity;
  readonly #room: ClientRoom;
  readonly #line: Line;
  #open: Question[] = [];
  /** Questions of #open whose turn is over. */
  #passed = 0;
  /** What the policy was given, oldest first, and is not answered. */
  readonly #submissions: Submission[] = [];
  #sentBytes = 0;
  #text = '';
  #phase: 'asking' | 'streaming' | 'following' | 'lagged' | 'hung-up' | 'gone' = 'asking';
  #inputEnded = false;
  #reading = true;
  #lastEvent: number | null = null;
  #wantsAll = false;
  #followed: Followed | null = null;
  /** Records of what it was refused, and answers that need one. */
  #records = 0;
  #refused = 0;
  /** When it began to read, or last stopped; and when it last went on, which takes a moment to catch up. */
  #behindSince = 0;
  #readsSince = 0;
  /** Why the answer to the oldest question is due, and since when. */
  #due: { readonly why: string; readonly since: number } | null = null;

  constructor(room: ClientRoom, pid: number, uid: number, identity: Identity) {
    this.pid = pid;
    this.uid = uid;
    this.identity = identity;
    this.#room = room;
    this.#line = room.sockets.connect(pid, uid, { received: (text) => this.#received(text), ended: (how) => this.#ended(how) });
  }

  /** It can ask. */
  get isOpen(): boolean {
    return this.#phase === 'asking' && !this.#inputEnded;
  }

  /** It can ask, and has nothing to wait for. */
  get isIdle(): boolean {
    return this.isOpen && this.#open.length === 0;
  }

  /** It may still be served: those that hung up are, until the server has closed. */
  get isGone(): boolean {
    return this.#phase === 'gone';
  }

  say(lines: readonly PlannedLine[], pieces: boolean): void {
    if (!this.isOpen) return;
    const text = lines.map((line) => this.#ask(line)).join('');
    this.#line.send(text, pieces);
  }

  endInput(): void {
    if (!this.isOpen) return;
    this.#inputEnded = true;
    this.#line.endInput();
  }

  hangUp(): void {
    if (this.#phase === 'gone') return;
    this.#phase = 'hung-up';
    this.#line.hangUp();
  }

  setReading(on: boolean): void {
    if (on && !this.#reading) this.#readsSince = this.#room.now;
    // Who stops again before it has caught up is as far behind as before.
    if (!on && this.#reading && this.#hasCaughtUp) this.#behindSince = this.#room.now - tardinessNs;
    this.#reading = on;
    this.#line.setReading(on);
  }

  /** The control room has the policy carry out a command for this client. */
  submitted(submission: Submission): void {
    const { command, service, answer } = submission;
    const at = this.#open.findIndex((question, index) => index >= this.#passed && isFor(submission, question));
    must(at >= 0, () => `process ${this.pid} had not asked for ${command} of ${service}, or it was carried out already`);
    const { rights } = commands[command as CommandName];
    must(
      this.may(foldName(service), rights),
      () => `${command} of ${service} was carried out for process ${this.pid}, ${this.identity.name}`,
    );
    must(this.#line.read >= (this.#open[at]?.end ?? 0), () => `${command} of ${service} was carried out before it was read`);
    this.#submissions.push(submission);
    if (answer.kind === 'accepted') this.#room.latest = answer.operation;
    this.#passed = at + 1;
  }

  /** By the descriptors that are in force. */
  may(service: string | null, rights: number): boolean {
    const [mask = null] = this.#room.masks(this.identity, service, this.#room.guardsNow);
    return mask !== null && (mask & rights) === rights;
  }

  /** It was refused, and that is in the records. */
  recorded(): void {
    this.#records += 1;
  }

  /** Nobody waits for something that is over, and nobody stays who wants nothing. */
  check(): void {
    const idleNs = this.#room.now - this.#line.writtenAt;
    const isTolerated = !this.isIdle || !this.#reading || idleNs <= idleSeconds * 1e9 + tardinessNs;
    must(isTolerated, () => `the connection of process ${this.pid} has been idle for ${idleNs} ns`);
    const why = this.#phase === 'asking' && this.#reading ? this.#overdue() : null;
    if (why === null || this.#due?.why !== why) this.#due = why === null ? null : { why, since: this.#room.now };
    const since = this.#due?.since ?? this.#room.now;
    must(this.#room.now - since <= tardinessNs, () => `process ${this.pid} is not answered: ${why}`);
  }

  /** All answers that are due were given. */
  checkEnd(): void {
    if (this.#phase !== 'asking') return;
    const [question] = this.#open;
    if (question === undefined || this.#line.read < question.end) return;
    must(false, () => `process ${this.pid} was never answered: ${this.#words(question)}`);
  }

  #ask(line: PlannedLine): string {
    const { policy, latest, loads } = this.#room;
    const request = line.kind === 'bad' ? null : meant(line.request, latest, this.#room.latestJob);
    const text = line.kind === 'bad' ? line.text : JSON.stringify(request);
    this.#sentBytes += Buffer.byteLength(text) + 1;
    const goingDown = policy.machine().shuttingDown;
    const known = request?.service !== undefined && policy.service(request.service)?.definitionRemoved === false;
    this.#open.push({ line, request, end: this.#sentBytes, goingDown, known, loads, guards: this.#room.guardsNow, at: this.#room.now });
    return `${text}\n`;
  }

  /** Why the oldest question must be answered by now; null: it need not. */
  #overdue(): string | null {
    const [question] = this.#open;
    if (question === undefined || this.#line.read < question.end) return null;
    const { request } = question;
    if (request === null) return 'its line is no request';
    if (request.command === 'reload-config' || request.command === 'explain') return null;
    if (request.command === 'machine-status' && request.wait === true)
      return this.#room.policy.machine().phase === 'booting' ? null : 'the boot is over';
    if (request.command === 'job-stop' && waits(request))
      return this.#room.policy.job(request.job_id ?? '') === null ? 'the job is gone' : null;
    if (!isLifecycle(request) || !waits(request)) return `${request.command} waits for nothing`;
    const [submission] = this.#submissions;
    if (submission?.answer.kind !== 'accepted' || !isFor(submission, question))
      return `${request.command} of ${request.service} was refused, or there was nothing to do`;
    const { operation } = submission.answer;
    const record = this.#room.final(operation);
    return record !== null && !isOver(record) ? null : `operation ${operation} (${request.command} of ${request.service}) is over`;
  }

  #received(text: string): void {
    this.#text += text;
    const end = this.#text.lastIndexOf('\n');
    if (end < 0) return;
    const lines = this.#text.slice(0, end).split('\n');
    this.#text = this.#text.slice(end + 1);
    for (const line of lines) {
      const answer = parse(line);
      if (this.#phase === 'streaming') this.#event(answer, line);
      else if (this.#phase === 'following') this.#lines(answer, line);
      else this.#answer(answer, line);
    }
  }

  #answer(answer: Answer, text: string): void {
    must(this.#phase === 'asking', () => `process ${this.pid} is ${this.#phase} and got ${text}`);
    const question = this.#open.shift();
    must(question !== undefined, () => `process ${this.pid} got an answer to nothing: ${text}`);
    // A line that is too long is refused as soon as it is.
    const isRead = this.#line.read >= question.end || answer['code'] === 'REQUEST_TOO_LARGE';
    must(isRead, () => `process ${this.pid} was answered before its request was read: ${text}`);
    this.#passed = Math.max(0, this.#passed - 1);
    this.#due = null;
    const [oldest] = this.#submissions;
    // Refused before it came to the policy: another one of the same kind may have come to it.
    const submission = oldest !== undefined && isFor(oldest, question) && canAnswer(oldest.answer, answer) ? oldest : null;
    if (submission !== null) this.#submissions.shift();
    if (answer['code'] === 'ACCESS_DENIED') this.#refused += 1;
    must(this.#refused <= this.#records, () => `process ${this.pid}, ${this.#words(question)}: the refusal left no record`);
    const problem = checkAnswer(this.#room, this.identity, question, submission?.answer ?? null, answer, text);
    must(problem === null, () => `process ${this.pid}, ${this.#words(question)}: ${problem}: ${text}`);
    this.#room.answered += 1;
    this.#room.seen.add(`${question.request?.command ?? 'no request'} ${answer['code'] ?? 'ok'}`);
    if (question.line.kind === 'bad' && question.line.closes) this.#open = [];
    if (question.request !== null && answer['status'] === 'ok') this.#begins(question.request, question);
  }

  /** What follows the answer to some is a stream. */
  #begins({ command, events, services }: Request, { at, guards }: Question): void {
    if (command !== 'subscribe' && command !== 'follow') return;
    this.#phase = command === 'subscribe' ? 'streaming' : 'following';
    this.#behindSince = at;
    this.#readsSince = this.#room.now;
    this.#wantsAll = events === undefined;
    const [asked] = services ?? [];
    this.#followed = createFollowed(
      asked === undefined ? null : foldName(asked),
      () => isSystem(this.identity) && !this.#room.brokenSince(guards),
    );
    this.#open = [];
  }

  #lines(answer: Answer, text: string): void {
    const sees = (key: string): boolean => {
      const masks = this.#room.masks(this.identity, key, this.#room.guardsAt(this.#toldSince));
      return masks.some((mask) => mask !== null && (mask & queryRight) !== 0);
    };
    const problem = this.#followed?.take(answer, sees) ?? null;
    must(problem === null, () => `process ${this.pid}, ${this.identity.name}, follows: ${problem}: ${text}`);
  }

  #event(answer: Answer, text: string): void {
    if (answer['kind'] === 'lagged') {
      this.#phase = 'lagged';
      return;
    }
    const id = answer['id'];
    must(answer['kind'] === 'event' && typeof id === 'number', () => `process ${this.pid} got something else than an event: ${text}`);
    must(isEventLine(answer), () => `process ${this.pid} got an event that the schema does not have: ${text}`);
    const latest = this.#toldSince;
    const told: Masks = (service) => this.#room.masks(this.identity, service, this.#room.guardsAt(latest));
    // Whose request was refused on what is no state.
    const hidden = answer['event'] === 'access.denied' ? null : hiddenNameIn(text, told, this.#room, latest, null);
    must(hidden === null, () => `process ${this.pid}, ${this.identity.name}, was told of ${hidden}: ${text}`);
    const last = this.#lastEvent;
    const inOrder = last === null || (this.#missesNone() ? id === last + 1 : id > last);
    must(inOrder, () => `event ${id} came after ${last}`);
    if (!this.#wantsAll) must(String(answer['event']).startsWith('service.'), () => `process ${this.pid} did not want ${text}`);
    this.#lastEvent = id;
  }

  /** When what it is told now happened at the earliest: of one that reads all the time, just now. */
  get #toldSince(): number {
    return this.#hasCaughtUp ? this.#room.now - tardinessNs : this.#behindSince;
  }

  get #hasCaughtUp(): boolean {
    return this.#reading && this.#room.now - this.#readsSince > tardinessNs;
  }

  /** Whether it hears of every event there is. */
  #missesNone(): boolean {
    return this.#wantsAll && isSystem(this.identity) && !this.#room.brokenSince(this.#room.guardsAt(this.#behindSince));
  }

  #ended(how: 'closed' | 'farewell'): void {
    const { sockets, over } = this.#room;
    if (how === 'farewell') return this.hangUp();
    if (this.#phase === 'asking' && !over) {
      const [question] = this.#open;
      const read = question !== undefined && this.#line.read >= question.end;
      // Who has to be closed and does not read loses what it was told.
      const isStuck = !this.#reading && this.#open.some(({ line }) => line.kind === 'bad' && line.closes);
      // Whoever has no right makes room when it is needed.
      const isDismissed = !isSystem(this.identity) && sockets.open >= maxConnections - 4;
      must(!read || isStuck || isDismissed, () => `process ${this.pid} lost its connection with ${this.#words(question)} unanswered`);
      const isFull = this.#line.read === 0 && sockets.open >= maxConnections;
      const idle = this.#room.now - this.#line.writtenAt >= idleSeconds * 1e9;
      must(
        isFull || isDismissed || idle || isStuck || this.#inputEnded,
        () => `the connection of process ${this.pid} was closed although it was not idle`,
      );
    }
    this.#phase = 'gone';
  }

  #words(question: Question | undefined): string {
    if (question === undefined) return 'nothing';
    return question.request === null ? 'a line that is no request' : JSON.stringify(question.request);
  }
}

const meant = (request: Request, operation: string, job: string): Request => {
  if (request.operation_id === 'latest') return { ...request, operation_id: operation };
  return request.job_id === 'latest' ? { ...request, job_id: job } : request;
};

const isFor = ({ command, service }: Submission, { request }: Question): boolean =>
  request?.command === command && foldName(request.service ?? '') === foldName(service);

function parse(line: string): Answer {
  try {
    return JSON.parse(line) as Answer;
  } catch {
    return must(false, () => `an answer is no JSON: ${line}`) as never;
  }
}
