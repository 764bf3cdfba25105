/** Words of a command line that mean more than Node takes them for. */
import t from 'tap';
import { parseWords } from '../../../clients/peiosctl/options.ts';

const read = (line: string): readonly [Readonly<Record<string, unknown>>, readonly string[]] => {
  const { values, positionals } = parseWords(line.split(' '), ['logs']);
  return [{ ...values }, positionals];
};

t.test('a time that counts back may begin with a dash', async (t) => {
  t.strictSame(read('logs --since -10m --until -5m web'), [{ since: '-10m', until: '-5m' }, ['logs', 'web']]);
  t.strictSame(read('logs --since 09:30'), [{ since: '09:30' }, ['logs']]);
  t.throws(() => read('logs --since --json'), { message: '--since takes a value: --since TIME' });
  t.throws(() => read('logs -n -5'), { message: '--lines takes a value: -n N or --lines N' });
});

t.test('a boot may be left out, and is taken from the next word only where that looks like one', async (t) => {
  const id = '01a22eb6-04c7-7000-ae67-f2b300000000';
  t.strictSame(read('logs -b'), [{ boot: '0' }, ['logs']]);
  t.strictSame(read('logs -b web'), [{ boot: '0' }, ['logs', 'web']]);
  t.strictSame(read('logs --boot -1 web'), [{ boot: '-1' }, ['logs', 'web']]);
  t.strictSame(read('logs -b-2'), [{ boot: '-2' }, ['logs']]);
  t.strictSame(read(`logs -b ${id} web`), [{ boot: id }, ['logs', 'web']]);
  t.strictSame(read(`logs --boot=${id}`), [{ boot: id }, ['logs']]);
  t.strictSame(read('logs -b -f'), [{ boot: '0', follow: true }, ['logs']]);
  t.strictSame(read('logs -- -b --since -1'), [{}, ['logs', '-b', '--since', '-1']]);
});
