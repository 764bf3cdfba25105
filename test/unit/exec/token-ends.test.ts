import t from 'tap';
import type { Containment } from '../../../src/exec/containment.ts';
import { createTokenEnds } from '../../../src/exec/token-ends.ts';

function createScene() {
  const watched: [string, () => void][] = [];
  const dead: string[] = [];
  const containment = { whenEmpty: (tree: string, part: string, done: () => void) => void watched.push([`${tree}/${part}`, done]) };
  const ends = createTokenEnds(() => containment as unknown as Containment, { ended: (id) => void dead.push(id) });
  return { watched, dead, ends };
}

t.test('a token lives as long as anything lives where its process was born, and no longer', async (t) => {
  const { watched, dead, ends } = createScene();
  ends({ id: 'a', tree: 'web', part: 'hooks' }, false);
  ends({ id: 'b', tree: 'web', part: 'hooks' }, false);
  ends({ id: 'c', tree: 'web', part: 'main' }, false);
  t.strictSame([watched.map(([place]) => place), dead], [['web/hooks', 'web/main'], []]);
  watched[0]?.[1]();
  t.strictSame(dead, ['a', 'b']);
  ends({ id: 'd', tree: 'web', part: 'hooks' }, false);
  t.equal(watched.length, 3, 'the next one is watched anew');
  watched[1]?.[1]();
  t.strictSame(dead, ['a', 'b', 'c']);
});

t.test('where nothing is left a token is dead at once', async (t) => {
  const dead: string[] = [];
  const containment = { whenEmpty: (_tree: string, _part: string, done: () => void) => done() };
  const ends = createTokenEnds(() => containment as unknown as Containment, { ended: (id) => void dead.push(id) });
  ends({ id: 'a', tree: 'web', part: 'health' }, false);
  ends({ id: 'b', tree: 'web', part: 'health' }, false);
  t.strictSame(dead, ['a', 'b']);
});

t.test('where it is known that nothing is left nobody looks', async (t) => {
  const { watched, dead, ends } = createScene();
  ends({ id: 'a', tree: 'web', part: 'main' }, true);
  t.strictSame([dead, watched], [['a'], []]);
});
