/** Every rule that a server can break is noticed by a case that is about it. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import t from 'tap';
import { bootSettled, cannotRun, project } from '../support/machine.ts';
import { flags } from './misbehaving/flags.ts';
import type { Noticed } from './misbehaving/run.ts';

const leastFlags = 60;

t.test('flags are many, each with a name of its own', async (t) => {
  t.ok(flags.length >= leastFlags, `${flags.length} flags`);
  t.equal(new Set(flags.map(({ name }) => name)).size, flags.length);
});

t.test('a server that breaks a rule is noticed', { skip: cannotRun }, async (t) => {
  const run = [process.execPath, '--disable-warning=ExperimentalWarning', join(project, 'test/conformance/misbehaving/run.ts')] as const;
  const [node, ...words] = run;
  const seed = JSON.parse(execFileSync(node, [...words, '--seed'], { encoding: 'utf8', maxBuffer: 1 << 26 })) as Record<string, never>;
  const machine = await bootSettled(t, { registry: seed, authority: true, eventd: true, limitMs: 500_000 });
  const { stdout, stderr } = await machine.run(...run);
  const noticed = stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Noticed);
  const isHonest = ({ flag }: Noticed): boolean => flag.startsWith('honest-');
  t.strictSame(
    noticed.filter((one) => !isHonest(one)).map(({ flag }) => flag),
    flags.map(({ name }) => name),
    stderr,
  );
  for (const { flag, by, ran } of noticed.filter(isHonest)) {
    t.strictSame(by, [], `${flag}: nothing is noticed where nothing is broken`);
    t.ok(ran > 0, `${flag}: ${ran} cases`);
  }
  for (const { flag, rule, by, ran } of noticed.filter((one) => !isHonest(one)))
    t.ok(by.length > 0, `${flag}: ${rule} (${by.join(', ') || `none of ${ran} cases`})`);
});
