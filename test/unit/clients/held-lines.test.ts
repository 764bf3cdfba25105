import t from 'tap';
import { HeldLines } from '../../../clients/typescript/held-lines.ts';

function held() {
  const told: (boolean | 'left')[] = [];
  const lines = new HeldLines<number>(
    2,
    (isFull) => void told.push(isFull),
    () => void told.push('left'),
  );
  return { lines, told };
}

t.test('what brings lines is stopped when so many wait, and goes on when one is taken', async (t) => {
  const { lines, told } = held();
  for (const line of [1, 2, 3]) lines.add(line);
  t.strictSame(told, [true], 'what was on its way is kept');
  const taken = lines[Symbol.asyncIterator]();
  t.strictSame([(await taken.next()).value, told.length], [1, 1]);
  t.strictSame([(await taken.next()).value, told.length], [2, 2]);
  t.strictSame(told, [true, false]);
  lines.end(null);
  t.strictSame(
    [await taken.next(), await taken.next()].map(({ value }) => value),
    [3, undefined],
    'the end comes behind the last one',
  );
});

t.test('an error comes behind the last line; a full one that is left goes on, and takes nothing more', async (t) => {
  const failing = held();
  failing.lines.add(1);
  failing.lines.end(new Error('over'));
  const taken = failing.lines[Symbol.asyncIterator]();
  t.equal((await taken.next()).value, 1);
  await t.rejects(taken.next(), { message: 'over' });
  const { lines, told } = held();
  for (const line of [1, 2]) lines.add(line);
  lines.leave();
  for (const line of [3, 4, 5]) lines.add(line);
  t.strictSame(told, [true, false, 'left']);
  for await (const line of lines) t.fail(`${line} after it was left`);
});
