/**
 * Process 1's connection to the event daemon, for as long as that is up: a greeting that it answers with the ids that it holds of this
 * boot, then records one behind the other, and acknowledgements back. Nothing of it is ever waited for. What the daemon does wrong ends
 * the connection and is tried again later; what it leaves unread stays in the rings. PSD-007 12.1, LOG-014 to -017, WIRE-041.
 */
import { errnoName } from '../kernel/errno.ts';
import type { Clock, Descriptors, Lines, Sockets } from '../kernel/kernel.ts';
import type { Loop, LoopDeadline } from '../kernel/loop.ts';
import type { Effect, ServiceChanged } from '../policy/effects.ts';
import { eventdKey } from '../policy/platform-daemons.ts';
import { createLink } from '../wire/link.ts';
import type { OutgoingBytes } from '../wire/outgoing-bytes.ts';
import { createOutgoingBytes } from '../wire/outgoing-bytes.ts';
import { createReconnecting } from '../wire/reconnecting.ts';
import { parseAcknowledged, putLine, putLines, putLoss } from './eventd-records.ts';
import type { HandOver } from './hand-over.ts';
import type { Flow } from './pipe-turns.ts';
import { createProgress } from './progress.ts';
import type { Ids, Sink, SinkEvents } from './sink.ts';

export interface EventdLinkParts {
  readonly kernel: Sockets & Descriptors & Clock & Lines;
  readonly loop: Loop;
  /** LogSocketPath in force. */
  readonly path: () => string;
  /** The line with which a connection begins. */
  readonly hello: () => string;
  /** The service of that daemon is up. */
  readonly isUp: () => boolean;
  readonly events: SinkEvents;
  readonly handOver: () => Pick<HandOver, 'done' | 'sent' | 'settled'>;
  /** It is another one, or there is more room. */
  readonly onFlow: () => void;
  readonly warn: (text: string) => void;
}

export interface EventdLink {
  readonly sink: Sink;
  readonly flow: Flow;
  onEffect(effect: Effect): void;
}

const firstPauseMs = 100;
const longestPauseMs = 10_000;
/** How long it may take to answer the greeting. */
const answerMs = 5_000;
const attemptMs = 2 * answerMs;
/** A daemon that was told to end gets what others said before it; when nothing has come for so long, that was all. */
const quietMs = 20;
const leaveMs = 2_000;
const maxAnswerBytes = 1024;
const outgoing = { usualBytes: 256 * 1024, mostBytes: 9 * 1024 * 1024 };
const look = `what it has not acknowledged is kept and sent again; \`peiosctl status ${eventdKey}\` tells more`;

const nobody = { log: 0, event: 0 };

