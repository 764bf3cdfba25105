import t from 'tap';
import type { Watch } from '../../../src/kernel/loop.ts';
import type { Poller } from '../../../src/linux/dispatcher.ts';
import { createDispatcher, pollBits, timerToken, wallTimerToken } from '../../../src/linux/dispatcher.ts';
import { endOfTime } from '../../../src/linux/wall-clock.ts';

/** A poller that remembers what was asked of it; the test makes up the records. */
function createScene() {
  const set = new Map<number, { token: number; bits: number; urgent: boolean }>();
  const armed: bigint[] = [];
  const errors: string[] = [];
  const wallArmed: bigint[] = [];
  const scene = { now: 1000n, wall: 50_000n, setMeanwhile: false };
  const poller: Poller = {
    now: () => scene.now,
    add(fd, token, bits, urgent) {
      if (fd === 99) return -1;
      if (set.has(fd)) return -17;
      set.set(fd, { token, bits, urgent });
      return 0;
    },
    modify(fd, _token, bits) {
      const found = set.get(fd);
      if (found === undefined) return -2;
      found.bits = bits;
      return 0;
    },
    remove: (fd) => (set.delete(fd) ? 0 : -2),
    arm: (instant) => void armed.push(instant),
    realtimeNow: () => scene.wall,
    armRealtime(instant) {
      wallArmed.push(instant);
      return scene.setMeanwhile ? -125 : 0;
    },
  };
  const loop = createDispatcher(poller, (error, origin) => {
    errors.push(`${origin}: ${(error as Error).message}`);
    if ((error as Error).message === 'escapes') throw error;
  });
  /** One turn in which these descriptors report these bits. */
  const turn = (...ready: readonly (readonly [fd: number, bits: number])[]): void => {
    const records = ready.flatMap(([fd, bits]) => [fd <= wallTimerToken ? fd : (set.get(fd)?.token ?? -1), bits]);
    loop.turn(Int32Array.from(records), ready.length);
  };
  return { set, armed, wallArmed, errors, scene, loop, turn };
}

t.test('SIG-002 a turn runs signals first, then deadlines, control, notify, output and what was deferred', async (t) => {
  const { loop, turn } = createScene();
  const order: string[] = [];
  loop.watch(13, { read: true }, 'output', () => order.push('output'));
  loop.watch(12, { read: true }, 'notify', () => order.push('notify'));
  loop.watch(11, { read: true }, 'control', () => order.push('control'));
  loop.watch(10, { read: true }, 'signal', () => {
    order.push('signal');
    loop.defer(() => order.push('deferred'));
  });
  loop.at(900n, () => order.push('deadline'));
  turn([13, 1], [12, 1], [timerToken, 1], [11, 1], [10, 1]);
  t.same(order, ['signal', 'deadline', 'control', 'notify', 'output', 'deferred']);
});

t.test('a record of a watch that was closed earlier in the same turn is not delivered', async (t) => {
  const { loop, turn, set } = createScene();
  let delivered = 0;
  const watches: Watch[] = [];
  loop.watch(10, { read: true }, 'signal', () => {
    for (const watch of watches) watch.close();
  });
  watches.push(loop.watch(11, { read: true }, 'signal', () => void delivered++));
  watches.push(loop.watch(12, { read: true }, 'control', () => void delivered++));
  turn([10, 1], [11, 1], [12, 1]);
  t.equal(delivered, 0);
  t.same([...set.keys()], [10]);
  t.equal(loop.pending.watches, 1);
});

t.test('readiness that its watch stopped asking for in the same turn is not delivered', async (t) => {
  const { loop, turn } = createScene();
  const seen: boolean[] = [];
  const other = loop.watch(11, { read: true, write: true }, 'control', (ready) => seen.push(ready.readable));
  loop.watch(10, { read: true }, 'signal', () => other.update({ write: true }));
  turn([10, 1], [11, pollBits.in]);
  t.same(seen, []);
  turn([11, pollBits.in | pollBits.out]);
  t.same(seen, [false]);
});

t.test('a descriptor number in use anew is not taken out of the set by the old watch', async (t) => {
  const { loop, set } = createScene();
  const old = loop.watch(10, { read: true }, 'control', () => {});
  set.delete(10); // The owner closed the descriptor, and its number came back.
  loop.watch(10, { read: true }, 'notify', () => {});
  old.close();
  t.equal(set.has(10), true);
});

