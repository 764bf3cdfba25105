import { mock } from 'node:test';
import t from 'tap';
import type { TransactionOwner } from '../../../src/hosted/registryd/serve/transactions.ts';
import { lockWaitMs, Transactions, transactionLifetimeMs } from '../../../src/hosted/registryd/serve/transactions.ts';
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
