import t from 'tap';
import type { Pass } from '../../../src/exec/gate.ts';
import { createGate } from '../../../src/exec/gate.ts';

t.test('so many are inside at once, the others follow in order, and room is given back once', async (t) => {
  const gate = createGate(2);
  const begun: string[] = [];
  const enter = (name: string): Pass => gate.enter(() => void begun.push(name));
  const [a, b, c] = ['a', 'b', 'c', 'd', 'e'].map(enter) as [Pass, Pass, Pass];
  t.equal(begun.join(''), 'ab');
  c.leave();
  b.leave();
  b.leave();
  t.equal(begun.join(''), 'abd', 'who stopped waiting has no turn');
  a.leave();
  t.equal(begun.join(''), 'abde');
  enter('f');
  t.equal(begun.join(''), 'abde');
});

t.test('one that leaves at once lets the next one in at once', async (t) => {
  const gate = createGate(1);
  const begun: number[] = [];
  for (let n = 0; n < 100; n++)
    gate.enter((pass) => {
      begun.push(n);
      pass.leave();
    });
  t.strictSame(
    begun,
    Array.from({ length: 100 }, (_, n) => n),
  );
});
