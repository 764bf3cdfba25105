import { errorCodes } from '../../../gen/control/facts.ts';
import type { ErrorCode } from '../../../gen/control/types.ts';
import { JsonFault, parseJsonLine } from '../../json/parser.ts';
import type { JsonObject } from '../../json/text.ts';
import { errno } from '../../kernel/errno.ts';
import type { Clock, Descriptors, MonotonicNs, Sockets } from '../../kernel/kernel.ts';
import type { Deadline, Interest, Loop, Ready, Watch } from '../../kernel/loop.ts';
import type { LineReader } from '../line-reader.ts';
import { createLineReader } from '../line-reader.ts';
import type { Outbox } from '../outbox.ts';
import { createOutbox } from '../outbox.ts';
import { encodeRefusal } from '../refusal.ts';
import type { Connection, ConnectionLimits, Protocol } from './protocol.ts';

/**
 * One client of the control socket. It is in one of these phases:
 *
 * - serving: lines are taken and answered one by one;
 * - waiting: the answer to the latest line comes later; lines behind it stay where they are;
 * - streaming: events go out, nothing is taken any more;
 * - closing: the last words are on their way; input is thrown away, so that it cannot make the kernel reset what was said;
 * - closed.
 *
 * Beside the phase it knows whether the client has ended its own side (it still gets its answers) and whether the client is
 * gone (what it sent is still carried out, but nothing waits for answers). PSD-007 11.1.
 */
export type ConnectionPhase = 'serving' | 'waiting' | 'streaming' | 'closing' | 'closed';

/** What the connections of a server share. */
export interface ConnectionRoom<Peer> {
  readonly kernel: Pick<Descriptors & Sockets & Clock, 'read' | 'write' | 'close' | 'shutdownWrite' | 'monotonicNs'>;
  readonly loop: Loop;
  readonly protocol: Protocol<Peer>;
  /** Every read goes here first. */
  readonly input: Buffer;
  /** Every write that fits goes out from here. */
  readonly output: Buffer;
  /** Has resume() called at the end of this turn, or of one made for it. */
  again(connection: OpenConnection<Peer>): void;
  closed(connection: OpenConnection<Peer>): void;
}

/** Lines of one connection in one turn, so that none keeps the others waiting. */
const linesPerTurn = 128;
/** Unsent bytes beyond which no further line is taken. */
const maxUnsentAnswers = 262_144;
/** Unsent bytes beyond which a subscriber is too slow. O-16. */
const maxUnsentEvents = 262_144;
const nsPerSecond = 1_000_000_000n;
/** How long, and for how many bytes, input is thrown away while the last words are read. */
const closingNs = nsPerSecond;
const maxDiscarded = 16_777_216;

/** By what is wanted: hang-ups are noticed with each of them. */
const interests: readonly Interest[] = [
  { priority: true },
  { priority: true, read: true },
  { priority: true, write: true },
  { priority: true, read: true, write: true },
];

export class OpenConnection<Peer> implements Connection<Peer> {
  readonly peer: Peer;
  readonly #room: ConnectionRoom<Peer>;
  readonly #fd: number;
  readonly #limits: ConnectionLimits;
  readonly #reader: LineReader;
  readonly #outbox: Outbox;
  readonly #watch: Watch;
  #phase: ConnectionPhase = 'serving';
  #inputEnded = false;
  #gone = false;
  /** The reader may hold lines; nothing is read meanwhile. */
  #linesLeft = false;
  #scheduled = false;
  #inRequest = false;
  #farewellSaid = false;
  /** Something was outstanding since #idleSince. */
  #worked = false;
  #discarded = 0;
  /** What may be unsent of a stream; what it began with does not count. */
  #unsentLimit = maxUnsentEvents;
  /** Since when nothing is outstanding. */
  #idleSince: MonotonicNs;
  #deadline: Deadline | null = null;

  constructor(room: ConnectionRoom<Peer>, fd: number, peer: Peer, limits: ConnectionLimits) {
    this.peer = peer;
    this.#room = room;
    this.#fd = fd;
    this.#limits = limits;
    this.#reader = createLineReader(limits.maxRequestSize);
    this.#outbox = createOutbox(room.kernel, fd, room.output);
    this.#watch = room.loop.watch(fd, interests[1] as Interest, 'control', (ready) => this.#onReady(ready));
    this.#idleSince = room.kernel.monotonicNs();
    this.#armIdle();
  }

