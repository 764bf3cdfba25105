import type { Socket } from 'node:net';
import { connect } from 'node:net';
import type { Test } from 'tap';
import t from 'tap';
import { errno } from '../../../src/kernel/errno.ts';
import type { Kernel } from '../../../src/kernel/kernel.ts';
import { createListener } from '../../../src/wire/listener.ts';
import { openRealRoom } from '../../support/real-room.ts';
import { until } from '../../support/wait.ts';

/** A listener that keeps what it accepts, or does with it what `accepted` says; accept(2) fails as the script says first. */
function listen(t: Test, accepted?: (fd: number) => boolean) {
  const room = openRealRoom(t);
  const path = `${room.directory}/l.sock`;
  const taken: number[] = [];
  const script: number[] = [];
  const calls: number[] = [];
  const kernel: Kernel = {
    ...room.kernel,
    accept(fd) {
      const result = script.shift() ?? room.kernel.accept(fd);
      calls.push(result);
      return result;
    },
  };
  const keep = (fd: number): boolean => taken.push(fd) > 0;
  const listener = createListener({ kernel, loop: room.loop, path, mode: 0o600, accepted: accepted ?? keep });
  t.equal(listener.start(), 0);
  const sockets: Socket[] = [];
  t.teardown(() => {
    listener.close();
    for (const fd of taken) room.kernel.close(fd);
    for (const socket of sockets) socket.destroy();
  });
  function client(): { readonly ended: () => boolean } {
    let ended = false;
    const socket = connect(path);
    sockets.push(socket);
    socket
      .on('error', () => undefined)
      .on('close', () => {
        ended = true;
      });
    socket.resume();
    return { ended: () => ended };
  }
  return { ...room, path, taken, script, calls, listener, client };
}

t.test('every connection that waits is taken, many in one turn', async (t) => {
  const { taken, client } = listen(t);
  for (let n = 0; n < 20; n++) client();
  await until('twenty connections', () => taken.length === 20);
  t.equal(new Set(taken).size, 20);
});

t.test('one that is not wanted reads end of file, also where taking it throws', async (t) => {
  let answer: 'no' | 'throw' = 'no';
  const { client, errors } = listen(t, () => {
    if (answer === 'throw') throw new Error('on purpose');
    return false;
  });
  const one = client();
  await until('the end of the first', one.ended);
  answer = 'throw';
  const two = client();
  await until('the end of the second', two.ended);
  t.strictSame(
    errors.splice(0).map((error) => (error as Error).message),
    ['on purpose'],
  );
});

t.test('while there are no descriptors accepting rests, and who waits is taken once there are some again', async (t) => {
  const { taken, client, script, calls } = listen(t);
  script.push(-errno.EMFILE, -errno.ENFILE);
  const begun = performance.now();
  client();
  client();
  await until('both connections', () => taken.length === 2);
  t.ok(performance.now() - begun >= 190, 'two rests of 100 ms');
  t.strictSame(calls.slice(0, 2), [-errno.EMFILE, -errno.ENFILE], 'asked once for each of them');
  t.ok(calls.length <= 6, `${calls.length} calls`);
});

t.test('a connection that was given up while it waited, and a signal, keep nobody waiting', async (t) => {
  const { taken, client, script } = listen(t);
  script.push(-errno.ECONNABORTED, -errno.EINTR);
  const begun = performance.now();
  client();
  await until('the connection', () => taken.length === 1);
  t.ok(performance.now() - begun < 100, 'no rest');
});

t.test('a path that cannot be listened at is an errno, and a closed listener takes nobody, not even after a rest', async (t) => {
  const { kernel, loop, directory, listener, script, taken, client, calls } = listen(t);
  const nowhere = createListener({ kernel, loop, path: `${directory}/no/l.sock`, mode: 0o600, accepted: () => true });
  t.equal(nowhere.start(), -errno.ENOENT);
  nowhere.close();
  script.push(-errno.EMFILE);
  const waiting = client();
  await until('the rest', () => calls.length === 1);
  listener.close();
  await until('the end of the one who waited', waiting.ended);
  let rested = false;
  loop.at(kernel.monotonicNs() + 200_000_000n, () => {
    rested = true;
  });
  await until('the rest to be over', () => rested);
  t.strictSame(taken, []);
});
