import type { JsonObject } from '../../json/text.ts';
import { errno } from '../../kernel/errno.ts';
import type { Interest, Ready, Watch } from '../../kernel/loop.ts';
import type { LineReader } from '../line-reader.ts';
import { createLineReader } from '../line-reader.ts';
import type { Outbox } from '../outbox.ts';
import { createOutbox } from '../outbox.ts';
import type { Holder } from '../places.ts';
import { Closing, farewellNs } from './closing.ts';
import { IdleTimer } from './idle.ts';
import type { Connection, ConnectionLimits } from './protocol.ts';
import { failedOn, RefusedLine, requestIn, tooLong } from './request-line.ts';
import type { ConnectionRoom, Served } from './room.ts';
import type { ClientSide, State } from './state.ts';
import { closed, handling, serving, waiting } from './state.ts';
import { Streaming } from './streaming.ts';
import type { Queued } from './turns.ts';

/** Unsent bytes beyond which no further line is taken. */
const maxUnsentAnswers = 262_144;
const nsPerSecond = 1_000_000_000n;

/** By what is wanted: hang-ups are noticed with each of them. */
const interests: readonly Interest[] = [
  { priority: true },
  { priority: true, read: true },
  { priority: true, write: true },
  { priority: true, read: true, write: true },
];

/** One client of the control socket. What it can be in: state.ts. */
export class OpenConnection<Peer> implements Connection<Peer>, Served, Queued {
  readonly peer: Peer;
  readonly holder: Holder;
  readonly #room: ConnectionRoom<Peer>;
  readonly #fd: number;
  readonly #limits: ConnectionLimits;
  readonly #reader: LineReader;
  readonly #outbox: Outbox;
  readonly #watch: Watch;
  readonly #idle: IdleTimer;
  #state: State = serving;
  #client: ClientSide = 'open';
  /** Of the line at hand, beside its bytes. */
  #charged = 0;
  #scheduled = false;
  #queued = false;

