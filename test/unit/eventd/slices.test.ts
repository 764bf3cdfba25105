import { setImmediate as nextRound } from 'node:timers/promises';
import t from 'tap';
import { Slices } from '../../../src/hosted/eventd/serve/slices.ts';

t.test('users take turns, and of each user its requests; a slice is over in time', async (t) => {
  let now = 0;
  const slices = new Slices(() => now);
  const steps: string[] = [];
  const work = (user: string, name: string, total: number) => {
    let left = total;
    return {
      user,
      step() {
        steps.push(name);
        now += 1;
        left -= 1;
        return left > 0;
      },
    };
  };
  slices.ready(work('a', 'a1', 4));
  slices.ready(work('a', 'a2', 2));
  slices.ready(work('b', 'b1', 3));
  for (let round = 0; round < 10; round++) await nextRound();
  // Two milliseconds each.
  t.strictSame(steps, ['a1', 'a1', 'b1', 'b1', 'a2', 'a2', 'b1', 'a1', 'a1']);
});

t.test('in each round of the loop there is one slice, so that others are served in between', async (t) => {
  const slices = new Slices(() => performance.now());
  let rounds = 0;
  let counting = true;
  const count = (): void => {
    rounds += 1;
    if (counting) setImmediate(count);
  };
  setImmediate(count);
  let left = 5;
  const seen: number[] = [];
  await new Promise<void>((done) => {
    slices.ready({
      user: 1,
      step() {
        const begun = performance.now();
        while (performance.now() - begun < 3);
        seen.push(rounds);
        left -= 1;
        if (left === 0) done();
        return left > 0;
      },
    });
  });
  counting = false;
  t.equal(new Set(seen).size, 5, seen.join());
});

t.test('what has left is not asked again', async (t) => {
  const slices = new Slices();
  let asked = 0;
  const step = (): boolean => {
    asked += 1;
    return false;
  };
  const work = { user: 1, step };
  slices.ready(work);
  slices.leave(work);
  await nextRound();
  slices.ready(work);
  slices.close();
  await nextRound();
  t.equal(asked, 0);
});
