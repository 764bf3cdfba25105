import { mock } from 'node:test';
import t from 'tap';
import type { TransactionOwner } from '../../../src/hosted/registryd/serve/transactions.ts';
import { lockWaitMs, patienceOfOthersMs, Transactions, transactionLifetimeMs } from '../../../src/hosted/registryd/serve/transactions.ts';
import type { Change } from '../../../src/hosted/registryd/store/keys.ts';
import { requireKey } from '../../../src/hosted/registryd/store/keys.ts';
import { queryValue, setValue } from '../../../src/hosted/registryd/store/values.ts';
import type { StoreConnection } from '../../../src/hosted/sqlite/connection.ts';
import { RegistryFailure } from '../../../src/registry/failure.ts';
import { createStore } from './store.ts';

mock.timers.enable({ apis: ['setTimeout'] });
t.teardown(() => mock.timers.reset());

type Outcome = { readonly done: unknown } | { readonly failed: string };

function createSubject(t: Parameters<typeof createStore>[0]) {
  const { store, second } = createStore(t);
  const published: (readonly Change[])[] = [];
  const transactions = new Transactions(store, second, (changes) => void published.push(changes));
  t.teardown(() => transactions.close());
  const collect = (outcomes: Outcome[]) => ({
    done: (response: unknown) => void outcomes.push({ done: response }),
    failed: (error: unknown) => void outcomes.push({ failed: error instanceof RegistryFailure ? error.error : String(error) }),
  });
  const write = (owner: TransactionOwner, number: number | undefined, data: number): Outcome[] => {
    const outcomes: Outcome[] = [];
    const body = (on: StoreConnection) => {
      const { changes } = setValue(on, requireKey(on, null, 'Machine'), 'x', 'DWORD', data, null);
      return { response: data, changes };
    };
    transactions.write(owner, number, body, collect(outcomes));
    return outcomes;
  };
  const present = (): unknown => queryValue(store, requireKey(store, null, 'Machine'), 'x').data;
  return { transactions, published, write, present };
}

const system = { user: 0, isSystem: true };
const [one, two] = [{ holder: system }, { holder: system }];

t.test('a transaction is dropped 30 s after its beginning; the next call of it is ETIMEDOUT, then EBADF', async (t) => {
  const { transactions, published, write, present } = createSubject(t);
  t.same(write(one, undefined, 1), [{ done: 1 }]);
  const number = transactions.begin(one);
  t.same(write(one, number, 2), [{ done: 2 }]);
  mock.timers.tick(transactionLifetimeMs - 1);
  t.same(write(one, number, 3), [{ done: 3 }]);
  mock.timers.tick(1);
  t.equal(present(), 1);
  t.same(write(two, undefined, 4), [{ done: 4 }], 'the store is free again');
  t.throws(
    () => transactions.commit(one, number),
    new RegistryFailure('ETIMEDOUT', `transaction ${number} was open for more than 30 s and is dropped`),
  );
  t.throws(() => transactions.commit(one, number), new RegistryFailure('EBADF', `there is no transaction ${number}`));
  t.equal(published.length, 2);
});

t.test('a write waits 25 s for the transaction that holds the store and is EBUSY then; what waits shorter is done', async (t) => {
  const { transactions, write, present } = createSubject(t);
  const number = transactions.begin(one);
  write(one, number, 1);
  const early = write(two, undefined, 2);
  mock.timers.tick(lockWaitMs - 1);
  t.same(early, []);
  const late = write(two, undefined, 3);
  mock.timers.tick(1);
  t.same(early, [{ failed: 'EBUSY' }]);
  t.same(late, []);
  transactions.commit(one, number);
  t.same(late, [{ done: 3 }]);
  t.equal(present(), 3);
});

t.test('a transaction that waited in line is bound when its turn comes, and one that timed out there is told so', async (t) => {
  const { transactions, write, present } = createSubject(t);
  const second = transactions.begin(two);
  mock.timers.tick(10_000);
  const first = transactions.begin(one);
  write(one, first, 1);
  const waiting = write(two, second, 2);
  mock.timers.tick(transactionLifetimeMs - 10_000);
  t.same(waiting, []);
  transactions.abort(one, first);
  t.same(waiting, [{ failed: 'ETIMEDOUT' }]);
  const third = transactions.begin(two);
  t.same(write(two, third, 3), [{ done: 3 }]);
  transactions.commit(two, third);
  t.equal(present(), 3);
});

