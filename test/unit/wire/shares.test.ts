import t from 'tap';
import type { Holder } from '../../../src/wire/places.ts';
import { Shares } from '../../../src/wire/shares.ts';

const ms = 1_000_000n;
const user: Holder = { user: 1000, isSystem: false };
const system: Holder = { user: 0, isSystem: true };

t.test('O-97 a user has a burst and then a tenth of the time, SYSTEM and other users are not held up by it', async (t) => {
  let now = 0n;
  const shares = new Shares(() => now);
  const busy = (holder: Holder, forMs: bigint): void => {
    const since = now;
    now += forMs * ms;
    shares.charge(holder, since);
  };
  busy(user, 90n);
  t.equal(shares.restNs(user), 0, 'within the burst');
  busy(user, 40n);
  t.ok(shares.restNs(user) > 0, 'beyond it');
  busy(system, 1000n);
  t.equal(shares.restNs(system), 0);
  t.equal(shares.restNs({ user: 1001, isSystem: false }), 0);
  t.equal(shares.restNs(user), 0, 'a second later it has time again');
  busy(user, 200n);
  const rest = shares.restNs(user);
  now += BigInt(Math.ceil(rest));
  t.equal(shares.restNs(user), 0, 'and it has when it was told');
});

t.test('O-97 of users that have all of their time nothing is kept', async (t) => {
  let now = 0n;
  const shares = new Shares(() => now);
  for (let uid = 1; uid <= 10_000; uid += 1) {
    now += 1000n * ms;
    t.equal(shares.restNs({ user: uid, isSystem: false }), 0);
  }
});