  constructor(room: ConnectionRoom<Peer>, fd: number, peer: Peer, holder: Holder, limits: ConnectionLimits) {
    this.peer = peer;
    this.holder = holder;
    this.#room = room;
    this.#fd = fd;
    this.#limits = limits;
    this.#reader = createLineReader(limits.maxRequestSize);
    this.#outbox = createOutbox(room.kernel, fd, room.output);
    this.#watch = room.loop.watch(fd, interests[1] as Interest, 'control', (ready) => this.#charging(() => this.#onReady(ready)));
    this.#idle = new IdleTimer({
      kernel: room.kernel,
      loop: room.loop,
      limitNs: BigInt(limits.connectionTimeoutSeconds) * nsPerSecond,
      resting: () => this.#state.phase === 'serving' && this.#client !== 'gone' && !this.#reader.pending && this.#outbox.unsent === 0,
      onIdle: () => this.#onIdle(),
    });
  }

  get isHeard(): boolean {
    return this.#client !== 'gone';
  }

  answer(text: string): void {
    const { phase } = this.#state;
    if (phase !== 'handling' && phase !== 'waiting') return;
    this.#state = serving;
    this.#outbox.push(text);
    if (phase === 'waiting') this.#schedule();
  }

  charge(bytes: number): void {
    this.#charged += bytes;
  }

  stream(first: string): void {
    const { phase } = this.#state;
    if (phase !== 'handling' && phase !== 'waiting') return;
    this.#state = new Streaming(this.#outbox, first);
    this.#reader.clear();
    if (this.#outbox.flush() === 'gone') this.#leave();
    else this.#schedule();
  }

  send(line: string): boolean {
    if (this.#state.phase !== 'streaming') return true;
    const outcome = this.#state.send(line);
    if (outcome === 'taken') this.#schedule();
    else if (outcome === 'gone') this.#leave();
    return outcome !== 'full';
  }

  finish(last: string | null): void {
    if (this.#state.phase !== 'streaming') return;
    this.#outbox.dropWaiting();
    this.#conclude(last);
  }

  conclude(last: string | null): void {
    if (this.#state.phase === 'streaming') this.#conclude(last);
  }

  #conclude(last: string | null): void {
    this.#beginClosing(last, BigInt(this.#limits.connectionTimeoutSeconds) * nsPerSecond);
    this.#schedule();
  }

  end(): void {
    if (this.#state.phase !== 'closed' && this.#client !== 'gone') this.#outbox.flush();
    this.close();
  }

  close(): void {
    const state = this.#state;
    if (state.phase === 'closed') return;
    this.#state = closed;
    this.#idle.cancel();
    if (state.phase === 'closing') state.cancel();
    this.#watch.close();
    this.#room.kernel.close(this.#fd);
    this.#reader.clear();
    this.#outbox.clear();
    // The protocol may hold on to it.
    if (state.phase === 'handling' || state.phase === 'waiting' || state.phase === 'streaming') this.#room.protocol.gone(this);
    this.#room.closed(this);
  }

  resume(): void {
    this.#scheduled = false;
    if (this.#open() && this.#client !== 'gone') this.#advance();
  }

  goOn(mostLines: number): void {
    this.#queued = false;
    if (!this.#open()) return;
    this.#charging(() => {
      if (this.#client === 'gone') this.#carryOut(mostLines);
      else {
        this.#takeLines(mostLines);
        this.#send();
      }
    });
  }

  /** Of all that is done for it, reading and writing too. */
  #charging(act: () => void): void {
    const { kernel, turns } = this.#room;
    if (this.holder.isSystem) return act();
    const since = kernel.monotonicNs();
    act();
    turns.shares.charge(this.holder, since);
  }

  look(): void {
    const { kernel, output } = this.#room;
    // After the farewell the own side is ended as well, which looks the same.
    if (!this.#open() || this.#client === 'gone' || this.#state.phase === 'closing') return;
    if (kernel.write(this.#fd, output, 0, 0) === -errno.EPIPE) this.#leave();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#room.again(this);
  }

  #queue(): void {
    if (this.#queued) return;
    this.#queued = true;
    this.#room.turns.queue(this);
  }

  #onReady(ready: Ready): void {
    const state = this.#state;
    if (ready.closed && (state.phase !== 'closing' || this.#client !== 'open')) {
      this.#leave();
      return;
    }
    if (ready.priority) {
      // Out-of-band data has no place here, and would wake the loop for ever.
      this.close();
      return;
    }
    if (state.phase === 'closing') this.#discard(state);
    else if (ready.readable && this.#wantsInput()) this.#read();
    if (this.#open()) this.#advance();
  }

  /** Asked after calls that may have changed the state. */
  #open(): boolean {
    return this.#state.phase !== 'closed';
  }

  #wantsInput(): boolean {
    return this.#state.phase === 'serving' && this.#client === 'open' && !this.#reader.pending && this.#outbox.unsent <= maxUnsentAnswers;
  }

  #read(): void {
    const got = this.#receive();
    if (got > 0) this.#reader.push(this.#room.input, got);
  }

  #discard(closing: Closing): void {
    if (this.#client === 'open' && !closing.discard(this.#receive())) this.close();
  }

  /** How many bytes came; notices that the client has ended its side. */
  #receive(): number {
    const { kernel, input } = this.#room;
    const got = kernel.read(this.#fd, input);
    if (got > 0) return got;
    if (got !== -errno.EAGAIN && got !== -errno.EINTR && this.#client === 'open') this.#client = 'ended';
    return 0;
  }

  /** Takes lines unless others wait for their turn, and sends. */
  #advance(): void {
    if (this.#reader.pending && this.#room.turns.isFree(this.holder)) this.#takeLines(Number.POSITIVE_INFINITY);
    this.#send();
  }

  /** Sends what there is, and settles what to wait for. */
  #send(): void {
    this.#reader.keep();
    if (this.#outbox.flush() === 'gone') {
      this.#leave();
      return;
    }
    if (this.#outbox.unsent === 0) this.#afterSending();
    else if (this.#state.phase === 'serving' && this.#reader.pending && this.#outbox.unsent <= maxUnsentAnswers) this.#queue();
    if (this.#open()) this.#settleInterest();
  }

  #afterSending(): void {
    const state = this.#state;
    if (state.phase === 'closing') {
      if (this.#client === 'open') state.sayFarewell();
      else this.close();
    }
    if (state.phase !== 'serving') return;
    if (this.#reader.pending) this.#queue();
    else if (this.#client === 'ended') this.close();
    // Bytes of an unfinished line are no reason to stay.
    else this.#idle.rest();
  }

  #settleInterest(): void {
    const read = this.#wantsInput() || (this.#state.phase === 'closing' && this.#client === 'open') ? 1 : 0;
    this.#watch.update(interests[read + (this.#outbox.unsent > 0 ? 2 : 0)] as Interest);
  }

  #takeLines(most: number): void {
    const { turns } = this.#room;
    for (let taken = 0; taken < most && turns.mayTake(this.holder); taken++) {
      if (this.#state.phase !== 'serving' || this.#outbox.unsent > maxUnsentAnswers) return;
      const found = this.#reader.next();
      if (found === 'line') {
        this.#take();
        continue;
      }
      if (found === 'too-long') this.#refuse(tooLong(this.#limits.maxRequestSize));
      return;
    }
  }

  #take(): void {
    this.#idle.work();
    const before = this.#outbox.unsent;
    const length = this.#reader.end - this.#reader.start;
    const request = requestIn(this.#reader);
    if (request instanceof RefusedLine) this.#refuse(request);
    else this.#serve(request);
    this.#room.turns.spend(length + this.#outbox.unsent - before + this.#charged);
    this.#charged = 0;
  }

  #serve(request: JsonObject): void {
    const { protocol } = this.#room;
    this.#state = handling;
    try {
      const answer = protocol.request(this, request);
      if (answer !== null) this.answer(answer);
    } catch (error) {
      // Whatever it had begun to wait for must not answer a later request.
      protocol.gone(this);
      this.answer(failedOn(error).text);
    }
    if (this.#state === handling) this.#state = waiting;
  }

  #refuse({ text, closes }: RefusedLine): void {
    if (closes || this.#room.protocol.refusalsClose === true) this.#beginClosing(text, farewellNs);
    else this.#outbox.push(text);
  }

  #beginClosing(last: string | null, withinNs: bigint): void {
    const { kernel, loop } = this.#room;
    this.#idle.cancel();
    this.#state = new Closing({ kernel, loop, fd: this.#fd, withinNs, onDeadline: () => this.close() });
    if (last !== null) this.#outbox.push(last);
    this.#reader.clear();
  }

  /** The client is gone. What it has sent is carried out all the same, if it changes something. CTL-018. */
  #leave(): void {
    const { phase } = this.#state;
    if (phase === 'streaming' || phase === 'closing') {
      this.close();
      return;
    }
    this.#client = 'gone';
    this.#outbox.clear();
    this.#idle.cancel();
    this.#watch.update({});
    this.#stopWaiting();
    if (!this.#reader.pending) this.#read();
    if (!this.#reader.pending || !this.#room.left(this)) {
      this.close();
      return;
    }
    this.#reader.keep();
    this.#queue();
  }

  #stopWaiting(): void {
    if (this.#state.phase !== 'waiting') return;
    this.#state = serving;
    this.#room.protocol.gone(this);
  }

  #carryOut(most: number): void {
    if (!this.#reader.pending) this.#read();
    if (!this.#reader.pending) {
      this.close();
      return;
    }
    const { turns } = this.#room;
    for (let taken = 0; taken < most && turns.mayTake(this.holder) && this.#reader.pending && this.#state.phase === 'serving'; taken++) {
      if (this.#reader.next() === 'line') this.#take();
      this.#stopWaiting();
      this.#outbox.clear();
    }
    // Bad enough to be closed for: nobody would see it.
    if (this.#state.phase !== 'serving') this.close();
    else {
      this.#reader.keep();
      this.#queue();
    }
  }

  #onIdle(): void {
    // A busy turn may be late for the request that came in time.
    this.#read();
    if (this.#reader.pending || this.#client === 'ended') this.#advance();
    else this.close();
  }
}
