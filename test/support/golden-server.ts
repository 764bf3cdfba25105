/** A daemon that knows no more than golden lines: it keeps what it is asked, and answers what the test has put up for that. */
import { mkdtempSync, rmSync } from 'node:fs';
import type { Server, Socket } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';
import type { Json, JsonObject } from '../conformance/json.ts';
import { isObject, parseJson, printJson } from '../conformance/json.ts';

/** What is said to one request: lines, and whether the connection ends behind them. An `id` in them becomes that of the request. */
export interface Script {
  readonly lines: readonly JsonObject[];
  readonly ends?: true;
}

export interface GoldenServer {
  readonly path: string;
  /** Requests since the last call, without what relates answers to them. */
  asked(): readonly Json[];
  /** What the next requests are answered. */
  put(...scripts: readonly Script[]): void;
}

export async function openGoldenServer(t: Test): Promise<GoldenServer> {
  // The path of a socket has little room.
  const directory = mkdtempSync(join(tmpdir(), 'golden-'));
  const path = join(directory, 'socket');
  const scripts: Script[] = [];
  const asked: Json[] = [];
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    let pending = '';
    socket.setEncoding('utf8');
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    socket.on('data', (text: string) => {
      pending += text;
      for (let end = pending.indexOf('\n'); end >= 0; end = pending.indexOf('\n')) {
        serve(socket, pending.slice(0, end));
        pending = pending.slice(end + 1);
      }
    });
  });
  const serve = (socket: Socket, line: string): void => {
    const request = parseJson(line);
    const id = isObject(request) ? request['id'] : undefined;
    asked.push(id === undefined || !isObject(request) ? request : { ...request, id: 1 });
    const script = scripts.shift();
    if (script === undefined) return void socket.destroy();
    const told = script.lines.map((one) => (id === undefined || !Object.hasOwn(one, 'id') ? one : { ...one, id }));
    socket.write(told.map((one) => `${printJson(one)}\n`).join(''));
    if (script.ends === true) socket.end();
  };
  await new Promise<void>((resolve) => server.listen(path, resolve));
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
    rmSync(directory, { recursive: true });
  });
  return {
    path,
    asked: () => asked.splice(0),
    put: (...more) => void scripts.push(...more),
  };
}
