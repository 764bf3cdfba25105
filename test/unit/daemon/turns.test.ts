import t from 'tap';
import type { Turn } from '../../../src/hosted/daemon/turns.ts';
import { Turns } from '../../../src/hosted/daemon/turns.ts';
import type { Holder } from '../../../src/wire/places.ts';
import { until } from '../../support/wait.ts';

/** A clock that only work moves, and turns with so many lines of so many milliseconds each. */
function createSubject() {
  let nowMs = 0;
  const served: string[] = [];
  const turns = new Turns(() => nowMs);
  const client = (name: string, holder: Holder, lines: number, eachMs: number): Turn => {
    let left = lines;
    return {
      holder,
      serve(untilMs) {
        const before = left;
        do {
          left -= 1;
          nowMs += eachMs;
        } while (left > 0 && nowMs < untilMs);
        served.push(`${name} ${before - left}`);
        return left > 0;
      },
    };
  };
  const pass = (ms: number): void => {
    nowMs += ms;
  };
  return { turns, served, client, pass };
}

const system: Holder = { user: 0, isSystem: true };
const user = (uid: number): Holder => ({ user: uid, isSystem: false });
const round = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

t.test('O-90 a user is served in short slices, one in each round of the loop', async (t) => {
  const { turns, served, client } = createSubject();
  turns.ready(client('a', user(1), 5, 0.1));
  t.strictSame(served, ['a 2']);
  await round();
  t.strictSame(served, ['a 2', 'a 2']);
  await round();
  await round();
  t.strictSame(served, ['a 2', 'a 2', 'a 1']);
  turns.close();
});

t.test('O-90 users take turns, whatever number of connections one of them has, and SYSTEM waits for none', async (t) => {
  const { turns, served, client } = createSubject();
  for (const name of ['a', 'b', 'c']) turns.ready(client(name, user(1), 2, 0.2));
  turns.ready(client('x', user(2), 2, 0.2));
  turns.ready(client('s', system, 3, 0.2));
  t.strictSame(served, ['a 1', 's 3']);
  await until('all', () => served.length === 9);
  t.strictSame(served, ['a 1', 's 3', 'a 1', 'x 1', 'b 1', 'x 1', 'c 1', 'b 1', 'c 1']);
  turns.close();
});

t.test('O-90 who has used up its time waits until it has grown again, and others do not', async (t) => {
  const { turns, served, client, pass } = createSubject();
  turns.ready(client('a', user(1), 1, 260));
  await round();
  turns.ready(client('a', user(1), 1, 1));
  turns.ready(client('x', user(2), 1, 0.1));
  await round();
  await round();
  t.strictSame(served, ['a 1', 'x 1'], 'ten milliseconds in debt');
  pass(99);
  await new Promise((resolve) => setTimeout(resolve, 110));
  t.strictSame(served, ['a 1', 'x 1']);
  pass(2);
  await until('its turn', () => served.length === 3);
  t.strictSame(served, ['a 1', 'x 1', 'a 1']);
  turns.close();
});

t.test('O-90 a connection that is over takes no turn any more', async (t) => {
  const { turns, served, client } = createSubject();
  turns.ready(client('a', user(1), 1, 0.1));
  const gone = client('b', user(1), 1, 0.1);
  turns.ready(gone);
  turns.leave(gone);
  await round();
  await round();
  t.strictSame(served, ['a 1']);
  turns.close();
});
