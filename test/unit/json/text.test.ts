import t from 'tap';
import { list, quote, readyList } from '../../../src/json/text.ts';

t.test('a list is written element by element, unless it is JSON already', async (t) => {
  t.equal(list(['a', 'b"'], quote), '["a","b\\""]');
  t.equal(list([], quote), '[]');
  t.equal(list(readyList<string>('"a","b"'), quote), '["a","b"]');
  t.equal(list(readyList<string>(''), quote), '[]');
  t.strictSame([...readyList<string>('"a"')], [], 'and nobody else sees anything in it');
});