t.test('a watch without any interest leaves the set, and comes back with one', async (t) => {
  const { loop, set } = createScene();
  const watch = loop.watch(10, { read: true }, 'control', () => {});
  watch.update({});
  t.equal(set.has(10), false);
  watch.update({ write: true });
  t.equal(set.get(10)?.bits, pollBits.out);
  watch.close();
  watch.update({ read: true });
  t.equal(set.has(10), false);
});

t.test('a handler that throws is contained with its lane, and the rest of the turn goes on', async (t) => {
  const { loop, turn, errors } = createScene();
  let after = 0;
  loop.watch(10, { read: true }, 'signal', () => {
    throw new Error('one');
  });
  loop.at(1n, () => {
    throw new Error('two');
  });
  loop.watch(11, { read: true }, 'control', () => void after++);
  loop.defer(() => {
    throw new Error('three');
  });
  loop.defer(() => void after++);
  turn([10, 1], [timerToken, 1], [11, 1]);
  t.same(errors, ['signal: one', 'deadline: two', 'deferred: three']);
  t.equal(after, 2);
});

t.test('LOG-013 a handler that always throws is called sixteen times and then no more, unless it handles signals', async (t) => {
  const { loop, turn, errors, set } = createScene();
  const fail = (): never => {
    throw new Error('always');
  };
  loop.watch(10, { read: true }, 'signal', fail);
  loop.watch(11, { read: true }, 'output', fail);
  let calls = 0;
  loop.watch(12, { read: true }, 'output', () => {
    // Once in a while is no reason.
    if (++calls % 16 !== 0) throw new Error('often');
  });
  for (let round = 0; round < 40; round++) turn([10, 1], [11, 1], [12, 1]);
  t.strictSame([...set.keys()], [10, 12]);
  t.equal(errors.filter((error) => error === 'signal: always').length, 40);
  t.strictSame(
    errors.filter((error) => error.startsWith('output: ') && error !== 'output: often'),
    [
      ...Array.from({ length: 16 }, () => 'output: always'),
      'output: descriptor 11 is not watched any more: its handler failed 16 times in a row',
    ],
  );
});

t.test('what the error handler throws comes out after the turn, and the next turn works', async (t) => {
  const { loop, turn } = createScene();
  let after = 0;
  loop.watch(10, { read: true }, 'signal', () => {
    throw new Error('escapes');
  });
  loop.watch(11, { read: true }, 'output', () => void after++);
  t.throws(() => turn([10, 1], [11, 1]), { message: 'escapes' });
  t.equal(after, 1);
  turn([11, 1]);
  t.equal(after, 2);
});

t.test('the timer is set for the earliest deadline only when that changes, and is off without any', async (t) => {
  const { loop, turn, armed, scene } = createScene();
  const late = loop.at(5000n, () => {});
  const early = loop.at(3000n, () => {});
  loop.at(4000n, () => {}).cancel();
  t.same(armed, [5000n, 3000n]);
  early.cancel();
  late.cancel();
  t.same(armed, [5000n, 3000n, 5000n, 0n]);
  armed.length = 0;
  loop.watch(10, { read: true }, 'control', () => {
    loop.at(9000n, () => {}).cancel();
    loop.at(7000n, () => {});
  });
  turn([10, 1]);
  t.same(armed, [7000n], 'once, at the end of the turn');
  scene.now = 7000n;
  turn([timerToken, 1]);
  t.same(armed, [7000n], 'it fired by itself and nothing is left');
});

t.test('a deadline cancelled by an earlier one of the same turn does not run, and one added now waits for its own turn', async (t) => {
  const { loop, turn } = createScene();
  const order: string[] = [];
  loop.at(1n, () => {
    order.push('first');
    second.cancel();
    loop.at(1n, () => order.push('added'));
  });
  const second = loop.at(2n, () => order.push('second'));
  turn([timerToken, 1]);
  t.same(order, ['first']);
  turn([timerToken, 1]);
  t.same(order, ['first', 'added']);
});

t.test('deferring outside of a turn makes one, and deferring while deferred waits for the next', async (t) => {
  const { loop, turn, armed } = createScene();
  const order: string[] = [];
  loop.defer(() => {
    order.push('outer');
    loop.defer(() => order.push('inner'));
  });
  t.same(armed, [1n]);
  turn([timerToken, 1]);
  t.same(order, ['outer']);
  t.same(armed, [1n, 1n]);
  turn([timerToken, 1]);
  t.same(order, ['outer', 'inner']);
  t.equal(loop.pending.deferred, 0);
});

