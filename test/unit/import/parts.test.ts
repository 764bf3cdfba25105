// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of Compose files
import t from 'tap';
import { interpolate } from '../../../clients/peiosctl/import/compose/interpolation.ts';
import { seconds } from '../../../clients/peiosctl/import/durations.ts';
import { environmentOf, expand, readSections } from '../../../clients/peiosctl/import/supervisord/sections.ts';
import { fillIn, readUnit, unitName } from '../../../clients/peiosctl/import/systemd/unit-file.ts';
import { convert } from './support.ts';

t.test('times of other systems in seconds', async (t) => {
  const times = ['90', '1min 30s', '1m30s', '500ms', '2h', '1d', 'infinity', '1.5', '10 sec', 'soon', '', '5 parsecs', '-3'];
  const whole = [90, 90, 90, 0.5, 7200, 86400, Number.POSITIVE_INFINITY, 1.5, 10, null, null, null, null];
  t.strictSame(times.map(seconds), whole);
});

t.test('a unit file: continued lines with comments between them, and lines that are none', async (t) => {
  const text = '# c\n[Service]\nExecStart=/bin/a \\\n # c\n  b \\\n\n; c\nstray\nX = y \r\n';
  t.strictSame(
    readUnit({ name: 'u', text }).map(({ line, section, word, value }) => [line, section, word, value]),
    [
      [3, 'Service', 'ExecStart', '/bin/a b'],
      [8, '', 'stray', ''],
      [9, 'Service', 'X', 'y'],
    ],
  );
});

t.test('what a unit knows of itself', async (t) => {
  const unit = unitName('/etc/systemd/system/get@some-dir.service');
  t.strictSame(unit, { prefix: 'get', instance: 'some-dir', suffix: 'service' });
  t.strictSame(fillIn('%n %N %p %i %I %f %t/%p 100%% %H %z', unit), {
    value: 'get@some-dir.service get@some-dir get some-dir some/dir /some/dir /run/get 100% %H %z',
    unknown: ['%H', '%z'],
  });
});

t.test('sections of supervisord: comments, continued values, lines that are none', async (t) => {
  const { sections, strays } = readSections({ name: 'f', text: 'lost\n[program:a]\ncommand = x ; c\n  y;z\n;c\nkey:v\n\n[group:b]\n' });
  t.strictSame(
    sections.map(({ kind, name, line, entries }) => [kind, name, line, entries.map(({ word, value, line: at }) => [word, value, at])]),
    [
      [
        'program',
        'a',
        2,
        [
          ['command', 'x\ny;z', 3],
          ['key', 'v', 6],
        ],
      ],
      ['group', 'b', 8, []],
    ],
  );
  t.strictSame(strays, [{ file: 'f', line: 1, word: 'lost', value: '' }]);
});

t.test('environment and expressions of supervisord', async (t) => {
  t.strictSame(environmentOf(`A="x,y",B='z "q"', C=plain`), ['A=x,y', 'B=z "q"', 'C=plain']);
  t.equal(environmentOf('A="x'), null);
  t.strictSame(
    expand(
      '%(n)s-%(i)02d %% %(gone)s',
      new Map([
        ['n', 'w'],
        ['i', '7'],
      ]),
    ),
    { value: 'w-07 % %(gone)s', unknown: ['%(gone)s'] },
  );
});

t.test('variables of a Compose file', async (t) => {
  const data = { a: ['$A ${A} ${B:-b} ${E-e}${E:-f} ${A:+alt} $$A', 3], b: '${NONE}' };
  t.strictSame(interpolate(data, { A: '1', E: '' }), { data: { a: ['1 1 b f alt $A', 3], b: '' }, missing: ['NONE'] });
});

t.test('a timer of systemd: what it does unless told, and what takes back what was told before', async (t) => {
  const triggersOf = (timer: string) => {
    const files = [
      { name: 'job.service', text: '[Service]\nExecStart=/bin/true\n' },
      { name: 'job.timer', text: `[Timer]\n${timer}` },
    ];
    const fields = convert('systemd', files).services[0]?.fields;
    return [fields?.triggers, fields?.timerPersistent];
  };
  t.strictSame(triggersOf('OnCalendar=daily\nOnCalendar=Mon 9:00\n'), [['timer:daily', 'timer:Mon 9:00'], false]);
  t.strictSame(triggersOf('OnCalendar=daily\nOnCalendar=\nOnCalendar=weekly\nPersistent=yes\n'), [['timer:weekly'], true]);
});
