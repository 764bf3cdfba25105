import t from 'tap';
import { createKnownDescriptions } from '../../../src/exec/known-descriptions.ts';

t.test('O-23 one of ten thousand is found by halves, and a new one is put in its place', async (t) => {
  let looks = 0;
  // Some order that has nothing to do with the numbers of the descriptors; the same description has the same rest.
  const rank = (fd: number): number => ((fd % 10_000) * 7919) % 10_007;
  const known = createKnownDescriptions((fd, other) => {
    looks += 1;
    return rank(fd) === rank(other) ? 0 : rank(fd) < rank(other) ? 1 : 2;
  });
  for (let fd = 0; fd < 10_000; fd++) {
    if (known.find(fd) !== false) t.fail(`${fd} was found before it was there`);
    known.add(fd);
  }
  t.equal(known.size, 10_000);
  looks = 0;
  for (let fd = 10_000; fd < 20_000; fd++) if (known.find(fd) !== true) t.fail(`${fd} was not found`);
  t.ok(looks < 10_000 * 15, `${looks} looks`);
});

t.test('O-23 what is taken out is not known any more, and nothing is compared for it', async (t) => {
  let looks = 0;
  const known = createKnownDescriptions((fd, other) => {
    looks += 1;
    return fd % 100 === other % 100 ? 0 : fd % 100 < other % 100 ? 1 : 2;
  });
  for (let fd = 0; fd < 100; fd++) known.add(fd);
  looks = 0;
  known.keep((fd) => fd % 2 === 0);
  t.strictSame({ looks, size: known.size }, { looks: 0, size: 50 });
  t.strictSame([known.find(142), known.find(143)], [true, false]);
});

t.test('O-23 without an order the latest are looked at, and no more', async (t) => {
  let looks = 0;
  const known = createKnownDescriptions((fd, other) => {
    looks += 1;
    return fd % 1000 === other % 1000 ? 0 : 3;
  });
  for (let fd = 0; fd < 700; fd++) known.add(fd);
  looks = 0;
  t.equal(known.find(1699), true);
  t.equal(known.find(1999), false);
  t.ok(looks < 2 * 514, `${looks} looks`);
});

t.test('O-23 a kernel that tells nothing says so', async (t) => {
  const known = createKnownDescriptions(() => -38);
  t.equal(known.find(3), false, 'there is nothing to compare with');
  known.add(3);
  t.equal(known.find(4), null);
  known.add(4);
  t.equal(known.size, 2);
});