t.test('an error beside EPOLLPRI is not a hang-up, an error alone and a hang-up are', async (t) => {
  const { loop, turn } = createScene();
  const closed: boolean[] = [];
  loop.watch(10, { priority: true }, 'signal', (ready) => closed.push(ready.closed));
  turn([10, pollBits.pri | pollBits.err]);
  turn([10, pollBits.err]);
  turn([10, pollBits.hup]);
  t.same(closed, [false, true, true]);
});

t.test('a descriptor that cannot be watched is refused with its errno', async (t) => {
  const { loop } = createScene();
  t.throws(() => loop.watch(99, { read: true }, 'control', () => {}), { errno: -1, message: /EPERM/ });
  t.equal(loop.pending.watches, 0);
});

t.test('before the deadlines of a turn it is told whether the loop stood still, and what is heard then may move them', async (t) => {
  const { loop, turn, scene } = createScene();
  const heard: unknown[] = [];
  const came: string[] = [];
  const moved = loop.at(2000n, () => came.push('moved'));
  loop.beforeDeadlines((stall) => {
    heard.push(stall);
    moved.cancel();
  });
  turn();
  t.strictSame(heard, [], 'nothing is due');
  scene.now = 3000n;
  turn();
  t.strictSame([heard.splice(0), came], [[null], []]);
  loop.at(5000n, () => came.push('late'));
  scene.now = 200_000_000n;
  turn();
  t.strictSame([heard.splice(0), came], [[{ since: 3000n, dueAt: 5000n }], ['late']]);
  loop.at(7000n, () => came.push('of the past'));
  turn();
  t.strictSame([heard.splice(0), came], [[null], ['late', 'of the past']]);
});

t.test('deadlines come also when what is done before them fails', async (t) => {
  const { loop, turn, errors } = createScene();
  const came: string[] = [];
  loop.beforeDeadlines(() => {
    throw new Error('no');
  });
  loop.at(900n, () => came.push('due'));
  turn();
  t.strictSame([came, errors], [['due'], ['deadline: no']]);
});

t.test('TMR-038 deadlines of the wall clock have a timer of their own, and each clock judges its own', async (t) => {
  const { loop, turn, armed, wallArmed, scene } = createScene();
  const came: string[] = [];
  loop.atRealtime(60_000n, () => came.push('at 60'));
  loop.atRealtime(55_000n, () => came.push('at 55'));
  const late = loop.atRealtime(80_000n, () => came.push('at 80'));
  loop.at(2000n, () => came.push('after a while'));
  t.strictSame([armed.splice(0), wallArmed.splice(0), loop.pending.deadlines], [[2000n], [60_000n, 55_000n], 4]);
  scene.wall = 60_000n;
  turn([wallTimerToken, pollBits.in]);
  t.strictSame([came.splice(0), armed, wallArmed.splice(0)], [['at 55', 'at 60'], [], [80_000n]]);
  scene.now = 90_000n;
  turn([timerToken, 1]);
  t.strictSame([came.splice(0), wallArmed.splice(0)], [['after a while'], []]);
  late.cancel();
  t.strictSame([wallArmed, loop.pending.deadlines], [[0n], 0]);
});

t.test(
  'TMR-038 that the wall clock was set is told before anything is judged by it, and what comes too late to be due is moved',
  async (t) => {
    const { loop, turn, wallArmed, scene } = createScene();
    const came: string[] = [];
    loop.beforeDeadlines(() => came.push('before'));
    loop.at(900n, () => came.push('of the other clock'));
    const due = loop.atRealtime(60_000n, () => came.push('moved away'));
    loop.onClockSet(() => {
      came.push('set');
      due.cancel();
      loop.atRealtime(70_000n, () => came.push('at 70'));
    });
    scene.wall = 75_000n;
    turn([wallTimerToken, pollBits.pri]);
    t.strictSame(came.splice(0), ['set', 'before', 'of the other clock', 'at 70']);
    scene.wall = 65_000n;
    turn([wallTimerToken, pollBits.in]);
    t.strictSame(came.splice(0), [], 'it only fired');
    loop.atRealtime(70_000n, () => came.push('once more'));
    scene.wall = 69_999n;
    turn([wallTimerToken, pollBits.in]);
    t.strictSame([came, wallArmed.at(-1)], [[], 70_000n], 'too early: it is waited for again');
  },
);

