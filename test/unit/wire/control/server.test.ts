import t from 'tap';
import { createControlServer } from '../../../../src/wire/control/server.ts';
import { Echo, serve } from '../../../support/control-server.ts';
import type { LineClient } from '../../../support/line-client.ts';
import { openRealRoom } from '../../../support/real-room.ts';
import { until } from '../../../support/wait.ts';

t.test('CTL-002 CTL-016 WIRE-038 many lines in one write are answered one by one in order', async (t) => {
  const { client } = serve(t);
  const one = await client();
  const count = 2000;
  one.send(...Array.from({ length: count }, (_, n) => ({ n })));
  for (let n = 0; n < count; n++) t.equal((await one.answer())['n'], n);
});

t.test('CTL-002 a request that comes one byte at a time is served', async (t) => {
  const { client, protocol } = serve(t);
  const one = await client();
  await one.bytewise('{"n":7}\n{"n":8}\n');
  t.equal((await one.answer())['n'], 7);
  t.equal((await one.answer())['n'], 8);
  t.equal(protocol.requests.length, 2);
});

t.test('CTL-016 lines behind a pending wait are handled after it', async (t) => {
  const { client, protocol } = serve(t);
  const one = await client();
  one.send({ n: 1, later: true }, { n: 2 }, { n: 3, later: true }, { n: 4 });
  await until('the first request', () => protocol.open.length === 1);
  const two = await client();
  t.equal((await two.ask({ n: 9 }))['n'], 9);
  t.equal(protocol.requests.length, 2, 'nothing behind the wait was touched');
  t.notOk(one.hasLine);
  protocol.release();
  t.strictSame(await one.answer(), { n: 1, released: true });
  t.equal((await one.answer())['n'], 2);
  await until('the third request', () => protocol.open.length === 1);
  t.notOk(one.hasLine);
  protocol.release();
  t.equal((await one.answer())['n'], 3);
  t.equal((await one.answer())['n'], 4);
});

t.test('CTL-011 WIRE-019 a line of 65536 bytes is served, one more gets REQUEST_TOO_LARGE and end of file', async (t) => {
  const { client } = serve(t);
  const one = await client();
  const line = (bytes: number): string => `{"n":1,"pad":"${'x'.repeat(bytes - 16)}"}`;
  t.equal(line(65536).length, 65536);
  t.equal((await one.ask(line(65536)))['size'], 65536);
  one.send(line(65537));
  const refused = await one.answer();
  t.equal(refused['code'], 'REQUEST_TOO_LARGE');
  t.match(refused['message'], /65536 bytes \(MaxRequestSize\)/);
  t.equal(await one.end(), '');
  t.equal(one.error, null, 'an orderly end, no reset');
});

t.test('CTL-011 a line without newline is refused as soon as it is too long, and buffered input is dropped', async (t) => {
  const { client, protocol, server } = serve(t, { maxRequestSize: 1024 });
  const one = await client();
  one.raw('x'.repeat(1025));
  t.equal((await one.answer())['code'], 'REQUEST_TOO_LARGE');
  t.equal(await one.end(), '');
  one.raw('\n{"n":1}\n');
  one.halfClose();
  await until('the connection to be forgotten', () => server.connections === 0);
  t.same(protocol.requests, []);
});

t.test('CTL-011 a client that is still writing a huge line reads its refusal', async (t) => {
  const { client, server } = serve(t);
  const one = await client();
  one.raw('y'.repeat(8_000_000));
  t.equal((await one.answer())['code'], 'REQUEST_TOO_LARGE');
  t.equal(await one.end(), '');
  one.halfClose();
  await until('the connection to be forgotten', () => server.connections === 0);
  t.equal(one.error, null);
});

t.test('CTL-015 WIRE-018 an empty line gets MALFORMED_REQUEST and end of file, answers before it are kept', async (t) => {
  const { client, protocol } = serve(t);
  const one = await client();
  one.raw('{"n":1}\n\n{"n":2}\n');
  t.equal((await one.answer())['n'], 1);
  const refused = await one.answer();
  t.equal(refused['code'], 'MALFORMED_REQUEST');
  t.match(refused['message'], /the line is empty/);
  t.equal(await one.end(), '');
  t.equal(one.error, null);
  t.equal(protocol.requests.length, 1, 'what came behind it is not served');
});

