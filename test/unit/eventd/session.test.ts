import t from 'tap';
import type { Caller } from '../../../src/hosted/eventd/serve/caller.ts';
import { Refusal } from '../../../src/hosted/eventd/serve/refusal.ts';
import type { UnderWay } from '../../../src/hosted/eventd/serve/session.ts';
import { Questions, Session } from '../../../src/hosted/eventd/serve/session.ts';

/** Something that is under way, and what was asked of it. */
function work(calls: string[] = []): UnderWay {
  return {
    stored: () => void calls.push('stored'),
    drained: () => void calls.push('drained'),
    renew: () => void calls.push('renew'),
    end: () => void calls.push('end'),
  };
}

const caller = (user: number, isSystem = false) => ({ holder: { user, isSystem } }) as unknown as Caller;
const session = (questions: Questions, user: number, isSystem = false) =>
  new Session(caller(user, isSystem), { congested: false }, questions);

t.test('one user has so many requests under way and no more, and locks nobody out', async (t) => {
  const questions = new Questions();
  const [one, other, system] = [session(questions, 1), session(questions, 2), session(questions, 0, true)];
  for (let count = 0; count < 16; count += 1) one.begin(() => work());
  t.throws(() => one.begin(() => work()), new Refusal('BUSY', 'this user has 16 requests under way already'));
  other.begin(() => work());
  for (let count = 0; count < 20; count += 1) system.begin(() => work());
  one.close();
  one.begin(() => work());
  t.equal(questions.count, 22);
});

t.test('a place is given back at the end of a request, and where none was made', async (t) => {
  const questions = new Questions();
  const one = session(questions, 1);
  for (let count = 0; count < 40; count += 1) {
    let over = (): void => undefined;
    one.begin((end) => {
      over = end;
      return work();
    });
    over();
    t.throws(
      () =>
        one.begin(() => {
          throw new Error('not made');
        }),
      { message: 'not made' },
    );
  }
  t.equal(questions.count, 0);
});

t.test('what is under way hears of what was stored, read and changed, and ends with its connection', async (t) => {
  const questions = new Questions();
  const calls: string[] = [];
  const one = session(questions, 1);
  one.begin(() => work(calls));
  questions.stored();
  questions.renew();
  one.drained();
  one.close();
  questions.stored();
  t.strictSame(calls, ['stored', 'renew', 'drained', 'end']);
});
