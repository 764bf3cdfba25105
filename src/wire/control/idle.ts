import type { Clock, MonotonicNs } from '../../kernel/kernel.ts';
import type { Loop, LoopDeadline } from '../../kernel/loop.ts';

export interface IdleParts {
  readonly kernel: Pick<Clock, 'monotonicNs'>;
  readonly loop: Loop;
  readonly limitNs: bigint;
  /** Nothing is outstanding now. */
  resting(): boolean;
  /** Nothing was outstanding for that long. */
  onIdle(): void;
}

/** Measures how long a connection has had nothing outstanding. The deadline is not moved with each request; it looks when it comes. */
export class IdleTimer {
  readonly #parts: IdleParts;
  #since: MonotonicNs;
  /** Something was outstanding since then. */
  #worked = false;
  #deadline: LoopDeadline | null = null;

  constructor(parts: IdleParts) {
    this.#parts = parts;
    this.#since = parts.kernel.monotonicNs();
    this.#arm();
  }

  /** Something is outstanding. */
  work(): void {
    this.#worked = true;
  }

  /** Nothing is outstanding any more, or still not. */
  rest(): void {
    if (this.#worked) this.#since = this.#parts.kernel.monotonicNs();
    this.#worked = false;
    this.#arm();
  }

  cancel(): void {
    this.#deadline?.cancel();
  }

  #arm(): void {
    this.#deadline ??= this.#parts.loop.at(this.#until(), () => this.#due());
  }

  #until(): MonotonicNs {
    return this.#since + this.#parts.limitNs;
  }

  #due(): void {
    this.#deadline = null;
    if (!this.#parts.resting()) return;
    if (this.#until() > this.#parts.kernel.monotonicNs()) this.#arm();
    else this.#parts.onIdle();
  }
}
