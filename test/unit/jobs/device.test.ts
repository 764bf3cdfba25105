/** The device of the kernel, played by a socket: it has the same bytes. */
import { once } from 'node:events';
import { closeSync, openSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { createServer } from 'node:net';
import type { Test } from 'tap';
import t from 'tap';
import { createDevice } from '../../../src/jobs/device.ts';
import type { JsonObject } from '../../../src/json/text.ts';
import { openRealRoom } from '../../support/real-room.ts';
import { until } from '../../support/wait.ts';

function requestFrame(id: number, token: number, body: string): Buffer {
  const head = Buffer.alloc(12);
  head.writeUInt32LE(8 + Buffer.byteLength(body), 0);
  head.writeUInt32LE(id, 4);
  head.writeInt32LE(token, 8);
  return Buffer.concat([head, Buffer.from(body)]);
}

async function open(test: Test, ofToken: (fd: number) => string | null = () => 'S-1-5-18') {
  const { kernel, loop, directory } = openRealRoom(test);
  const path = `${directory}/jfs`;
  const server = createServer();
  server.listen(path);
  await once(server, 'listening');
  const connected = once(server, 'connection') as Promise<[Socket]>;
  const asked: { readonly peer: string; readonly request: JsonObject }[] = [];
  const warnings: string[] = [];
  const closed: number[] = [];
  const device = createDevice<string>({
    kernel: {
      ...kernel,
      open: () => kernel.connectStream(path),
      close(fd) {
        closed.push(fd);
        return fd >= 1_000_000 ? 0 : kernel.close(fd);
      },
    },
    loop,
    limit: () => 1000,
    ofToken,
    request(asker, request) {
      asked.push({ peer: asker.peer, request });
      asker.stream(`{"status":"ok","job_id":"${asked.length}"}`);
    },
    warn: (text) => void warnings.push(text),
    note: () => undefined,
  });
  device.open();
  const [peer] = await connected;
  let answers = Buffer.alloc(0);
  peer.on('data', (bytes: Buffer) => {
    answers = Buffer.concat([answers, bytes]);
  });
  test.teardown(() => {
    device.close();
    peer.destroy();
    server.close();
  });
  return { peer, asked, warnings, closed, answers: () => answers };
}

t.test('JFS-001 JFS-003 D-84 a request of the device is handled like one of the socket, and answered with the id of its job', async (t) => {
  const room = await open(t);
  room.peer.write(
    Buffer.concat([requestFrame(7, 1_000_001, '{"image_path":"/bin/a"}'), requestFrame(8, 1_000_002, '{"image_path":"/bin/b"}')]),
  );
  await until('both', () => room.asked.length === 2);
  t.strictSame(room.asked, [
    { peer: 'S-1-5-18', request: { image_path: '/bin/a' } },
    { peer: 'S-1-5-18', request: { image_path: '/bin/b' } },
  ]);
  t.strictSame(room.closed, [1_000_001, 1_000_002], 'the descriptors of the tokens do not stay');
  await until('the answers', () => room.answers().length === 2 * (8 + 28));
  t.strictSame([room.answers().readUInt32LE(0), room.answers().readUInt32LE(4)], [32, 7]);
  t.equal(room.answers().subarray(8, 36).toString(), '{"status":"ok","job_id":"1"}');
});

t.test('JFS-002 D-84 one that is no request, or comes with no token, is refused by an answer', async (t) => {
  const nobody = await open(t, () => null);
  nobody.peer.write(requestFrame(1, 1_000_001, '{"image_path":"/bin/a"}'));
  await until('the answer', () => nobody.answers().length > 8);
  t.match(nobody.answers().subarray(8).toString(), /"code":"ACCESS_DENIED"/);
  const room = await open(t);
  room.peer.write(requestFrame(2, 1_000_001, '{'));
  await until('the answer', () => room.answers().length > 8);
  t.match(room.answers().subarray(8).toString(), /"code":"MALFORMED_REQUEST"/);
  t.strictSame([...room.asked, ...nobody.asked], []);
});

t.test('BOOT-023 a device that ends or says what is no request is given up with a warning', async (t) => {
  const ended = await open(t);
  ended.peer.end();
  await until('the warning', () => ended.warnings.length === 1);
  t.strictSame(ended.warnings, ['/dev/jfs has ended; jobs come over the socket alone']);
  const garbled = await open(t);
  garbled.peer.write(Buffer.alloc(4));
  await until('the warning', () => garbled.warnings.length === 1);
  t.strictSame(garbled.warnings, ['/dev/jfs said what is no request; jobs come over the socket alone']);
});

t.test('BOOT-022 BOOT-023 one that cannot be opened, or not be waited for, is a warning', async (t) => {
  const { kernel, loop, directory } = openRealRoom(t);
  const warnings: string[] = [];
  const notes: string[] = [];
  const base = {
    kernel,
    loop,
    limit: () => 1000,
    ofToken: () => null,
    request: () => undefined,
    warn: (text: string) => void warnings.push(text),
    note: (text: string) => void notes.push(text),
  };
  createDevice({ ...base, path: `${directory}/none` }).open();
  writeFileSync(`${directory}/plain`, '');
  const before = openSync('/dev/null', 'r');
  createDevice({ ...base, path: `${directory}/plain` }).open();
  const after = openSync('/dev/null', 'r');
  const [missing, ...others] = notes;
  const [plain, ...rest] = warnings;
  t.match(missing, /none cannot be opened: ENOENT .*; jobs come over the socket alone/);
  t.match(plain, /plain cannot be waited for: .*; jobs come over the socket alone/);
  t.strictSame([...others, ...rest], []);
  t.equal(after, before + 1, 'no descriptor is left');
  closeSync(before);
  closeSync(after);
});
