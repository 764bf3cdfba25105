import { mkdtempSync, rmSync } from 'node:fs';
import type { Socket } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';
import t from 'tap';
import { ControlClient } from '../../../clients/typescript/generated/client.ts';
import { connectControl } from '../../../clients/typescript/transport.ts';

async function listen(t: Test, accept: (socket: Socket) => void): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'peinit-transport-'));
  const path = join(directory, 'control.sock');
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    accept(socket);
  });
  await new Promise<void>((done) => void server.listen(path, done));
  t.teardown(() => {
    server.close();
    rmSync(directory, { recursive: true });
  });
  return path;
}

/** Turns the first ones away without reading, then echoes what it is asked. */
async function door(t: Test, turnsAway: number, when: 'at once' | 'when asked' = 'at once') {
  const directory = mkdtempSync(join(tmpdir(), 'peinit-transport-'));
  const path = join(directory, 'control.sock');
  const asked: string[] = [];
  let connections = 0;
  const server = createServer({ pauseOnConnect: true }, (socket: Socket) => {
    socket.on('error', () => undefined);
    if (connections++ < turnsAway) {
      if (when === 'at once') socket.destroy();
      // By then it has been asked.
      else setTimeout(() => socket.destroy(), 5);
      return;
    }
    socket.resume();
    socket.setEncoding('utf8').on('data', (text: string) => {
      for (const line of text.split('\n').slice(0, -1)) {
        asked.push(line);
        socket.write('{"status":"ok","services":[]}\n');
        if (asked.length === 4) socket.destroy();
      }
    });
  });
  await new Promise<void>((done) => void server.listen(path, done));
  t.teardown(() => {
    server.close();
    rmSync(directory, { recursive: true });
  });
  return { path, asked, connections: () => connections };
}

for (const when of ['at once', 'when asked'] as const)
  t.test(`CTL-010 an end before any byte is no answer: it asks again, and says so once (${when})`, async (t) => {
    const { path, asked, connections } = await door(t, 4, when);
    let told = 0;
    const transport = await connectControl(path, { onTurnedAway: () => void told++ });
    t.teardown(() => transport.close());
    const client = new ControlClient(transport);
    t.strictSame(await Promise.all([client.list({}), client.list({})]), [
      { status: 'ok', services: [] },
      { status: 'ok', services: [] },
    ]);
    t.strictSame(asked, ['{"command":"list"}', '{"command":"list"}'], 'each is served once');
    t.equal(connections(), 5);
    t.equal(told, 1);
  });

t.test('what may have been read is not sent again, whatever came before the end', async (t) => {
  for (const said of ['', '{"status":"ok","serv']) {
    let asked = 0;
    const path = await listen(t, (socket) =>
      socket.once('data', () => {
        asked += 1;
        socket.end(said);
      }),
    );
    const transport = await connectControl(path);
    t.teardown(() => transport.close());
    await t.rejects(new ControlClient(transport).list({}), { name: 'ConnectionError', message: /peinit closed the connection/ });
    t.equal(asked, 1);
  }
});

t.test('an answer that nobody asked for, or bytes that are not UTF-8, end the connection', async (t) => {
  const lines = ['{"status":"ok","services":[]}\n', '{"status":"ok","services":[]}\n'];
  const path = await listen(t, (socket) => socket.once('data', () => socket.write(lines.join(''))));
  const transport = await connectControl(path);
  t.teardown(() => transport.close());
  const client = new ControlClient(transport);
  await client.list({});
  await t.rejects(client.list({}), { name: 'ProtocolError', message: /does not speak the protocol/ });

  const bytes = Buffer.from('{"status":"ok","services":["\u00e9"]}\n', 'latin1');
  const other = await connectControl(await listen(t, (socket) => socket.once('data', () => socket.write(bytes))));
  t.teardown(() => other.close());
  await t.rejects(new ControlClient(other).list({}), { name: 'ProtocolError', message: /not UTF-8/ });
});

t.test('an end after an answer is the end', async (t) => {
  const { path, connections } = await door(t, 0);
  const transport = await connectControl(path);
  t.teardown(() => transport.close());
  const client = new ControlClient(transport);
  for (let count = 0; count < 4; count++) await client.list({});
  await t.rejects(client.list({}), { name: 'ConnectionError', message: /peinit closed the connection|failed: / });
  await t.rejects(client.list({}), { name: 'ConnectionError' });
  t.equal(connections(), 1);
});

t.test('after some seconds it gives up and says what the limits are called', async (t) => {
  const { path, connections } = await door(t, Number.POSITIVE_INFINITY);
  const begun = performance.now();
  const transport = await connectControl(path);
  await t.rejects(new ControlClient(transport).list({}), {
    name: 'ConnectionError',
    message: /MaxControlConnections, MaxControlConnectionsPerUser/,
  });
  t.ok(performance.now() - begun > 4_900);
  t.ok(connections() < 40, `${connections()} connections`);
});
