import t from 'tap';
import { watchSetupPipe } from '../../../src/exec/setup-pipe.ts';
import { errno } from '../../../src/kernel/errno.ts';
import type { Descriptors } from '../../../src/kernel/kernel.ts';
import type { Loop } from '../../../src/kernel/loop.ts';

const pipe = 5;

/** A pipe whose reads the test answers: bytes, or the result of a call that gave none. `order` is what came of it. */
function createScene(...answers: readonly (readonly number[] | number)[]) {
  const order: string[] = [];
  const queue = [...answers];
  let handler: () => void = () => undefined;
  const kernel: Pick<Descriptors, 'read' | 'close'> = {
    read(fd, into) {
      const next = queue.shift() ?? -errno.EAGAIN;
      if (fd !== pipe || typeof next === 'number') return typeof next === 'number' ? next : -errno.EBADF;
      into.set(next);
      return next.length;
    },
    close(fd) {
      order.push(`close ${fd}`);
      return 0;
    },
  };
  const loop: Pick<Loop, 'watch'> = {
    watch(fd, want, lane, body) {
      order.push(`watch ${fd} ${JSON.stringify(want)} ${lane}`);
      handler = () => body({} as never);
      return { close: () => void order.push('unwatch') } as never;
    },
  };
  const settle = watchSetupPipe(kernel as Descriptors, loop as Loop, pipe, (record) => void order.push(`done ${[...record].join(' ')}`));
  t.strictSame(order.splice(0), [`watch ${pipe} {"read":true} signal`]);
  return { order, serve: () => handler(), settle, add: (...more: typeof answers) => void queue.push(...more) };
}

const over = (...record: readonly number[]): string[] => ['unwatch', `close ${pipe}`, `done ${record.join(' ')}`];

t.test('EXEC-016 what came before the end of the pipe is handed over once, in its order, whatever the pieces', async (t) => {
  const { order, serve, settle, add } = createScene([1], -errno.EINTR);
  serve();
  add([2, 3], -errno.EAGAIN);
  serve();
  t.strictSame(order, [], 'it is not over');
  add([4], 0, [5], 0);
  serve();
  t.strictSame(order, over(1, 2, 3, 4));
  serve();
  settle();
  t.strictSame(order, over(1, 2, 3, 4));
});

t.test('EXEC-016 a pipe that ends without a word, and one that cannot be read, are over as well', async (t) => {
  for (const end of [0, -errno.EIO]) {
    const { order, serve } = createScene(end);
    serve();
    t.strictSame(order, over());
  }
});

t.test('EXEC-018 when the child was reaped what is there now is all, also if the pipe is still open', async (t) => {
  const { order, serve, settle } = createScene([7, 8], -errno.EAGAIN, [9]);
  settle();
  t.strictSame(order, over(7, 8));
  settle();
  serve();
  t.strictSame(order.slice(3), []);
});

t.test('what never ends is cut off', async (t) => {
  const many = Array.from({ length: 64 }, () => 1);
  const { order, serve } = createScene(many, [2], many, [3]);
  serve();
  t.strictSame(order, over(...many, 2));
});
