import type { Socket } from 'node:net';

/** Whoever is turned away is so as soon as the daemon gets to it; later it is the end of something else. */
const turnedAwayWithinMs = 2_000;

/**
 * Whether what was written to a socket has been read, once it is closed. A daemon that turns a connection away closes it without reading
 * from it, and then the kernel says ECONNRESET, or takes nothing at all. An end without an error after something was written says that it
 * was read, and what may have been read is never asked again.
 */
export class Unread {
  /** Why it was closed; null: as the other side wanted it. */
  problem: NodeJS.ErrnoException | null = null;
  readonly #socket: Socket;
  readonly #openedAt = performance.now();
  #isWritten = false;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('error', (error) => {
      this.problem ??= error;
    });
  }

  write(text: string): void {
    this.#socket.write(text, (error) => {
      if (error === undefined || error === null) this.#isWritten = true;
    });
  }

  get isTurnedAway(): boolean {
    if (this.#socket.bytesRead > 0 || performance.now() - this.#openedAt > turnedAwayWithinMs) return false;
    return this.problem?.code === 'ECONNRESET' || !this.#isWritten;
  }
}
