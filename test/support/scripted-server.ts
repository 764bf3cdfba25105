/** A server on a Unix socket whose answers the test gives, line by line. */
import { mkdtempSync, rmSync } from 'node:fs';
import type { Socket } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';

export interface ScriptedServer {
  readonly path: string;
  /** The requests so far, of all connections. */
  readonly asked: Record<string, unknown>[];
  readonly connections: Socket[];
}

/** Calls `answer` with each request; what it gives is written, an object as JSON. */
export async function serve(
  t: Test,
  answer: (request: Record<string, unknown>, socket: Socket) => object | string | null,
): Promise<ScriptedServer> {
  const directory = mkdtempSync(join(tmpdir(), 'peinit-scripted-'));
  const path = join(directory, 'server.sock');
  const asked: Record<string, unknown>[] = [];
  const connections: Socket[] = [];
  const server = createServer((socket) => {
    connections.push(socket);
    let pending = '';
    socket.on('error', () => undefined);
    socket.setEncoding('utf8').on('data', (text: string) => {
      const lines = (pending + text).split('\n');
      pending = lines.pop() ?? '';
      for (const line of lines) {
        const request = JSON.parse(line) as Record<string, unknown>;
        asked.push(request);
        const given = answer(request, socket);
        if (given !== null) socket.write(typeof given === 'string' ? given : `${JSON.stringify(given)}\n`);
      }
    });
  });
  await new Promise<void>((done) => void server.listen(path, done));
  t.teardown(() => {
    for (const socket of connections) socket.destroy();
    server.close();
    rmSync(directory, { recursive: true });
  });
  return { path, asked, connections };
}
