/** Who gets a place at the control socket, and when one is free again. */
import type { Test } from 'tap';
import t from 'tap';
import { Echo, serve } from '../../../support/control-server.ts';
import type { LineClient } from '../../../support/line-client.ts';
import { until } from '../../../support/wait.ts';

type Room = ReturnType<typeof serve>;

/** Connects as that peer; true: it is served. */
async function connectAs({ protocol, client }: Room, peer: string): Promise<{ readonly one: LineClient; readonly served: boolean }> {
  const { admitted } = protocol;
  protocol.peer = peer;
  const one = await client();
  await until('it was accepted', () => protocol.admitted > admitted);
  const served = await one.ask({ n: 7 }).then(
    ({ n }) => n === 7,
    () => false,
  );
  return { one, served };
}

async function fill(t: Test, room: Room, peer: string, count: number): Promise<readonly LineClient[]> {
  const clients: LineClient[] = [];
  for (let n = 0; n < count; n++) {
    const { one, served } = await connectAs(room, peer);
    t.ok(served, `${peer} ${n}`);
    clients.push(one);
  }
  const beyond = await connectAs(room, peer);
  t.notOk(beyond.served, `${peer} has no more than ${count}`);
  t.equal(await beyond.one.end(), '', 'closed without a byte');
  return clients;
}

t.test('CTL-010 each user has its own limit, and the last four places are for SYSTEM', async (t) => {
  const room = serve(t, { maxControlConnectionsPerUser: 16 });
  const ann = await fill(t, room, 'ann', 16);
  await fill(t, room, 'bob', 12);
  await fill(t, room, 'somebody', 4);
  ann[3]?.close();
  await until('a place', () => room.server.connections === 31);
  t.ok((await connectAs(room, 'bob')).served, 'what ann gives back');
  t.notOk((await connectAs(room, 'bob')).served);
});

t.test('whoever has no right makes room for those that have, the one that came first', async (t) => {
  const room = serve(t, { maxControlConnections: 8, maxControlConnectionsPerUser: 4 });
  const nobodies = await fill(t, room, 'nobody', 4);
  t.ok((await connectAs(room, 'ann')).served);
  t.equal(await nobodies[0]?.end(), '');
  t.notOk(nobodies[1]?.ended);
  await fill(t, room, 'ann', 3);
  for (const each of nobodies) t.equal(await each.end(), '');
  t.notOk((await connectAs(room, 'nobody')).served, 'and takes the place of none of them');
  await fill(t, room, 'somebody', 4);
});

t.test('CTL-010 at the limit a place that is given back is free in the same turn', async (t) => {
  const room = serve(t);
  for (let round = 0; round < 40; round++) {
    const clients = await Promise.all(Array.from({ length: 32 }, () => room.client()));
    await until('all are there', () => room.server.connections === 32);
    for (const each of clients) each.close();
    const next = await room.client();
    t.equal((await next.ask({ n: round }))['n'], round);
    next.close();
    await until('all have left', () => room.server.connections === 0);
  }
});

t.test('CTL-018 one that has left has no place any more while its requests are carried out', async (t) => {
  const room = serve(t, { maxControlConnections: 1 });
  const one = await room.client();
  const count = 5000;
  one.send({ n: 0, later: true }, ...Array.from({ length: count }, (_, n) => ({ n: n + 1 })));
  await until('the first request', () => room.protocol.open.length === 1);
  await new Promise<void>((done) => one.socket.end(done));
  one.close();
  const two = await room.client();
  t.equal((await two.ask({ n: -1 }))['n'], -1);
  const before = room.protocol.requests.findIndex(({ n }) => n === -1);
  t.ok(before < count, `it was served behind ${before} of them`);
  await until('all are carried out', () => room.protocol.requests.length === count + 2);
  two.close();
  await until('both are forgotten', () => room.server.connections === 0);
});

t.test('a request of one that has left says so', async (t) => {
  const protocol = new Echo();
  const heard: boolean[] = [];
  const plain = protocol.request.bind(protocol);
  protocol.request = (connection, request) => {
    heard.push(connection.isHeard);
    return plain(connection, request);
  };
  const room = serve(t, {}, protocol);
  const one = await room.client();
  one.send({ n: 1, later: true }, { n: 2 });
  await until('the first request', () => heard.length === 1);
  one.close();
  await until('the second', () => heard.length === 2);
  t.strictSame(heard, [true, false]);
});
