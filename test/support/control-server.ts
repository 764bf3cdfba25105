/** A control server with a protocol that echoes. */
import type { Test } from 'tap';
import type { JsonObject } from '../../src/json/text.ts';
import type { Kernel } from '../../src/kernel/kernel.ts';
import type { Connection, Protocol } from '../../src/wire/control/protocol.ts';
import type { ControlSettings } from '../../src/wire/control/server.ts';
import { createControlServer } from '../../src/wire/control/server.ts';
import type { Holder } from '../../src/wire/places.ts';
import { LineClient } from './line-client.ts';
import { openRealRoom } from './real-room.ts';

/** Answers every request with its own number; one with "later" is left open until release(). */
export class Echo implements Protocol<string> {
  readonly requests: JsonObject[] = [];
  readonly open: { readonly connection: Connection<string>; readonly request: JsonObject }[] = [];
  readonly left: Connection<string>[] = [];
  admitted = 0;
  /** Whoever connects next; 'somebody' is SYSTEM, and nobody has a right. */
  peer = 'somebody';
  admit(_fd: number): string | null {
    this.admitted++;
    return this.peer;
  }
  holder(peer: string): Holder {
    return { user: peer, isSystem: peer === 'somebody' };
  }
  hasStanding(peer: string): boolean {
    return !peer.startsWith('nobody');
  }
  request(connection: Connection<string>, request: JsonObject): string | null {
    this.requests.push(request);
    if (request['throw'] === true) throw new Error('on purpose');
    if (request['later'] !== true && request['stream'] !== true)
      return JSON.stringify({ n: request['n'], size: JSON.stringify(request).length });
    this.open.push({ connection, request });
    if (request['stream'] === true) connection.stream('{"first":true}');
    return null;
  }
  gone(connection: Connection<string>): void {
    this.left.push(connection);
  }
  release(): void {
    const { connection, request } = this.open.shift()!;
    connection.answer(JSON.stringify({ n: request['n'], released: true }));
  }
}

/** A control server on a real socket. */
export function serve(
  test: Test,
  settings: Partial<ControlSettings> = {},
  protocol = new Echo(),
  change: (kernel: Kernel) => Kernel = (kernel) => kernel,
) {
  const room = openRealRoom(test);
  const path = `${room.directory}/control.sock`;
  const current = {
    maxControlConnections: 32,
    maxControlConnectionsPerUser: 32,
    maxRequestSize: 65536,
    connectionTimeoutSeconds: 30,
    ...settings,
  };
  const server = createControlServer({ kernel: change(room.kernel), loop: room.loop, path, settings: () => current, protocol });
  test.equal(server.start(), 0);
  const clients: LineClient[] = [];
  test.teardown(() => {
    for (const client of clients) client.close();
    server.close();
  });
  async function client(): Promise<LineClient> {
    const opened = await LineClient.open(path);
    clients.push(opened);
    return opened;
  }
  return { ...room, server, protocol, client, settings: current, path };
}