t.test('CTL-015 WIRE-018 a malformed line gets MALFORMED_REQUEST and the connection stays open', async (t) => {
  const { client } = serve(t);
  const one = await client();
  const bad: [string | Uint8Array, RegExp][] = [
    ['{', /ends too early/],
    ['[]', /not a JSON object/],
    ['"x"', /not a JSON object/],
    ['null', /not a JSON object/],
    [' ', /not a JSON object/],
    ['{} {}', /goes on after/],
    ['{"a":1,"a":1}', /the member "a" twice/],
    ['{"a":"\\ud800"}', /unpaired surrogate/],
    [`{"a":${'['.repeat(32)}${']'.repeat(32)}}`, /deeper than 32/],
    ['\ufeff{}', /byte order mark/],
    [Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d), /not UTF-8/],
    [Uint8Array.of(0x7b, 0x22, 0xed, 0xa0, 0x80, 0x22, 0x3a, 0x31, 0x7d), /not UTF-8/],
  ];
  for (const [line, why] of bad) {
    one.send(line);
    const refused = await one.answer();
    t.equal(refused['code'], 'MALFORMED_REQUEST', String(line));
    t.match(refused['message'], why, String(line));
    t.strictSame(Object.keys(refused), ['status', 'code', 'message']);
  }
  t.equal((await one.ask({ n: 5 }))['n'], 5);
});

t.test('CTL-010 the 33rd connection reads end of file without a byte, and the next one is served when another has left', async (t) => {
  const { client, server, protocol } = serve(t);
  const clients: LineClient[] = [];
  for (let n = 0; n < 32; n++) {
    const one = await client();
    t.equal((await one.ask({ n }))['n'], n);
    clients.push(one);
  }
  const over = await client();
  t.equal(await over.end(), '');
  t.equal(protocol.requests.length, 32);
  clients[7]!.close();
  await until('a connection to be forgotten', () => server.connections === 31);
  const next = await client();
  t.equal((await next.ask({ n: 99 }))['n'], 99);
});

t.test('CTL-017 a connection whose peer cannot be told is closed without a byte', async (t) => {
  const protocol = new Echo();
  protocol.admit = () => null;
  const { client, server } = serve(t, {}, protocol);
  const one = await client();
  one.send({ n: 1 });
  t.equal(await one.end(), '');
  t.equal(server.connections, 0);
  t.same(protocol.requests, []);
});

t.test('CTL-012 a silent connection is closed after ConnectionTimeout without a response, one that waits never is', async (t) => {
  const { client, protocol } = serve(t, { connectionTimeoutSeconds: 1 });
  const waiting = await client();
  waiting.send({ n: 1, later: true });
  await until('the request', () => protocol.open.length === 1);
  const silent = await client();
  const started = performance.now();
  t.equal(await silent.end(), '');
  const elapsed = performance.now() - started;
  t.ok(elapsed > 900, `closed after ${elapsed} ms`);
  const another = await client();
  t.equal(await another.end(), '', 'two timeouts have passed by now');
  t.notOk(waiting.ended);
  protocol.release();
  t.equal((await waiting.answer())['n'], 1);
  const answered = performance.now();
  t.equal(await waiting.end(), '', 'and then its own time begins');
  t.ok(performance.now() - answered > 900);
});

t.test('CTL-012 bytes of an unfinished line do not keep a connection open', async (t) => {
  const { client, server } = serve(t, { connectionTimeoutSeconds: 1 });
  const one = await client();
  const trickle = setInterval(() => one.raw('{'), 100);
  t.teardown(() => clearInterval(trickle));
  t.equal(await one.end(), '');
  t.equal(server.connections, 0);
});

t.test('CTL-012 requests keep a connection open', async (t) => {
  const { client } = serve(t, { connectionTimeoutSeconds: 1 });
  const one = await client();
  const other = await client();
  let n = 0;
  const asking = setInterval(() => one.send({ n: n++ }), 100);
  t.teardown(() => clearInterval(asking));
  await other.end();
  for (let read = 0; read < 15; read++) t.equal((await one.answer())['n'], read);
});

t.test('CTL-012 a request that came in time is answered, however late process 1 gets to it', async (t) => {
  const { client, loop } = serve(t, { connectionTimeoutSeconds: 1 });
  const one = await client();
  t.equal((await one.ask({ n: 1 }))['n'], 1);
  const busyUntil = process.hrtime.bigint() + 1_500_000_000n;
  const stopped = Promise.withResolvers<void>();
  loop.at(0n, () => {
    one.send({ n: 2 });
    while (process.hrtime.bigint() < busyUntil);
    stopped.resolve();
  });
  await stopped.promise;
  t.equal((await one.answer())['n'], 2);
  t.equal(await one.end(), '', 'and then it is idle');
});

