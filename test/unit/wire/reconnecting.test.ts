import t from 'tap';
import type { Loop } from '../../../src/kernel/loop.ts';
import { createReconnecting } from '../../../src/wire/reconnecting.ts';

/** A clock that stands still until pass(); attempts that are answered by hand. */
function create() {
  let nowNs = 0n;
  let timers: { readonly at: bigint; readonly run: () => void }[] = [];
  const loop: Pick<Loop, 'at'> = {
    at(at, run) {
      const timer = { at, run };
      timers.push(timer);
      return {
        cancel() {
          timers = timers.filter((each) => each !== timer);
        },
      };
    },
  };
  function pass(ms: number): void {
    const until = nowNs + BigInt(ms) * 1_000_000n;
    for (;;) {
      const next = timers.filter(({ at }) => at <= until).sort((a, b) => Number(a.at - b.at))[0];
      if (next === undefined) break;
      timers = timers.filter((each) => each !== next);
      nowNs = next.at;
      next.run();
    }
    nowNs = until;
  }
  const attempts: ((failure: string | null) => void)[] = [];
  const said: string[] = [];
  const room = { wanted: true };
  const subject = createReconnecting({
    kernel: { monotonicNs: () => nowNs, realtimeNs: () => nowNs },
    loop: loop as Loop,
    firstPauseMs: 500,
    longestPauseMs: 3_000,
    attemptMs: 10_000,
    wanted: () => room.wanted,
    connect: (done) => void attempts.push(done),
    connected: () => void said.push('connected'),
    failed: (reason) => void said.push(reason),
  });
  /** Answers the latest attempt. */
  const answer = (failure: string | null): void => attempts.at(-1)?.(failure);
  /** Milliseconds until there is another attempt. */
  function pause(): number {
    const before = attempts.length;
    let ms = 0;
    while (attempts.length === before && ms < 60_000) {
      pass(1);
      ms += 1;
    }
    return ms;
  }
  return { subject, attempts, said, room, pass, answer, pause, timers: () => timers.length };
}

t.test('an attempt that fails is followed by others after pauses that double up to the longest; the first failure is told', async (t) => {
  const { subject, said, answer, pause, timers } = create();
  subject.now();
  const pauses: number[] = [];
  for (let n = 0; n < 5; n += 1) {
    answer(`failure ${n}`);
    pauses.push(pause());
  }
  t.strictSame(pauses, [500, 1_000, 2_000, 3_000, 3_000]);
  answer(null);
  t.strictSame(said, ['failure 0', 'connected']);
  t.equal(subject.standing, true);
  t.equal(timers(), 0, 'nothing is left to come');
});

t.test('after a loss it is tried after the pause that is due, which is the shortest once the other side is well', async (t) => {
  const { subject, answer, pause, attempts } = create();
  subject.now();
  answer('no');
  pause();
  answer(null);
  subject.lost();
  subject.later();
  subject.later();
  t.equal(pause(), 1_000, 'one that takes connections and drops them is not asked more often');
  answer(null);
  subject.well();
  subject.lost();
  subject.later();
  t.equal(pause(), 500);
  t.equal(attempts.length, 4);
});

t.test('asking for it does nothing while it stands or an attempt is under way, and makes the next pause the shortest', async (t) => {
  const { subject, answer, attempts, pause } = create();
  subject.now();
  subject.now();
  t.equal(attempts.length, 1);
  answer('no');
  pause();
  subject.now();
  answer('no');
  t.equal(pause(), 500);
  answer(null);
  subject.now();
  subject.lost();
  subject.stands();
  subject.now();
  t.equal(attempts.length, 3);
});

t.test('what is not wanted is not tried, until somebody asks', async (t) => {
  const { subject, answer, attempts, pass, room } = create();
  subject.now();
  answer('no');
  room.wanted = false;
  pass(60_000);
  t.equal(attempts.length, 1);
  subject.now();
  t.equal(attempts.length, 2);
});

t.test('an attempt that is not answered counts as failed after its time, and its late answer for nothing', async (t) => {
  const { subject, said, pass, attempts, answer } = create();
  subject.now();
  pass(9_999);
  t.strictSame(said, []);
  pass(1);
  t.strictSame(said, ['no answer within 10 s']);
  attempts[0]?.(null);
  t.equal(subject.standing, false);
  pass(500);
  t.equal(attempts.length, 2);
  attempts[0]?.('late again');
  answer(null);
  t.strictSame(said, ['no answer within 10 s', 'connected']);
  pass(60_000);
  t.equal(attempts.length, 2);
});