t.test('when an owner goes, its transactions and its place in the line go', async (t) => {
  const { transactions, write, present } = createSubject(t);
  const number = transactions.begin(one);
  write(one, number, 1);
  const dropped = write(two, undefined, 2);
  const three = { holder: system };
  const kept = write(three, undefined, 3);
  transactions.dropOwner(two);
  transactions.dropOwner(one);
  t.same(dropped, []);
  t.same(kept, [{ done: 3 }]);
  t.equal(present(), 3);
});

const user = (uid: number): TransactionOwner => ({ holder: { user: uid, isSystem: false } });

t.test(
  'O-90 a user who is not SYSTEM keeps others waiting for half a second, then its transaction is dropped and nothing of it is left',
  async (t) => {
    const { transactions, write, present } = createSubject(t);
    write(one, undefined, 1);
    const greedy = user(1000);
    const number = transactions.begin(greedy);
    t.same(write(greedy, number, 2), [{ done: 2 }]);
    mock.timers.tick(20_000);
    t.same(write(greedy, number, 3), [{ done: 3 }], 'nobody waits, so it goes on');
    const waiting = write(user(1001), undefined, 4);
    mock.timers.tick(patienceOfOthersMs - 1);
    t.same(waiting, []);
    mock.timers.tick(1);
    t.same(waiting, [{ done: 4 }]);
    t.equal(present(), 4);
    t.throws(
      () => transactions.commit(greedy, number),
      new RegistryFailure(
        'ETIMEDOUT',
        `transaction ${number} kept others waiting for as long as one user may and is dropped, with nothing written; begin it again`,
      ),
    );
  },
);

t.test('O-90 the half second is not had again by a further transaction', async (t) => {
  const { transactions, write } = createSubject(t);
  const greedy = user(1000);
  const hold = (): number => {
    const number = transactions.begin(greedy);
    t.same(write(greedy, number, 2), [{ done: 2 }]);
    return number;
  };
  // What was waited is real time, of which nothing passes here: it is given back as it was taken.
  const first = hold();
  const begun = performance.now();
  const early = write(user(1001), undefined, 3);
  while (performance.now() - begun < 40);
  transactions.abort(greedy, first);
  t.same(early, [{ done: 3 }]);
  hold();
  const late = write(user(1001), undefined, 4);
  mock.timers.tick(patienceOfOthersMs - 40);
  t.same(late, [{ done: 4 }], 'some 40 ms less');
});

t.test('O-90 SYSTEM keeps others waiting as long as it needs, and is served before them', async (t) => {
  const { transactions, write } = createSubject(t);
  const number = transactions.begin(one);
  t.same(write(one, number, 1), [{ done: 1 }]);
  const order: string[] = [];
  const writes = [
    ['a', write(user(1000), undefined, 2)],
    ['b', write(user(1000), undefined, 3)],
    ['other user', write(user(1001), undefined, 4)],
    ['SYSTEM', write(two, undefined, 5)],
  ] as const;
  mock.timers.tick(10_000);
  t.ok(writes.every(([, outcomes]) => outcomes.length === 0));
  for (const [name, outcomes] of writes) {
    const push = outcomes.push.bind(outcomes);
    outcomes.push = (...items) => {
      order.push(name);
      return push(...items);
    };
  }
  transactions.commit(one, number);
  t.same(order, ['SYSTEM', 'a', 'other user', 'b']);
});

t.test('O-90 one user has 32 transactions and 64 waiting calls over all of its connections', async (t) => {
  const { transactions, write } = createSubject(t);
  const connections = [user(1000), user(1000), user(1000)] as const;
  for (let count = 0; count < 32; count += 1) transactions.begin(connections[count % 2] ?? connections[0]);
  t.throws(() => transactions.begin(connections[2]), { message: 'this user has 32 transactions open already; commit or abort some' });
  transactions.begin(user(1001));
  const number = transactions.begin(one);
  write(one, number, 1);
  for (let count = 0; count < 64; count += 1) t.same(write(connections[count % 3] ?? connections[0], undefined, 2), []);
  t.same(write(connections[0], undefined, 3), [{ failed: 'EBUSY' }]);
  t.same(write(user(1001), undefined, 3), []);
});