  answer(text: string): void {
    if (this.#phase !== 'waiting') return;
    this.#phase = 'serving';
    this.#outbox.push(text);
    if (!this.#inRequest) this.#schedule();
  }

  stream(first: string): void {
    if (this.#phase !== 'waiting') return;
    this.#phase = 'streaming';
    this.#reader.clear();
    this.#linesLeft = false;
    this.#outbox.push(first);
    this.#outbox.protect();
    this.#unsentLimit += first.length;
    this.#schedule();
  }

  send(line: string): boolean {
    if (this.#phase !== 'streaming') return true;
    // Many events in one turn are no fault of the reader.
    if (this.#outbox.unsent + line.length > this.#unsentLimit && this.#outbox.flush() === 'gone') {
      this.#leave();
      return true;
    }
    if (this.#outbox.unsent + line.length > this.#unsentLimit) return false;
    this.#outbox.push(line);
    this.#schedule();
    return true;
  }

  finish(last: string): void {
    if (this.#phase !== 'streaming') return;
    this.#outbox.dropWaiting();
    this.#beginClosing(last, BigInt(this.#limits.connectionTimeoutSeconds) * nsPerSecond);
    this.#schedule();
  }

  /** Closes at once, after what the kernel still takes of what was said. */
  end(): void {
    if (this.#phase !== 'closed' && !this.#gone) this.#outbox.flush();
    this.close();
  }

  close(): void {
    if (this.#phase === 'closed') return;
    const awaited = this.#phase === 'waiting' || this.#phase === 'streaming';
    this.#phase = 'closed';
    this.#deadline?.cancel();
    this.#watch.close();
    this.#room.kernel.close(this.#fd);
    this.#reader.clear();
    this.#outbox.clear();
    if (awaited) this.#room.protocol.gone(this);
    this.#room.closed(this);
  }

  /** Goes on at the end of a turn: with lines that were left, or with what was said from elsewhere. */
  resume(): void {
    this.#scheduled = false;
    if (this.#phase === 'closed') return;
    if (this.#gone) this.#carryOut();
    else this.#advance();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#room.again(this);
  }

  #onReady(ready: Ready): void {
    if (ready.closed && (this.#phase !== 'closing' || this.#inputEnded)) {
      this.#leave();
      return;
    }
    if (ready.priority) {
      // Out-of-band data has no place here, and would wake the loop for ever.
      this.close();
      return;
    }
    if (this.#phase === 'closing') this.#discard();
    else if (ready.readable && this.#wantsInput()) this.#read();
    if (this.#open()) this.#advance();
  }

  /** Asked after calls that may have changed the phase. */
  #open(): boolean {
    return this.#phase !== 'closed';
  }

  #wantsInput(): boolean {
    return this.#phase === 'serving' && !this.#inputEnded && !this.#linesLeft && this.#outbox.unsent <= maxUnsentAnswers;
  }

  #read(): void {
    const { kernel, input } = this.#room;
    const got = kernel.read(this.#fd, input);
    if (got > 0) {
      this.#reader.push(input, got);
      this.#linesLeft = true;
    } else if (got !== -errno.EAGAIN && got !== -errno.EINTR) this.#inputEnded = true;
  }

  /** Takes lines as far as it may, sends, and settles what to wait for. */
  #advance(): void {
    if (this.#linesLeft) this.#takeLines();
    this.#reader.keep();
    if (this.#outbox.flush() === 'gone') {
      this.#leave();
      return;
    }
    if (this.#outbox.unsent === 0) this.#afterSending();
    else if (this.#phase === 'serving' && this.#linesLeft && this.#outbox.unsent <= maxUnsentAnswers) this.#schedule();
    if (this.#open()) this.#settleInterest();
  }

  #afterSending(): void {
    if (this.#phase === 'closing') this.#sayFarewell();
    if (this.#phase !== 'serving') return;
    if (this.#linesLeft) this.#schedule();
    else if (this.#inputEnded) this.close();
    else {
      // Bytes of an unfinished line are no reason to stay.
      if (this.#worked) this.#idleSince = this.#room.kernel.monotonicNs();
      this.#worked = false;
      this.#armIdle();
    }
  }

  #settleInterest(): void {
    const read = this.#wantsInput() || (this.#phase === 'closing' && !this.#inputEnded) ? 1 : 0;
    this.#watch.update(interests[read + (this.#outbox.unsent > 0 ? 2 : 0)] as Interest);
  }

  #takeLines(): void {
    for (let taken = 0; taken < linesPerTurn; taken++) {
      if (this.#phase !== 'serving' || this.#outbox.unsent > maxUnsentAnswers) return;
      const found = this.#reader.next();
      if (found === 'line') {
        this.#take();
        continue;
      }
      this.#linesLeft = false;
      if (found === 'too-long')
        this.#refuse('REQUEST_TOO_LARGE', `the line is longer than ${this.#limits.maxRequestSize} bytes (MaxRequestSize)`);
      return;
    }
  }

  #take(): void {
    this.#worked = true;
    const { bytes, start, end } = this.#reader;
    if (start === end) {
      this.#refuse('MALFORMED_REQUEST', 'the line is empty', true);
      return;
    }
    const request = parseJsonLine(bytes, start, end);
    if (request instanceof JsonFault) this.#refuse('MALFORMED_REQUEST', `the line ${request.message}`);
    else this.#serve(request);
  }

  #serve(request: JsonObject): void {
    const { protocol } = this.#room;
    this.#phase = 'waiting';
    this.#inRequest = true;
    try {
      const answer = protocol.request(this, request);
      if (answer !== null) this.answer(answer);
    } catch (error) {
      // Whatever it had begun to wait for must not answer a later request.
      protocol.gone(this);
      this.answer(encodeRefusal('INTERNAL_ERROR', `peinit failed on this request: ${String(error)}. ${errorCodes.INTERNAL_ERROR.remedy}`));
    } finally {
      this.#inRequest = false;
    }
  }

  #refuse(code: ErrorCode, problem: string, closes = errorCodes[code].closes): void {
    const text = encodeRefusal(code, `${problem}. ${errorCodes[code].remedy}`);
    if (closes) this.#beginClosing(text, closingNs);
    else this.#outbox.push(text);
  }

  #beginClosing(last: string, withinNs: bigint): void {
    this.#phase = 'closing';
    this.#outbox.push(last);
    this.#reader.clear();
    this.#linesLeft = false;
    this.#deadline?.cancel();
    this.#deadline = this.#room.loop.at(this.#room.kernel.monotonicNs() + withinNs, () => this.close());
  }

  /** All is sent: the client reads end of file now, whatever it still sends. */
  #sayFarewell(): void {
    if (this.#inputEnded) {
      this.close();
      return;
    }
    if (this.#farewellSaid) return;
    this.#farewellSaid = true;
    this.#room.kernel.shutdownWrite(this.#fd);
  }

  #discard(): void {
    if (this.#inputEnded) return;
    const { kernel, input } = this.#room;
    const got = kernel.read(this.#fd, input);
    if (got > 0) this.#discarded += got;
    else if (got !== -errno.EAGAIN && got !== -errno.EINTR) this.#inputEnded = true;
    if (this.#discarded > maxDiscarded) this.close();
  }

  /** The client is gone. What it has sent is carried out all the same. CTL-018. */
  #leave(): void {
    const phase = this.#phase;
    if (phase === 'streaming' || phase === 'closing') {
      this.close();
      return;
    }
    this.#gone = true;
    this.#outbox.clear();
    this.#deadline?.cancel();
    this.#watch.update({});
    this.#stopWaiting();
    this.#schedule();
  }

  #stopWaiting(): void {
    if (this.#phase !== 'waiting') return;
    this.#phase = 'serving';
    this.#room.protocol.gone(this);
  }

  #carryOut(): void {
    if (!this.#linesLeft && !this.#inputEnded) this.#read();
    if (!this.#linesLeft) {
      this.close();
      return;
    }
    for (let taken = 0; taken < linesPerTurn && this.#linesLeft && this.#phase === 'serving'; taken++) {
      if (this.#reader.next() !== 'line') this.#linesLeft = false;
      else this.#take();
      this.#stopWaiting();
      this.#outbox.clear();
    }
    // Bad enough to be closed for, or the beginning of a stream: nobody would see it.
    if (this.#phase !== 'serving') this.close();
    else {
      this.#reader.keep();
      this.#schedule();
    }
  }

  #armIdle(): void {
    if (this.#deadline !== null) return;
    this.#deadline = this.#room.loop.at(this.#idleUntil(), () => this.#onIdle());
  }

  #idleUntil(): MonotonicNs {
    return this.#idleSince + BigInt(this.#limits.connectionTimeoutSeconds) * nsPerSecond;
  }

  #onIdle(): void {
    this.#deadline = null;
    if (this.#phase !== 'serving' || this.#linesLeft || this.#outbox.unsent > 0 || this.#gone) return;
    if (this.#idleUntil() > this.#room.kernel.monotonicNs()) {
      this.#armIdle();
      return;
    }
    // A busy turn may be late for the request that came in time.
    this.#read();
    if (this.#linesLeft || this.#inputEnded) this.#advance();
    else this.close();
  }
}
