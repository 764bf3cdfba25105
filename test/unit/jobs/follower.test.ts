import t from 'tap';
import { Follower } from '../../../src/jobs/follower.ts';
import type { JobRecord } from '../../../src/policy/effects.ts';

const record = {
  createdAt: 1n,
  startedAt: 2_000_000_000n,
  endedAt: 3_000_000_000n,
  pid: 7,
  state: 'completed',
  exitCode: 0,
  exitSignal: null,
  failureCause: null,
} as JobRecord;

/** A reader that has room for so many lines. */
function reader(room: number) {
  const lines: unknown[] = [];
  let last: unknown[] | null = null;
  const parse = (text: string): unknown[] => text.split('\n').map((line): unknown => JSON.parse(line));
  return {
    lines,
    room,
    asked: 0,
    get last() {
      return last;
    },
    send(line: string): boolean {
      this.asked += 1;
      if (lines.length >= this.room) return false;
      lines.push(...parse(line));
      return true;
    },
    conclude(text: string): void {
      last = parse(text);
    },
  };
}

const output = (text: string, stream = 'stdout') => ({ kind: 'output', stream, at: '1970-01-01T00:00:01.000000000Z', text });
const second = 1_000_000_000n;

t.test('JFS-009 LOG-002 lines come with their stream and time, the beginning before, the end behind them', async (t) => {
  const one = reader(10);
  const follower = new Follower(one);
  follower.started(record);
  follower.line(false, second, Buffer.from('out'));
  follower.line(true, second, Buffer.from('err'));
  follower.ended(record);
  t.strictSame(one.lines, [{ kind: 'started', pid: 7, at: '1970-01-01T00:00:02.000000000Z' }, output('out'), output('err', 'stderr')]);
  t.strictSame(one.last, [{ kind: 'ended', at: '1970-01-01T00:00:03.000000000Z', lost: 0, final_state: 'completed', exit_code: 0 }]);
});

t.test(
  'O-16 O-92 LOG-012 lines that find no room are counted, told of before the next one that does, and the end is never lost',
  async (t) => {
    const one = reader(1);
    const follower = new Follower(one);
    follower.line(false, second, Buffer.from('taken'));
    for (const text of ['a', 'b', 'c']) follower.line(false, 2n * second, Buffer.from(text));
    t.equal(one.asked, 2, 'lines of the same moment are not tried');
    one.room = 10;
    follower.line(false, 3n * second, Buffer.from('d'));
    t.strictSame(one.lines.slice(-2), [
      { kind: 'lagged', lost: 3 },
      { ...output('d'), at: '1970-01-01T00:00:03.000000000Z' },
    ]);
    t.equal(follower.lost, 3);
    one.room = 0;
    follower.line(false, 5n * second, Buffer.from('f'));
    follower.ended({ ...record, state: 'failed', exitCode: null, exitSignal: 9, failureCause: 'was killed' });
    t.strictSame(one.last, [
      { kind: 'lagged', lost: 1 },
      {
        kind: 'ended',
        at: '1970-01-01T00:00:03.000000000Z',
        lost: 4,
        final_state: 'failed',
        exit_signal: 9,
        failure_cause: 'was killed',
      },
    ]);
  },
);

t.test('O-92 what a submitter that has left does not get is counted', async (t) => {
  const one = reader(10);
  const follower = new Follower(one);
  follower.leave();
  follower.started(record);
  follower.line(false, second, Buffer.from('a'));
  follower.line(false, second, Buffer.from('b'));
  follower.ended(record);
  t.strictSame([one.asked, one.last, follower.lost], [0, null, 2]);
});
