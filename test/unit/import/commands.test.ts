// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of units and shells
/** Command lines arrive as they were meant: hooks and shells are really run. */
import { spawnSync } from 'node:child_process';
import t from 'tap';
import { hookOf, plainProgram, programOf, shellHook, withMask } from '../../../clients/peiosctl/import/commands.ts';
import { unitCommands } from '../../../clients/peiosctl/import/systemd/command-line.ts';
import { needsShell, splitWords } from '../../../clients/peiosctl/import/words.ts';
import { splitCommand } from '../../../src/policy/definition/command-line.ts';

const show = `process.stdout.write(JSON.stringify(process.argv.slice(1)))`;

/** What the program gets to see as its arguments. */
function argumentsSeen(words: readonly string[], environment: Record<string, string> = {}): unknown {
  const [program = '', ...rest] = words;
  const run = spawnSync(program, rest, { encoding: 'utf8', env: { PATH: '/usr/bin:/bin', ...environment } });
  return run.status === 0 ? JSON.parse(run.stdout) : `${run.status} ${run.stderr}`;
}

const hard = ['plain', 'two words', 'a "b" c', "it's", 'back\\slash', '$HOME', '100%', '`id`', '*', 'ümlaut', '\\0042', 'tab\there'];

t.test('a hook gives its program exactly these words, whatever they are', async (t) => {
  const words = [process.execPath, '-e', show, '--', ...hard];
  const hook = hookOf(plainProgram(words));
  t.strictSame(argumentsSeen(splitCommand(hook) ?? []), hard);
});

t.test('a hook without double quotes needs no shell', async (t) => {
  t.equal(hookOf(plainProgram(['/bin/a', 'b c', '', 'd'])), "/bin/sh -c \"exec /bin/a 'b c' '' d\"");
  t.equal(hookOf(plainProgram(['/bin/a', 'b c', 'd'])), '/bin/a "b c" d');
});

t.test('a script of a hook ends with its own status, and sees its lines and quotes', async (t) => {
  const hook = shellHook(`test "$A" = "x  y" || exit 3\nexit 4`);
  const [program = '', ...rest] = splitCommand(hook) ?? [];
  t.equal(spawnSync(program, rest, { env: { PATH: '/usr/bin:/bin', A: 'x  y' } }).status, 4);
  t.equal(spawnSync(program, rest, { env: { PATH: '/usr/bin:/bin', A: 'x y' } }).status, 3);
});

t.test('variables of a unit are filled in as systemd does', async (t) => {
  const program = programOf([
    process.execPath,
    '-e',
    show.replace('$', '$$$$'),
    '--',
    '$MANY',
    '${MANY}',
    'a${MANY}b',
    '$$MANY',
    '100$',
    "'q'",
  ]);
  const seen = argumentsSeen([program.imagePath, ...program.arguments], { MANY: 'x  y' });
  t.strictSame(seen, ['x', 'y', 'x  y', 'ax  yb', '$MANY', '100$', "'q'"]);
});

t.test('a mask is set by a shell that becomes the program', async (t) => {
  const { imagePath, arguments: words } = withMask({ imagePath: '/bin/sh', arguments: ['-c', 'umask; echo $0 $1', 'a', 'b'] }, '027');
  t.equal(spawnSync(imagePath, [...words], { encoding: 'utf8' }).stdout, '0027\na b\n');
});

t.test('a command line of a unit: prefixes, quotes, escapes, several commands', async (t) => {
  const plain = (text: string): unknown => unitCommands(text)?.map(({ prefixes, words }) => [[...prefixes].join(''), words]);
  t.strictSame(plain('-/bin/a "b c" \'d "e"\' f\\x41\\s\\101 "q\\"r"'), [['-', ['/bin/a', 'b c', 'd "e"', 'fA A', 'q"r']]]);
  t.strictSame(plain('@/bin/a name x ; +/bin/b \\; "; "'), [
    ['@', ['/bin/a', 'x']],
    ['+', ['/bin/b', ';', '; ']],
  ]);
  t.strictSame(plain(':/bin/a $X ${Y}'), [[':', ['/bin/a', '$$X', '$${Y}']]]);
  t.equal(unitCommands('/bin/a "open'), null);
});

t.test('words of a shell', async (t) => {
  t.strictSame(splitWords(`a 'b "c"' "d \\"e\\" \\x" f\\ g ""`), ['a', 'b "c"', 'd "e" \\x', 'f g', '']);
  t.equal(splitWords(`a 'b`), null);
  const shells = ['a | b', 'a && b', 'a > f', 'a $X', 'a "$X"', 'A=1 b', 'ls *.c'];
  const none = ['a b', "a '$X'", 'a "b c"', 'a b=c', 'a \\$X'];
  t.strictSame(
    shells.map(needsShell),
    shells.map(() => true),
  );
  t.strictSame(
    none.map(needsShell),
    none.map(() => false),
  );
});
