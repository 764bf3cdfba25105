import t from 'tap';
import type { Holder } from '../../../src/wire/places.ts';
import { Places } from '../../../src/wire/places.ts';

const system: Holder = { user: 0, isSystem: true };
const user = (uid: number): Holder => ({ user: uid, isSystem: false });

/** How many places that holder gets. */
function fill(places: Places, holder: Holder, limits: { total: number; perUser: number }): number {
  let count = 0;
  while (places.take(holder, limits)) count += 1;
  return count;
}

t.test('four places are for SYSTEM alone, half of them where there are few', async (t) => {
  for (const [total, others] of [
    [1, 0],
    [2, 1],
    [3, 1],
    [4, 2],
    [7, 3],
    [8, 4],
    [32, 28],
    [4096, 4092],
  ] as const) {
    const places = new Places();
    const limits = { total, perUser: total };
    t.equal(fill(places, user(1), limits), others, `${total}`);
    t.equal(fill(places, system, limits), total - others);
    t.equal(places.lack(system, limits), 'all');
  }
});

t.test('each user has its own limit, which is not for SYSTEM', async (t) => {
  const limits = { total: 32, perUser: 10 };
  const places = new Places();
  t.equal(fill(places, user(1), limits), 10);
  t.equal(places.lack(user(1), limits), 'own');
  t.equal(fill(places, user(2), limits), 10);
  t.equal(fill(places, user(3), limits), 8, 'then all that others may have are taken');
  t.equal(places.lack(user(3), limits), 'all');
  t.equal(fill(places, system, limits), 4);
  places.giveBack(user(1));
  t.equal(fill(places, user(2), limits), 0);
  t.equal(fill(places, user(1), limits), 1, 'what one gives back it may take again');
  places.giveBack(system);
  t.equal(fill(places, user(4), limits), 0, 'but not what SYSTEM gives back');
  t.equal(fill(places, system, limits), 1);
});

t.test("SYSTEM may have all, and what it has is nobody else's", async (t) => {
  const limits = { total: 8, perUser: 8 };
  const places = new Places();
  t.equal(fill(places, system, limits), 8);
  t.equal(places.lack(user(1), limits), 'all');
  for (let count = 0; count < 8; count++) places.giveBack(system);
  t.equal(places.taken, 0);
  t.equal(fill(places, user(1), limits), 4);
});
