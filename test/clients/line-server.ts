/** A server of lines for the tests of client libraries: it says what a test wants it to. */
import type { Socket } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { Test } from 'tap';
import { temporaryDirectory } from '../machine/sandbox/sandbox.ts';

/** By what it does with a connection, which is told its number; gives the path of its socket. */
export async function serve(t: Test, accept: (socket: Socket, number: number) => void): Promise<string> {
  const path = join(temporaryDirectory(t), 'socket');
  let number = 0;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    number += 1;
    accept(socket, number);
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return path;
}

/** Says something to each line that comes on a connection. */
export function onLines(socket: Socket, say: (line: string) => string): void {
  let pending = '';
  socket.setEncoding('utf8');
  socket.on('data', (text: string) => {
    pending += text;
    for (let end = pending.indexOf('\n'); end >= 0; end = pending.indexOf('\n')) {
      const line = pending.slice(0, end);
      pending = pending.slice(end + 1);
      socket.write(say(line));
    }
  });
}

export const serveLines = (t: Test, say: (line: string) => string): Promise<string> => serve(t, (socket) => onLines(socket, say));
