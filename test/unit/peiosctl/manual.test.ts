/** What is printed from the descriptions of the commands: the manual, and the table of exit statuses. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { allCommands } from '../../../clients/peiosctl/all-commands.ts';
import { exitRows, exitTable } from '../../../clients/peiosctl/manual/exit-table.ts';
import { manual, roff } from '../../../clients/peiosctl/manual/manual.ts';

const project = join(import.meta.dirname, '../../..');
const read = (path: string): string => readFileSync(join(project, path), 'utf8');
const listed = await allCommands();
const page = manual(listed, '9.9.9');
const has = (program: string): boolean => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;

t.test('the table of exit statuses on the page of the command line is the one that is printed', async (t) => {
  const [, section = ''] = read('docs/commands.md').split('## Exit statuses\n');
  t.strictSame(
    section.split('\n').filter((line) => line.startsWith('|')),
    exitTable(listed),
  );
});

t.test('the programs that boot machines, and registryd, name the same exit statuses in their help', async (t) => {
  const helps: Record<string, string> = {
    'peinit-sandbox': read('src/linux/launcher/options.c'),
    'peinit-vm': read('bin/vm/options.ts'),
    registryd: read('src/hosted/registryd/help.ts'),
  };
  for (const [program, help] of Object.entries(helps)) {
    const [, told = ''] = help.replaceAll('PID 1', 'PID').split(/Exit status: |Ends with /);
    const rows = exitRows(listed).filter((row) => row.program === program);
    const named = rows.flatMap(({ status, meaning }) =>
      [...`${status} ${meaning.replace('process 1', 'it')}`.matchAll(/\b\d{1,3}(?:\+n)?/g)].map(([number]) => number),
    );
    const inHelp = [...(told.split('";')[0] ?? '').split('`;')[0]!.matchAll(/(?<![\w/])\d{1,3}(?:\+n)?(?=[\s:,.]|when)/g)].map(
      ([number]) => number,
    );
    t.strictSame([...new Set(named)].sort(), [...new Set(inHelp)].sort(), program);
  }
});

t.test('the manual has every command with its usage, options and examples', async (t) => {
  for (const { name, description } of listed) {
    t.match(page, new RegExp(`^\\.B "${roff(name).replaceAll('\\', '\\\\')}[ "]`, 'm'), name);
    for (const { line } of description.examples) t.ok(page.includes(roff(`peiosctl ${line}`).replaceAll('"', '\\(dq')), line);
  }
  t.match(page, /^\.TH PEIOSCTL 1 "" "peinit 9\.9\.9" "peinit"$/m);
});

t.test('no text of the manual is taken for a request', async (t) => {
  t.equal(roff('.profile'), '\\&.profile');
  t.equal(roff("'quoted'"), "\\&'quoted'");
  t.equal(roff('C:\\x --y'), 'C:\\ex \\-\\-y');
});

const mandoc = has('mandoc') ? 'mandoc' : join(project, '.cache/tools/bin/mandoc');
t.test('mandoc has nothing to say to it', { skip: !has(mandoc) && 'mandoc is missing (npm run setup)' }, async (t) => {
  const { stdout, stderr } = spawnSync(mandoc, ['-T', 'lint', '-W', 'warning'], { input: page, encoding: 'utf8' });
  // A page that is printed at each build has no date.
  t.strictSame(
    [...stdout.split('\n'), ...stderr.split('\n')].filter((line) => line !== '' && !line.includes('missing date')),
    [],
  );
});

t.test('groff formats it without a warning', { skip: !has('groff') && 'groff is missing' }, async (t) => {
  const { status, stdout, stderr } = spawnSync('groff', ['-man', '-Tascii', '-ww', '-P-c'], { input: page, encoding: 'utf8' });
  t.strictSame({ status, stderr }, { status: 0, stderr: '' });
  const plain = stdout.replace(/.\u0008/g, '');
  t.match(plain, /NAME\n +peiosctl - talks to peinit and its registry/);
  t.match(plain, /peiosctl start web --no-wait/);
});
