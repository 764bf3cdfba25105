import { once } from 'node:events';
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import type { Test } from 'tap';

/** A connection that sends bytes as they are and gives answers as parsed lines. */
export interface RawConnection {
  readonly socket: Socket;
  send(text: string | Uint8Array): void;
  /** The next line. Rejects when the connection ends before one comes. */
  next(): Promise<Record<string, unknown>>;
  /** Resolves once the peer has closed. */
  readonly closed: Promise<void>;
}

export async function connectRaw(t: Test, path: string): Promise<RawConnection> {
  const socket = connect(path);
  t.teardown(() => socket.destroy());
  await once(socket, 'connect');
  let text = '';
  let over = false;
  const lines: string[] = [];
  const waiting: (() => void)[] = [];
  const wake = (): void => {
    for (const each of waiting.splice(0)) each();
  };
  socket.setEncoding('utf8');
  socket.on('data', (piece: string) => {
    const parts = (text + piece).split('\n');
    text = parts.pop() ?? '';
    lines.push(...parts);
    wake();
  });
  socket.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => {
    socket.on('close', () => {
      over = true;
      resolve();
      wake();
    });
  });
  return {
    socket,
    closed,
    send: (data) => void socket.write(data),
    async next() {
      for (;;) {
        const line = lines.shift();
        if (line !== undefined) return JSON.parse(line) as Record<string, unknown>;
        if (over) throw new Error('the connection is closed');
        await new Promise<void>((resolve) => waiting.push(resolve));
      }
    },
  };
}
