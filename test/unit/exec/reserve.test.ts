/** The descriptor that is kept for the moment in which there is no other. */
import t from 'tap';
import { createReserve } from '../../../src/exec/reserve.ts';
import { errno } from '../../../src/kernel/errno.ts';

/** A process with so many descriptors left; `calls` are what it did. */
function createScene(left: number) {
  const state = { left };
  const calls: string[] = [];
  const open = (name: string): number => {
    calls.push(name);
    if (state.left === 0) return -errno.EMFILE;
    state.left -= 1;
    return 7;
  };
  const close = (): number => {
    calls.push('close');
    state.left += 1;
    return 0;
  };
  const reserve = createReserve({ open: () => open('keep'), close });
  /** Opens and closes one. */
  const need = (): number => {
    const fd = open('need');
    if (fd >= 0) state.left += 1;
    return fd;
  };
  return { state, calls, reserve, need };
}

t.test('as long as there are descriptors, the one kept stays', async (t) => {
  const { reserve, need, calls } = createScene(5);
  t.equal(reserve.spend(need), 7);
  t.strictSame(calls, ['keep', 'need']);
});

t.test('where there is none, the call is made in the place of the one kept, which is taken again', async (t) => {
  for (const shortage of [errno.EMFILE, errno.ENFILE]) {
    const { reserve, need, calls } = createScene(1);
    let failing = 1;
    t.equal(
      reserve.spend(() => (failing-- > 0 ? -shortage : need())),
      7,
    );
    t.strictSame(calls, ['keep', 'close', 'need', 'keep']);
  }
});

t.test('another failure is given back as it is', async (t) => {
  const { reserve, calls } = createScene(1);
  t.equal(
    reserve.spend(() => -errno.ENOENT),
    -errno.ENOENT,
  );
  t.strictSame(calls, ['keep']);
});

t.test('one that could not be kept is tried for when it is needed', async (t) => {
  const { reserve, need, calls, state } = createScene(0);
  t.equal(reserve.spend(need), -errno.EMFILE);
  t.strictSame(calls, ['keep', 'need', 'keep']);
  state.left = 1;
  let failing = 1;
  t.equal(
    reserve.spend(() => (failing-- > 0 ? -errno.EMFILE : need())),
    7,
  );
  t.strictSame(calls.slice(3), ['keep', 'close', 'need', 'keep']);
});
