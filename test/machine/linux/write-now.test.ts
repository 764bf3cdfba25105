/** Writing to what is shared with others, without waiting and without a change to how it behaves for them. */
import { constants, readFileSync } from 'node:fs';
import { constants as osConstants } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { kernel, makeDirectory } from './support.ts';

const { errno } = osConstants;
const bytes = new Uint8Array(100_000).fill(120);

const isNonblocking = (fd: number): boolean =>
  (Number.parseInt(/^flags:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1] ?? '', 8) & constants.O_NONBLOCK) !== 0;

/** Writes until nothing goes any more; how much went, and what the last call said. */
function fill(fd: number): readonly [number, number] {
  let written = 0;
  for (;;) {
    const count = kernel.writeNow(fd, bytes, 0, bytes.length);
    if (count < 0) return [written, count];
    written += count;
  }
}

t.test('a full pipe that blocks says EAGAIN, has room again when it was read, and EPIPE when nobody reads', async (t) => {
  const pipe = kernel.pipe({ nonblockingRead: true, capacity: 65536 });
  if (typeof pipe === 'number') throw new Error(`pipe: ${pipe}`);
  const [read, write] = pipe;
  t.strictSame(fill(write), [65536, -errno.EAGAIN]);
  t.equal(kernel.read(read, new Uint8Array(8192)), 8192);
  t.strictSame(fill(write), [8192, -errno.EAGAIN]);
  t.notOk(isNonblocking(write));
  kernel.close(read);
  t.equal(kernel.writeNow(write, bytes, 0, 1), -errno.EPIPE);
  kernel.close(write);
});

t.test('a socket that cannot be opened anew says EAGAIN when it is full', async (t) => {
  const path = join(makeDirectory(t), 's');
  const listener = kernel.listenStream(path, 0o600, 8);
  const client = kernel.connectStream(path);
  const server = kernel.accept(listener);
  t.equal(kernel.open(`/proc/self/fd/${server}`, constants.O_WRONLY), -errno.ENXIO);
  const [written, last] = fill(server);
  t.ok(written > 0);
  t.equal(last, -errno.EAGAIN);
  t.equal(kernel.read(client, new Uint8Array(10)), 10);
  kernel.close(client);
  t.equal(kernel.writeNow(server, bytes, 0, 1), -errno.EPIPE);
  for (const fd of [listener, server]) kernel.close(fd);
});

t.test('a file takes all, from the offset on, and what is not open says so', async (t) => {
  const path = join(makeDirectory(t), 'f');
  const file = kernel.open(path, constants.O_WRONLY | constants.O_CREAT);
  t.equal(kernel.writeNow(file, Buffer.from('abcdef'), 2, 3), 3);
  t.equal(kernel.writeNow(file, Buffer.from('abcdef'), 4, 3), -errno.EINVAL);
  kernel.close(file);
  t.equal(readFileSync(path, 'utf8'), 'cde');
  t.equal(kernel.writeNow(9999, bytes, 0, 1), -errno.EBADF);
});