t.test('CTL-010 changed limits hold for the next connection', async (t) => {
  const { client, settings } = serve(t, { maxRequestSize: 2048 });
  const one = await client();
  t.equal((await one.ask({ n: 1 }))['n'], 1);
  Object.assign(settings, { maxRequestSize: 1024, maxControlConnections: 2 });
  const long = `{"n":2,"pad":"${'x'.repeat(1500)}"}`;
  t.equal((await one.ask(long))['n'], 2);
  const two = await client();
  t.equal((await two.ask(long))['code'], 'REQUEST_TOO_LARGE');
  const three = await client();
  t.equal(await three.end(), '');
});

t.test('CTL-016 a client that has ended its side still gets all its answers', async (t) => {
  const { client, protocol, server } = serve(t);
  const one = await client();
  one.send({ n: 1 }, { n: 2, later: true }, { n: 3 });
  one.halfClose();
  t.equal((await one.answer())['n'], 1);
  await until('the second request', () => protocol.open.length === 1);
  protocol.release();
  t.equal((await one.answer())['n'], 2);
  t.equal((await one.answer())['n'], 3);
  t.equal(await one.end(), '');
  await until('the connection to be forgotten', () => server.connections === 0);
  t.same(protocol.left, []);
});

t.test('CTL-018 requests of a client that left are carried out, and nothing waits for it', async (t) => {
  const { client, protocol, server } = serve(t);
  const one = await client();
  one.send({ n: 1, later: true }, { n: 2 }, { n: 3, later: true }, { n: 4 });
  await until('the first request', () => protocol.open.length === 1);
  one.close();
  await until('the connection to be forgotten', () => server.connections === 0);
  t.strictSame(
    protocol.requests.map((request) => request['n']),
    [1, 2, 3, 4],
  );
  t.equal(protocol.left.length, 2, 'both waits were given up');
  for (const { connection } of protocol.open) connection.answer('{"late":true}');
  const two = await client();
  t.equal((await two.ask({ n: 5 }))['n'], 5);
});

t.test('CTL-012 a client that reads nothing stops being read, and gets every answer once it reads again', async (t) => {
  const { client, protocol } = serve(t, { connectionTimeoutSeconds: 1 });
  const one = await client();
  one.pause();
  const pad = 'z'.repeat(900);
  const count = 30_000;
  protocol.request = (_connection, request) => {
    protocol.requests.push(request);
    return JSON.stringify({ n: request['n'], pad });
  };
  for (let n = 0; n < count; n++) one.send({ n });
  let served = 0;
  await until('the server to stop reading', () => {
    const still = served === protocol.requests.length && served > 0;
    served = protocol.requests.length;
    return still;
  });
  t.ok(served < count, `${served} of ${count} were served while nothing was read`);
  const other = await client();
  await other.end();
  one.resume();
  for (let n = 0; n < count; n++) if ((await one.answer())['n'] !== n) t.fail(`answer ${n} is missing`);
  t.equal(protocol.requests.length, count);
});

t.test('CTL-016 a connection with thousands of lines does not hold up another one', async (t) => {
  const { client, protocol } = serve(t);
  const busy = await client();
  const quick = await client();
  t.equal((await quick.ask({ n: 0 }))['n'], 0);
  const flood = Buffer.from('{"n":1}\n'.repeat(8000));
  busy.raw(flood);
  await until('the flood to begin', () => protocol.requests.length > 1);
  const before = protocol.requests.length;
  quick.send({ n: 2 });
  await quick.answer();
  const between = protocol.requests.findIndex((request) => request['n'] === 2) - before;
  t.ok(between < 8000 - before, `served after ${between} lines of the flood`);
  for (let n = 0; n < 8000; n++) await busy.line();
});

t.test('WIRE-024 a handler that throws is answered with INTERNAL_ERROR, and the connection goes on', async (t) => {
  const { client, protocol } = serve(t);
  const one = await client();
  const refused = await one.ask({ throw: true });
  t.equal(refused['code'], 'INTERNAL_ERROR');
  t.match(refused['message'], /on purpose/);
  t.equal(protocol.left.length, 1, 'what it may have begun to wait for is dropped');
  t.equal((await one.ask({ n: 1 }))['n'], 1);
});

