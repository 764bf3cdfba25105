import t from 'tap';
import type { FileResult } from '../../../bin/tap-tally.ts';
import { TapTally } from '../../../bin/tap-tally.ts';
import { only } from '../../support/lists.ts';

function tallyOf(tap: string): { files: FileResult[]; tally: TapTally } {
  const files: FileResult[] = [];
  const tally = new TapTally((result) => files.push(result));
  for (const line of tap.split('\n')) tally.line(line);
  tally.end();
  return { files, tally };
}

t.test('titled blocks are counted at every depth, assertions are not', async (t) => {
  const { files, tally } = tallyOf(`
# Subtest: test/a.test.ts
    # Subtest: outer
        ok 1 - an assertion
        # Subtest: inner
            ok 1 - another
            1..1
        ok 2 - inner # time=2.5ms

        1..2
    ok 1 - outer # time=8.7ms

    1..1
ok 1 - test/a.test.ts # time=1500ms
`);
  t.strictSame(only(files, 'file', 'ok', 'passed', 'failed', 'skipped', 'seconds', 'failures'), [
    { file: 'test/a.test.ts', ok: true, passed: 2, failed: 0, skipped: 0, seconds: 1.5, failures: [] },
  ]);
  t.strictSame(only(tally, 'passed', 'failed', 'skips'), { passed: 2, failed: 0, skips: [] });
});

t.test('a failed assertion is told with its titles and diagnostics, and fails its test', async (t) => {
  const { files, tally } = tallyOf(`
# Subtest: test/a.test.ts
    # Subtest: sums
        not ok 1 - numbers
          ---
          diff: |
            -2

            +1
          ...
        1..1
    not ok 1 - sums # time=1ms
    1..1
not ok 1 - test/a.test.ts # time=10ms
`);
  t.equal(tally.failed, 1);
  t.same(files[0]!.failures, ['sums > numbers\ndiff: |\n  -2\n  +1']);
});

t.test('a file that ends badly without a failed test counts as one failure, with how it ended', async (t) => {
  const { files, tally } = tallyOf(`
# Subtest: test/a.test.ts
    ok 1 - loose assertion
not ok 1 - test/a.test.ts # time=10ms
  ---
  ended: with SIGSEGV
  ...
# Subtest: test/b.test.ts
    # Subtest: fine
        ok 1 - yes
        1..1
    ok 1 - fine # time=1ms
    1..1
ok 2 - test/b.test.ts # time=10ms
`);
  t.match(tally, { passed: 1, failed: 1 });
  t.strictSame(only(files, 'ok', 'failures'), [
    { ok: false, failures: ['the file as a whole\nended: with SIGSEGV'] },
    { ok: true, failures: [] },
  ]);
});

t.test('skipped and unfinished tests are remembered with their reasons, whole files too', async (t) => {
  const { tally } = tallyOf(`
# Subtest: test/a.test.ts
    ok 1 - on a real kernel # SKIP no QEMU here
    not ok 2 - later # TODO
    1..2
ok 1 - test/a.test.ts # time=10ms
# Subtest: test/b.test.ts
    1..0 # no strace here
ok 2 - test/b.test.ts # time=10ms
`);
  t.match(tally, { passed: 0, failed: 0 });
  t.same(tally.skips, [
    { file: 'test/a.test.ts', title: 'on a real kernel', reason: 'no QEMU here' },
    { file: 'test/a.test.ts', title: 'later', reason: '(todo, no reason given)' },
    { file: 'test/b.test.ts', title: 'the whole file', reason: 'no strace here' },
  ]);
});

t.test('a test that asserts nothing has failed', async (t) => {
  const { files, tally } = tallyOf(`
# Subtest: test/a.test.ts
    # Subtest: empty
        1..0
    ok 1 - empty # time=1ms
    # Subtest: full
        ok 1 - yes
        1..1
    ok 2 - full # time=1ms
    1..2
ok 1 - test/a.test.ts # time=10ms
`);
  t.match(tally, { passed: 1, failed: 1 });
  t.strictSame(only(files, 'ok', 'failures'), [{ ok: false, failures: ['empty\nit asserts nothing'] }]);
});
