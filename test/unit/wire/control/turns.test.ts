import t from 'tap';
import type { Queued, Turns } from '../../../../src/wire/control/turns.ts';
import { createTurns } from '../../../../src/wire/control/turns.ts';
import type { Holder } from '../../../../src/wire/places.ts';

const root: Holder = { user: 0, isSystem: true };

/** A clock and a loop that a test turns by hand. */
function stage() {
  let now = 0n;
  let deferred: (() => void)[] = [];
  const turns = createTurns({ monotonicNs: () => now }, { defer: (handler) => void deferred.push(handler), at: () => ({ cancel() {} }) });
  return {
    turns,
    pass(ns: bigint) {
      now += ns;
    },
    /** Runs what was left to the end of the turn. */
    endTurn() {
      const due = deferred;
      deferred = [];
      for (const each of due) each();
    },
    get wantsTurn() {
      return deferred.length > 0;
    },
  };
}

/** One with so many lines; each is noted by its name, and costs what `cost` does. */
function client(
  turns: Turns,
  name: string,
  lines: number,
  took: string[],
  cost: () => void = () => {},
  bytes = 10,
  holder: Holder = root,
): Queued {
  let left = lines;
  const self: Queued = {
    holder,
    goOn(most) {
      for (let count = 0; count < most && left > 0 && turns.mayTake(holder); count++) {
        left -= 1;
        took.push(name);
        cost();
        turns.spend(bytes);
      }
      if (left > 0) turns.queue(self);
    },
  };
  return self;
}

t.test('those that wait take a few lines each, round and round', async (t) => {
  const { turns, endTurn, wantsTurn } = stage();
  t.notOk(wantsTurn);
  const took: string[] = [];
  for (const [name, lines] of [
    ['a', 9],
    ['b', 2],
    ['c', 5],
  ] as const)
    turns.queue(client(turns, name, lines, took));
  t.notOk(turns.isFree(root));
  endTurn();
  t.equal(took.join(''), 'aaaabbccccaaaaca');
  t.ok(turns.isFree(root));
});

t.test('a turn is over after 4 ms, and who had no place in it is the first in the next one', async (t) => {
  const room = stage();
  const took: string[] = [];
  const slow = (): void => room.pass(1_500_000n);
  room.turns.queue(client(room.turns, 'a', 8, took, slow));
  room.turns.queue(client(room.turns, 'b', 8, took, slow));
  room.turns.queue(client(room.turns, 'c', 1, took, slow));
  room.endTurn();
  t.equal(took.splice(0).join(''), 'aaaa', 'the clock is looked at after some lines');
  t.ok(room.wantsTurn);
  room.endTurn();
  t.equal(took.splice(0).join(''), 'bbbb');
  room.endTurn();
  t.equal(took.splice(0).join(''), 'caaa');
});

t.test('a line with a large answer has the clock looked at at once', async (t) => {
  const room = stage();
  const took: string[] = [];
  for (const name of ['a', 'b']) room.turns.queue(client(room.turns, name, 2, took, () => room.pass(20_000_000n), 400_000));
  for (const expected of ['a', 'b', 'a', 'b']) {
    room.endTurn();
    t.equal(took.splice(0).join(''), expected);
  }
  t.notOk(room.wantsTurn);
});

t.test('bytes and lines bound a turn also where the clock stands still', async (t) => {
  const room = stage();
  const took: string[] = [];
  room.turns.queue(client(room.turns, 'a', 1000, took));
  room.endTurn();
  t.equal(took.splice(0).length, 512);
  room.turns.queue(client(room.turns, 'b', 1000, took, () => {}, 80_000));
  room.endTurn();
  t.equal(took.splice(0).join(''), 'aaaabbbb');
});

t.test('O-97 SYSTEM comes first, the others take turns by user', async (t) => {
  const { turns, endTurn } = stage();
  const took: string[] = [];
  const of = (user: number): Holder => ({ user, isSystem: user === 0 });
  for (const [name, user] of [
    ['a', 1],
    ['b', 1],
    ['c', 2],
    ['s', 0],
  ] as const)
    turns.queue(client(turns, name, 4, took, () => {}, 10, of(user)));
  t.ok(!turns.isFree(of(0)) && !turns.isFree(of(2)));
  endTurn();
  t.equal(took.join(''), 'ssssaaaaccccbbbb');
});
