/**
 * The bytes of /dev/jfs, which no specification has: frames with their length before them, all numbers little-endian. A request is
 * length (u32, of what follows it), id (u32), descriptor of the caller's token (i32), and a request as JSON; an answer is length, id of its
 * request, and an answer as JSON. D-84.
 */

/** One request as it was read. `body` lies in memory that the next one may overwrite. */
export interface RequestFrame {
  readonly id: number;
  readonly token: number;
  readonly body: Buffer;
}

const lengthBytes = 4;
const headBytes = 8;
const none = Buffer.alloc(0);

/** Takes pieces of any size and gives whole frames out. Bounded before it keeps anything. */
export class FrameReader {
  readonly #limit: number;
  #held: Buffer = none;

  /** `limit`: bytes of a body. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The frames that are whole now; null: what came is no frame, and nothing sensible follows, ever. */
  push(piece: Uint8Array): readonly RequestFrame[] | null {
    this.#held = this.#held.length === 0 ? Buffer.from(piece) : Buffer.concat([this.#held, piece]);
    const frames: RequestFrame[] = [];
    for (;;) {
      if (this.#held.length < lengthBytes) return frames;
      const length = this.#held.readUInt32LE(0);
      if (length < headBytes || length - headBytes > this.#limit) return null;
      if (this.#held.length < lengthBytes + length) return frames;
      frames.push({
        id: this.#held.readUInt32LE(lengthBytes),
        token: this.#held.readInt32LE(2 * lengthBytes),
        body: this.#held.subarray(lengthBytes + headBytes, lengthBytes + length),
      });
      this.#held = this.#held.subarray(lengthBytes + length);
    }
  }
}

/** An answer to the request of that id. */
export function answerFrame(id: number, text: string): Buffer {
  const body = Buffer.from(text);
  const frame = Buffer.alloc(2 * lengthBytes + body.length);
  frame.writeUInt32LE(lengthBytes + body.length, 0);
  frame.writeUInt32LE(id, lengthBytes);
  body.copy(frame, 2 * lengthBytes);
  return frame;
}