t.test('an answer too large for one write arrives whole', async (t) => {
  const { client, protocol } = serve(t);
  const text = 'ä"\\\u2028'.repeat(200_000);
  protocol.request = () => JSON.stringify({ text });
  const one = await client();
  t.equal((await one.ask({}))['text'], text);
  t.equal((await one.ask({}))['text'], text);
});

t.test('a stream carries lines, takes nothing more and never idles out', async (t) => {
  const { client, protocol, server } = serve(t, { connectionTimeoutSeconds: 1 });
  const one = await client();
  one.send({ stream: true }, { n: 1 });
  t.strictSame(await one.answer(), { first: true });
  const other = await client();
  await other.end();
  const { connection } = protocol.open[0]!;
  t.equal(connection.send('{"event":1}'), true);
  t.strictSame(await one.answer(), { event: 1 });
  t.equal(protocol.requests.length, 1);
  one.close();
  await until('the connection to be forgotten', () => server.connections === 0);
  t.strictSame(protocol.left, [connection]);
});

t.test('a reader of a stream that is too slow gets whole lines, its last words and end of file', async (t) => {
  const { client, protocol, server } = serve(t, { connectionTimeoutSeconds: 20 });
  const one = await client();
  one.send({ stream: true });
  t.strictSame(await one.answer(), { first: true });
  one.pause();
  const { connection } = protocol.open[0]!;
  const line = JSON.stringify({ pad: 'q'.repeat(1000) });
  let sent = 0;
  await until('the limit of unsent bytes', () => {
    for (let n = 0; n < 50; n++) {
      if (!connection.send(line)) return true;
      sent++;
    }
    return false;
  });
  t.ok(sent * line.length > 262_144);
  connection.finish('{"last":true}');
  t.equal(connection.send(line), true, 'nothing more is taken');
  one.resume();
  let seen = 0;
  for (;;) {
    const answer = await one.answer();
    if (answer['last'] === true) break;
    t.equal(answer['pad'].length, 1000);
    seen++;
  }
  t.ok(seen > 0 && seen < sent, `${seen} of ${sent} lines were sent before the end`);
  t.equal(await one.end(), '');
  one.halfClose();
  await until('the connection to be forgotten', () => server.connections === 0);
});

t.test('CTL-001 the socket is open to everybody, and a stale one is replaced', async (t) => {
  const { path, client } = serve(t);
  const { statSync } = await import('node:fs');
  t.equal(statSync(path).mode & 0o777, 0o666);
  const room = openRealRoom(t);
  const again = createControlServer({
    kernel: room.kernel,
    loop: room.loop,
    path,
    settings: () => ({ maxControlConnections: 1, maxControlConnectionsPerUser: 1, maxRequestSize: 1024, connectionTimeoutSeconds: 1 }),
    protocol: new Echo(),
  });
  t.equal(again.start(), 0);
  t.teardown(() => again.close());
  t.equal((await (await client()).ask({ n: 3 }))['n'], 3);
});

t.test('CTL-001 when descriptors run out the socket rests for a moment and then goes on, without a busy loop', async (t) => {
  let refusals = 3;
  let calls = 0;
  const { client } = serve(t, {}, new Echo(), (kernel) => ({
    ...kernel,
    accept(fd) {
      calls++;
      return refusals-- > 0 ? -24 : kernel.accept(fd);
    },
  }));
  const one = await client();
  t.equal((await one.ask({ n: 1 }))['n'], 1);
  t.ok(calls <= 5, `${calls} calls`);
});

t.test('CTL-016 requests and answers in pieces of any size, on a kernel that interrupts, reads little and writes less', async (t) => {
  let call = 0;
  const { client } = serve(t, {}, new Echo(), (kernel) => ({
    ...kernel,
    read: (fd, into) => (++call % 3 === 0 ? -4 : kernel.read(fd, into.subarray(0, 1 + (call % 7)))),
    write: (fd, data, offset, length) => (++call % 4 === 0 ? -11 : kernel.write(fd, data, offset, Math.min(length, 1 + (call % 5)))),
  }));
  const one = await client();
  const count = 200;
  one.send(...Array.from({ length: count }, (_, n) => ({ n, pad: 'ä'.repeat(n % 9) })));
  for (let n = 0; n < count; n++) t.equal((await one.answer())['n'], n);
});
