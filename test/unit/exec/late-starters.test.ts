import t from 'tap';
import { createLateStarters } from '../../../src/exec/late-starters.ts';

const start = (program: string) => ({ argv: [program] as const, process: { workingDirectory: '/' } });

t.test('O-07 of a user that kept process 1 waiting nothing is started in its memory any more, of root that program alone', async (t) => {
  const late = createLateStarters();
  late.add(start('/srv/a'), { uid: 1000 });
  late.add(start('/srv/a'), { uid: 0 });
  const asked = [
    ['/srv/b', 1000],
    ['/srv/a', 1001],
    ['/srv/a', 0],
    ['/srv/b', 0],
  ] as const;
  t.strictSame(
    asked.map(([program, uid]) => late.includes(start(program), { uid })),
    [true, false, true, false],
  );
});
