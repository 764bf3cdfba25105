import t from 'tap';
import { readArguments, UsageError, unknownOption } from '../../../src/hosted/daemon/command-line.ts';

/** What a program makes of its arguments when the options in `withValue` take one. */
function read(argv: readonly string[], withValue: readonly string[]): string[] {
  const found: string[] = [];
  for (const argument of readArguments(argv)) {
    if (!argument.isOption) found.push(argument.text);
    else
      found.push(withValue.includes(argument.text) ? `${argument.text}:${argument.value()}` : `${argument.text}!${argument.inline ?? ''}`);
  }
  return found;
}

t.test('a value stands behind its option or behind an equal sign, and the rest are operands in their order', async (t) => {
  const found = read(['--a', 'b', 'c=d', '--e=f=g', '-', '--h', '--i=j', '--a', '--k', 'l'], ['--a', '--e']);
  t.strictSame(found, ['--a:b', 'c=d', '--e:f=g', '-', '--h!', '--i!j', '--a:--k', 'l']);
});

t.test('an option without its value is a wrong command line', async (t) => {
  for (const argv of [['--a'], ['--a', ''], ['--a=']]) t.throws(() => read(argv, ['--a']), new UsageError('--a needs a value'));
  const [unknown] = readArguments(['--nothing=1']);
  t.equal(unknown && unknownOption(unknown).message, 'there is no option --nothing');
});