t.test('TMR-038 a set that the kernel tells when the timer is armed makes a turn of its own', async (t) => {
  const { loop, turn, armed, wallArmed, scene } = createScene();
  let sets = 0;
  loop.onClockSet(() => void sets++);
  t.strictSame([wallArmed.splice(0), armed.splice(0)], [[endOfTime], []], 'armed for nothing but that');
  scene.setMeanwhile = true;
  const early = loop.atRealtime(60_000n, () => undefined);
  scene.setMeanwhile = false;
  t.strictSame([sets, armed.splice(0)], [0, [1n]]);
  turn([timerToken, 1]);
  t.equal(sets, 1);
  early.cancel();
  turn();
  t.strictSame([sets, wallArmed], [1, [60_000n, endOfTime]]);
});

t.test('an instant that no clock will show is never due, and one of the past is due at once', async (t) => {
  const { loop, turn, wallArmed } = createScene();
  const came: string[] = [];
  loop.atRealtime(endOfTime * 30n, () => came.push('in the year 9999'));
  loop.atRealtime(-5n, () => came.push('before the epoch'));
  t.strictSame(wallArmed, [endOfTime, 1n]);
  turn([wallTimerToken, pollBits.in]);
  t.strictSame([came, wallArmed.slice(2)], [['before the epoch'], [endOfTime]]);
});

t.test('LOG-013 what fails when the clock was set is contained, and deadlines come all the same', async (t) => {
  const { loop, turn, errors } = createScene();
  const came: string[] = [];
  loop.onClockSet(() => {
    throw new Error('no');
  });
  loop.atRealtime(50_000n, () => came.push('due'));
  turn([wallTimerToken, pollBits.pri]);
  t.strictSame([came, errors], [['due'], ['deadline: no']]);
});

t.test('O-178 what takes long leaves the rest of its lane to the next turn, after signals and deadlines', async (t) => {
  const { loop, turn, scene, armed } = createScene();
  const order: string[] = [];
  loop.watch(10, { read: true }, 'signal', () => order.push('signal'));
  for (const fd of [11, 12, 13])
    loop.watch(fd, { read: true }, 'control', () => {
      scene.now += 30_000_000n;
      order.push(`client ${fd}`);
    });
  turn([11, 1], [12, 1], [13, 1]);
  t.strictSame(order.splice(0), ['client 11', 'client 12']);
  t.equal(armed.at(-1), 1n, 'the next turn follows at once');
  loop.at(scene.now, () => order.push('deadline'));
  turn([timerToken, 1], [11, 1], [10, 1], [12, 1], [13, 1]);
  t.strictSame(order.splice(0), ['signal', 'deadline', 'client 13', 'client 11']);
  const before = armed.length;
  turn([timerToken, 1]);
  t.strictSame(order.splice(0), ['client 12'], 'each has its turn');
  t.equal(armed.length, before, 'nothing is left');
});

t.test('O-178 what is left of a turn is not called when it is watched no more', async (t) => {
  const { loop, turn, scene } = createScene();
  const order: string[] = [];
  loop.watch(11, { read: true }, 'control', () => {
    scene.now += 60_000_000n;
    order.push('first');
  });
  const second = loop.watch(12, { read: true }, 'control', () => order.push('second'));
  turn([11, 1], [12, 1]);
  second.close();
  turn([timerToken, 1]);
  t.strictSame(order, ['first']);
});

t.test('O-178 of deadlines of the wall clock that are due together some come with each turn, in order', async (t) => {
  const { loop, turn, scene, wallArmed } = createScene();
  const fired: number[] = [];
  for (let index = 0; index < 40; index++) loop.atRealtime(60_000n, () => void fired.push(index));
  scene.wall = 60_000n;
  const counts = [1, 2, 3, 4].map(() => {
    turn([wallTimerToken, 1]);
    return fired.length;
  });
  t.strictSame(counts, [16, 32, 40, 40]);
  t.strictSame(
    fired,
    fired.map((_, index) => index),
  );
  t.strictSame(wallArmed, [60_000n, 60_000n, 60_000n], 'as long as some are left');
});
