import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { idsIn, parseRequirements, traceTap } from '../../../.ci/trace.ts';

const project = join(import.meta.dirname, '../../..');

const run = (...words: string[]): { status: number | null; output: string } => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(project, '.ci/trace.ts'), ...words], { encoding: 'utf8' });
  return { status, output: stdout + stderr };
};

t.test('ids stand singly, in rows and as ranges', async (t) => {
  t.strictSame(
    [...idsIn('ST-014 RST-009 and CMD-001..CMD-003, OP-09..11')],
    ['ST-014', 'RST-009', 'CMD-001', 'CMD-002', 'CMD-003', 'OP-09', 'OP-10', 'OP-11'],
  );
  t.strictSame([...idsIn('no id in X-1, UTF-8 or PSD-007-')], ['PSD-007']);
});

const tap = `TAP version 14
# Subtest: a.test.ts
    # Subtest: ST-001 passes
        ok 1 - fine
        1..1
    ok 1 - ST-001 passes # time=3ms
    # Subtest: ST-002 asserts nothing
        1..0
    ok 2 - ST-002 asserts nothing # time=3ms
    ok 3 - ST-003 is skipped # SKIP no kernel
    not ok 4 - ST-004 fails # time=1ms
    not ok 5 - ST-005 is to be done # TODO
    ok 6 - ST-006..ST-007 stand in a range
    1..6
not ok 1 - a.test.ts
1..1
`;

t.test('only tests that ran, asserted and passed prove', async (t) => {
  const { proven, failed } = traceTap(tap);
  t.strictSame([...proven], ['ST-001', 'ST-006', 'ST-007']);
  t.strictSame([...failed], ['ST-004']);
});

const list = [
  'id\tsection\tlevel\tarea\trequirement\tobservable\twhere',
  'ST-001\t5.1\tMUST\tstates\tIt does.\tSeen.\tany',
  'ST-002\t5.1\tMUST NOT\tstates\tIt does not.\tNot seen.\tvm',
  'ST-003\t5.1\tFACT\tstates\tSo it is.\tAlways.\tany',
  'ST-004\t5.1\tMUST\tstates\tOn Peios.\tThere.\tpeios',
  '',
].join('\n');

t.test('facts and what only Peios shows are not counted, a failed test is told', async (t) => {
  const directory = t.testdir({ 'list.tsv': list, 'good.tap': 'ok 1 - ST-001 works\n', 'bad.tap': 'not ok 1 - ST-002 works\n' });
  const requirements = ['--requirements', join(directory, 'list.tsv')];
  t.strictSame(run(...requirements, '--missing', join(directory, 'good.tap')), {
    status: 0,
    output: 'ST        1 / 2   \n       ST-002  It does not.\nrequirements proven: 1 of 2, failed: 0\n',
  });
  t.strictSame(run(...requirements, join(directory, 'bad.tap')), {
    status: 1,
    output: 'ST        0 / 2     1 failed\nrequirements proven: 0 of 2, failed: 1\n',
  });
});

t.test('a requirement explains itself', async (t) => {
  t.strictSame([...parseRequirements(list).keys()], ['ST-001', 'ST-002', 'ST-003', 'ST-004']);
  const directory = t.testdir({ 'list.tsv': list });
  t.strictSame(run('--requirements', join(directory, 'list.tsv'), '--explain', 'ST-002', 'ST-009'), {
    status: 2,
    output: 'ST-002  MUST NOT, PSD-007 5.1, states, vm only\n  It does not.\n  Shows: Not seen.\ntrace: there is no requirement ST-009\n',
  });
});

t.test('the list of the project is whole: an id, a level and a sentence each, no id twice', async (t) => {
  const lines = readFileSync(join(project, 'docs/requirements.tsv'), 'utf8').trimEnd().split('\n').slice(1);
  const rows = [...parseRequirements(readFileSync(join(project, 'docs/requirements.tsv'), 'utf8')).values()];
  t.equal(rows.length, lines.length);
  const broken = rows.filter(
    ({ id, level, where }) => !/^[A-Z]{2,5}-\d{3}$/.test(id) || level === '' || !['any', 'vm', 'peios'].includes(where),
  );
  t.strictSame(broken, []);
});