export function createEventdLink(parts: EventdLinkParts): EventdLink {
  const { kernel, loop, events, warn } = parts;
  /** Answers the attempt that is under way. */
  let answer: ((failure: string | null) => void) | null = null;
  let overdue: LoopDeadline | null = null;
  /** What it holds, as far as it said. */
  let held: Ids = nobody;
  let standing = false;
  /** It was told that nothing follows. */
  let left = false;
  /** Why the last connection was lost; null: that is told, or explained. */
  let lostBy: string | null = null;
  /** It did something wrong, and nothing well since. */
  let complained = false;

  const progress = createProgress(kernel, loop, parts.onFlow);
  const after = (ms: number, body: () => void): LoopDeadline => loop.at(kernel.monotonicNs() + BigInt(ms) * 1_000_000n, body);

  const link = createLink<OutgoingBytes>({
    kernel,
    loop,
    refusal: strangerAt,
    lane: 'output',
    name: 'it',
    maxLine: maxAnswerBytes,
    readBytes: 16 * 1024,
    outgoing: (fd) => createOutgoingBytes(kernel, fd, outgoing),
    events: {
      opened(failure) {
        if (failure !== null) return answered(failure);
        if (link.out !== null) putLine(link.out, parts.hello());
        link.flush();
        progress.expect();
        overdue = after(answerMs, () => broken(`does not answer the greeting within ${answerMs / 1000} s`));
      },
      line: (bytes, start, end) => heard(bytes.toString('utf8', start, end)),
      writable: () => standing && !left && events.room(),
      lost,
    },
  });

  const connection = createReconnecting({
    kernel,
    loop,
    firstPauseMs,
    longestPauseMs,
    attemptMs,
    wanted: parts.isUp,
    connect(done) {
      if (lostBy !== null) complain(`the connection to the event daemon (eventd) was lost: ${lostBy}`);
      answer = done;
      link.open(parts.path());
    },
    connected() {
      standing = true;
      left = false;
      events.begins(held);
      progress.acknowledged(parts.handOver().settled);
    },
    failed: (reason) => complain(`the event daemon (eventd) takes no output: ${reason}`),
  });

  /** Who could put a socket of its own there would read what all services write. O-122. */
  function strangerAt(fd: number): string | null {
    const peer = kernel.peerCredentials(fd);
    if (typeof peer === 'number') return `the kernel does not tell who listens: ${errnoName(peer)}`;
    if (peer.uid === 0) return null;
    return `uid ${peer.uid} listens, and output is for root alone; run eventd as SYSTEM, and set LogSocketPath below a directory of root`;
  }

  function complain(what: string): void {
    lostBy = null;
    if (complained) return;
    complained = true;
    warn(`${what}; ${look}`);
  }

  function answered(failure: string | null): void {
    const done = answer;
    answer = null;
    overdue?.cancel();
    overdue = null;
    done?.(failure);
  }

  function heard(text: string): void {
    const ids = parseAcknowledged(text);
    const sent = parts.handOver().sent;
    if (ids === null) return broken('answers what is no acknowledgement');
    if (ids.log > sent.log || ids.event > sent.event) return broken('acknowledges what it was never sent');
    if (!standing) {
      held = ids;
      return answered(null);
    }
    const isMore = ids.log > held.log || ids.event > held.event;
    held = { log: Math.max(held.log, ids.log), event: Math.max(held.event, ids.event) };
    events.acknowledged(held);
    if (!isMore) return;
    complained = false;
    connection.well();
    if (!left) progress.acknowledged(parts.handOver().settled);
    parts.onFlow();
  }

  /** Whatever it is, it is not what we speak with. */
  function broken(what: string): void {
    complain(`the event daemon (eventd) ${what}, and the connection is dropped`);
    link.close();
    lost(what);
    lostBy = null;
  }

  function lost(reason: string): void {
    progress.end();
    if (!standing) return answered(reason);
    standing = false;
    connection.lost();
    if (!left) events.ended();
    if (!parts.isUp()) return;
    lostBy = reason;
    connection.later();
  }

  function changed({ from, to }: ServiceChanged): void {
    if (to === 'stopping') return takeLeave();
    if (to !== 'active' || from === 'reloading') return;
    // What is left of its last life says nothing of this one.
    if (standing) {
      link.close();
      lost('it was started anew');
    }
    lostBy = null;
    complained = false;
    connection.now();
  }

  /** Others stop before it, and what they said last may not have been read yet. */
  function takeLeave(): void {
    const end = kernel.monotonicNs() + BigInt(leaveMs) * 1_000_000n;
    let before: Ids = nobody;
    const wait = (): void =>
      void after(quietMs, () => {
        if (!standing || left) return;
        const sent = parts.handOver().sent;
        const isQuiet = sent.log === before.log && sent.event === before.event && parts.handOver().done;
        before = sent;
        if (!isQuiet && kernel.monotonicNs() < end) return wait();
        left = true;
        events.ended();
        progress.end();
        link.finish();
      });
    wait();
  }

  /** Puts something into what goes out. */
  function put<T>(nothing: T, into: (out: OutgoingBytes) => T): T {
    const { out } = link;
    if (out === null || left) return nothing;
    const taken = into(out);
    if (taken !== nothing) progress.expect();
    return taken;
  }

  return {
    sink: {
      lines: (burst, skip) => put(0, (out) => putLines(kernel, out, burst, skip)),
      event: (line) => put(false, (out) => putLine(out, line)),
      loss: (loss) => put(false, (out) => putLoss(out, loss)),
      flush: (more) => link.flush(more),
    },
    get flow() {
      return progress.flow;
    },
    onEffect(effect) {
      if (effect.kind === 'service-changed' && effect.key === eventdKey) changed(effect);
    },
  };
}
