import type { Clock, Sockets } from '../../kernel/kernel.ts';
import type { Loop, LoopDeadline } from '../../kernel/loop.ts';

/** How long the last words may take where nothing says otherwise. */
export const farewellNs = 1_000_000_000n;
/** Bytes of input that are thrown away meanwhile. */
const maxDiscarded = 16_777_216;

export interface ClosingParts {
  readonly kernel: Pick<Sockets & Clock, 'shutdownWrite' | 'monotonicNs'>;
  readonly loop: Loop;
  readonly fd: number;
  readonly withinNs: bigint;
  /** The time is up, whatever is unsent. */
  onDeadline(): void;
}

/** The last words of a connection are on their way; input is thrown away, so that it cannot make the kernel reset what was said. */
export class Closing {
  readonly phase = 'closing';
  readonly #parts: ClosingParts;
  readonly #deadline: LoopDeadline;
  #farewellSaid = false;
  #discarded = 0;

  constructor(parts: ClosingParts) {
    this.#parts = parts;
    this.#deadline = parts.loop.at(parts.kernel.monotonicNs() + parts.withinNs, () => parts.onDeadline());
  }

  /** All is sent: the client reads end of file now, whatever it still sends. */
  sayFarewell(): void {
    if (this.#farewellSaid) return;
    this.#farewellSaid = true;
    this.#parts.kernel.shutdownWrite(this.#parts.fd);
  }

  /** So much more input came. False: it is too much to wait any longer. */
  discard(bytes: number): boolean {
    this.#discarded += bytes;
    return this.#discarded <= maxDiscarded;
  }

  cancel(): void {
    this.#deadline.cancel();
  }
}
