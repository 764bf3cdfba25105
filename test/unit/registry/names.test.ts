import t from 'tap';
import { RegistryFailure } from '../../../src/registry/failure.ts';
import { checkValueName, splitPath } from '../../../src/registry/names.ts';

function errnoOf(body: () => unknown): string {
  try {
    body();
    return 'none';
  } catch (error) {
    if (error instanceof RegistryFailure) return error.error;
    throw error;
  }
}

t.test('both separators are read; empty components, also at the ends, are EINVAL', async (t) => {
  t.same(splitPath('Machine\\a/b'), ['Machine', 'a', 'b']);
  t.same(splitPath(''), []);
  for (const path of ['\\a', 'a\\', 'a\\\\b', 'a//b', '/', 'a\\/b'])
    t.equal(
      errnoOf(() => splitPath(path)),
      'EINVAL',
      path,
    );
  for (const path of ['a\0', 'a\\\ud800'])
    t.equal(
      errnoOf(() => splitPath(path)),
      'EINVAL',
    );
});

t.test('limits are exact and count bytes of UTF-8: names 255, paths 16383, levels 512', async (t) => {
  t.equal(splitPath(`${'ü'.repeat(127)}x`).length, 1);
  t.equal(
    errnoOf(() => splitPath('ü'.repeat(128))),
    'ENAMETOOLONG',
  );
  t.equal(
    errnoOf(() => checkValueName('n'.repeat(255))),
    'none',
  );
  t.equal(
    errnoOf(() => checkValueName('n'.repeat(256))),
    'ENAMETOOLONG',
  );
  const path = `${`${'n'.repeat(255)}\\`.repeat(63)}${'n'.repeat(255)}`;
  t.equal(Buffer.byteLength(path), 16383);
  t.equal(splitPath(path).length, 64);
  t.equal(
    errnoOf(() => splitPath(`${path}n`)),
    'ENAMETOOLONG',
  );
  t.equal(splitPath(Array(512).fill('k').join('\\')).length, 512);
  t.equal(
    errnoOf(() => splitPath(Array(513).fill('k').join('\\'))),
    'EINVAL',
  );
});

t.test('a value name may be empty and hold separators, but not NUL or half a character', async (t) => {
  for (const name of ['', 'a\\b/c', ' ', '\n'])
    t.equal(
      errnoOf(() => checkValueName(name)),
      'none',
    );
  for (const name of ['\0', '\udfff'])
    t.equal(
      errnoOf(() => checkValueName(name)),
      'EINVAL',
    );
});
