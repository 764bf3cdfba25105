import t from 'tap';
import { defaultServiceSecurity } from '../../../src/security/defaults.ts';
import { encodeDescriptor } from '../../../src/security/descriptor.ts';
import { readSeed } from '../../../src/seed/read-seed.ts';
import { SeedError } from '../../../src/seed/seed-error.ts';
import { readSource } from '../../../src/seed/seed-source.ts';
import { only } from '../../support/lists.ts';

async function messageOf(file: string, text: string): Promise<string> {
  try {
    await readSeed(file, text);
    return 'no error';
  } catch (error) {
    if (error instanceof SeedError) return error.message;
    throw error;
  }
}

/** The values of the only key, without their lines. */
async function values(text: string, file = 'seed.yaml'): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const keys = await readSeed(file, text);
  return only(keys[0]?.values ?? [], 'name', 'type', 'data');
}

t.test('each form gives its type, in YAML and in JSON', async (t) => {
  const expected = [
    { name: 'S', type: 'SZ', data: 'text' },
    { name: 'L', type: 'MULTI_SZ', data: ['a', 'b'] },
    { name: 'E', type: 'MULTI_SZ', data: [] },
    { name: 'D', type: 'DWORD', data: 4294967295 },
    { name: 'Q', type: 'QWORD', data: '18446744073709551615' },
    { name: 'H', type: 'BINARY', data: 'AP8=' },
    { name: 'X', type: 'EXPAND_SZ', data: '$HOME' },
  ];
  const yaml = `
Machine\\K:
  S: text
  L: [a, b]
  E: []
  D: 0xffffffff
  Q: {qword: "18446744073709551615"}
  H: {hex: 00ff}
  X: {type: EXPAND_SZ, data: $HOME}
`;
  const json = `{"Machine\\\\K": {"S": "text", "L": ["a", "b"], "E": [], "D": 4294967295,
    "Q": {"qword": "18446744073709551615"}, "H": {"hex": "00FF"}, "X": {"type": "EXPAND_SZ", "data": "$HOME"}}}`;
  t.same(await values(yaml), expected);
  t.same(await values(json, 'seed.json'), expected);
  t.same(await values(json, 'no ending'), expected, 'without an ending the first character tells');
});

t.test('enum fields of services take number or name, yes-or-no fields true and false, at that place only', async (t) => {
  const service = 'machine/SYSTEM/services/web:\n  type: Oneshot\n  ErrorControl: 1\n  Disabled: true\n  SafeMode: false\n';
  t.same(
    (await values(service)).map(({ type, data }) => [type, data]),
    [
      ['DWORD', 1],
      ['DWORD', 1],
      ['DWORD', 1],
      ['DWORD', 0],
    ],
  );
  t.strictSame(only(await values('Machine\\System\\Services\\web\\sub:\n  Type: Oneshot\n'), 'type', 'data'), [
    { type: 'SZ', data: 'Oneshot' },
  ]);
  t.strictSame(only(await values('Machine\\Other:\n  Type: Oneshot\n'), 'type'), [{ type: 'SZ' }]);
});

t.test('every error names file, line, key and value, and says what to do', async (t) => {
  const cases = [
    ['Machine\\K:\n  x: true\n', /^f\.yaml:2: Machine\\K: x: the registry has no type for true; write 1 for a number, or "true" in quotes/],
    ['Machine\\K:\n  x: 4294967296\n', /^f\.yaml:2: Machine\\K: x: the number is not between 0 and 4294967295; .*\{qword: "\.\.\."\}/],
    ['Machine\\K:\n  x: -1\n', /^f\.yaml:2: Machine\\K: x: the number is not between 0 and 4294967295$/],
    ['Machine\\K:\n  x: 1.5\n', /^f\.yaml:2: Machine\\K: x: the value is something that no value can be;/],
    ['Machine\\K:\n  x:\n', /^f\.yaml:2: Machine\\K: x: the value is empty/],
    ['Machine\\K:\n  x:\n    - a\n    - 8080\n', /^f\.yaml:4: Machine\\K: x: item 2 .*a number; write it in quotes/],
    ['Machine\\K:\n  x: {sddl: "D:("}\n', /^f\.yaml:2: Machine\\K: x: sddl, character 4: ACE 1 of the DACL has the fields type;flags/],
    ['Machine\\K:\n  x: {sddl: 5}\n', /^f\.yaml:2: Machine\\K: x: sddl takes a string/],
    [
      'Machine\\System\\Init:\n  ControlSecurity: D:P\n',
      /^f\.yaml:2: .*ControlSecurity: takes a security descriptor, \{sddl: "O:\.\.\.G:\.\.\.D:\.\.\."\} or \{hex: "\.\.\."\}, not "D:P"/,
    ],
    ['Machine\\K:\n  x: {hex: "0"}\n', /^f\.yaml:2: Machine\\K: x: hex takes pairs/],
    ['Machine\\K:\n  x: {qword: "-1"}\n', /^f\.yaml:2: Machine\\K: x: data of type QWORD/],
    ['Machine\\K:\n  x: {a: 1}\n', /^f\.yaml:2: Machine\\K: x: a map here is/],
    ['Machine\\K:\n  x: {type: FOO, data: 1}\n', /^f\.yaml:2: Machine\\K: x: type is one of NONE, SZ/],
    ['Machine\\K:\n  x: {type: DWORD, data: "1"}\n', /^f\.yaml:2: Machine\\K: x: data of type DWORD/],
    [
      'Machine\\K:\n  x: [a, ""]\n',
      /^f\.yaml:2: Machine\\K: x: item 2 of the list is empty; a REG_MULTI_SZ ends at an empty string, so none is taken\./,
    ],
    ['Machine\\K: 5\n', /^f\.yaml:1: Machine\\K: a key holds a map/],
    ['\n\nOther\\K: {}\n', /^f\.yaml:3: Other\\K: the path must begin with one of the hives Machine, Users/],
    ['Machine\\\\K: {}\n', /^f\.yaml:1: Machine\\\\K: .*empty component/],
    ['Machine\\K:\n  x: 1\n  y: 2\n  X: 3\n', /^f\.yaml:4: Machine\\K: X: the value is given twice, first in line 2/],
    ['Machine\\ς: {}\nMachine/Σ: {}\n', /^f\.yaml:2: Machine\/Σ: the key is given twice, first in line 1/],
    ['- a\n', /^f\.yaml:1: a seed is a map/],
    ['Machine\\K:\n x: 1\n  y: 2\n', /^f\.yaml:[23]: /],
    ['Machine\\K:\n  x: "open\n', /^f\.yaml:\d: /],
    [
      'Machine\\System\\Services\\web:\n  RestartPolicy: always\n',
      /^f\.yaml:2: .*RestartPolicy: "always" is not one of Never \(0\), OnFailure \(1\), Always \(2\)/,
    ],
  ] as const;
  for (const [text, message] of cases) t.match(await messageOf('f.yaml', text), message, JSON.stringify(text));
});

t.test('errors of JSON name their line too', async (t) => {
  const cases = [
    ['{\n"Machine\\\\K": {\n"x": 1,\n"X": 2}}', /^f\.json:4: Machine\\K: X: the value is given twice, first in line 3/],
    ['{\n"Machine\\\\K": {},\n"Machine\\\\K": {}}', /^f\.json:3: Machine\\K: the key is given twice, first in line 2/],
    ['{\n"Machine\\\\K": {"x": 1,}}', /^f\.json:2: a string in double quotes was expected/],
    ['{"a": 1\n"b": 2}', /^f\.json:2: a comma or } was expected/],
    ['{"a" 1}', /^f\.json:1: a colon/],
    ['{"a": [1\n\n}', /^f\.json:3: a comma or \] was expected/],
    ['{"a": "\\x"}', /^f\.json:1: a string in double quotes/],
    ['{"a": nul}', /^f\.json:1: a value was expected/],
    ['{"a": 1\n', /^f\.json:2: a comma or }/],
    ['{"a":\n', /^f\.json:2: the file ends in the middle/],
    ['{} x', /^f\.json:1: something follows/],
    ['['.repeat(100), /^f\.json:1: the nesting is deeper than 16/],
    ['{"Machine\\\\K": {"x": 01}}', /^f\.json:1: /],
    ['{"Machine\\\\K": {"x": "\\ud800"}}', /^f\.json:1: Machine\\K: x: data of type SZ/],
  ] as const;
  for (const [text, message] of cases) t.match(await messageOf('f.json', text), message, JSON.stringify(text.slice(0, 50)));
});

t.test('all errors of a file are told, twenty at most', async (t) => {
  let text = 'Machine\\K:\n';
  for (let index = 0; index < 30; index += 1) text += `  v${index}: 1.5\n`;
  const lines = (await messageOf('f.yaml', text)).split('\n');
  t.equal(lines.length, 21);
  t.equal(lines[20], 'f.yaml: and 10 more');
});

t.test('aliases are followed, and one that grows without bound is refused', async (t) => {
  const [one, two] = await readSeed('f.yaml', 'Machine\\A: &a\n  x: 1\nMachine\\B: *a\n');
  t.same(one?.values, two?.values);
  let bomb = 'a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n';
  for (let index = 1; index < 9; index += 1)
    bomb += `a${index}: &a${index} [${Array(10)
      .fill(`*a${index - 1}`)
      .join(', ')}]\n`;
  t.match(await messageOf('f.yaml', bomb), /^f\.yaml:6: the file grows to more than 1000000 values; use fewer aliases$/);
  t.equal(await messageOf('f.yaml', 'Machine\\A: &a\n  x: *a\n'), 'f.yaml:2: the alias contains itself; write the values out');
  t.equal(
    await messageOf('f.yaml', 'Machine\\A: *a\n'),
    'f.yaml:1: the alias names nothing that stands before it; a text that begins with * is written in quotes',
  );
  const [, , again, last] = await readSeed('f.yaml', 'Machine\\A: &a\n  x: 1\nMachine\\B: &a\n  x: 2\nMachine\\C: *a\nMachine\\D: *a\n');
  t.strictSame([again?.values[0]?.data, last?.values[0]?.data], [2, 2], 'the latest of a name counts');
  const nested = `a: &a ${'['.repeat(9)}${']'.repeat(9)}\nb: ${'['.repeat(9)}*a${']'.repeat(9)}\n`;
  t.match(await messageOf('f.yaml', nested), /^f\.yaml:2: the nesting is deeper than 16 levels/);
});

t.test('ten thousand aliases cost no more than ten thousand values', async (t) => {
  const file = (value: string): string =>
    `Machine\\A:\n  x: &a v\n${Array.from({ length: 10_000 }, (_, index) => `  b${index}: ${value}\n`).join('')}`;
  const cost = async (text: string): Promise<number> => {
    const begun = process.cpuUsage();
    const [key] = await readSeed('f.yaml', text);
    t.equal(key?.values.length, 10_001);
    return process.cpuUsage(begun).user;
  };
  await cost(file('v'));
  const plain = await cost(file('v'));
  t.ok((await cost(file('*a'))) < 5 * plain + 500_000);
});

t.test('what YAML is not, or not any more, is told in words of seeds and with a way out', async (t) => {
  const service = 'Machine\\System\\Services\\web:\n';
  const key = 'Machine\\System\\Services\\web';
  const cases = [
    [
      'Machine\\A: &a\n  x: 1\nMachine\\B:\n  <<: *a\n',
      'f.yaml:4: Machine\\B: <<: there are no merge keys in YAML 1.2; write the values out, or give a whole map an alias: KEY: *NAME',
    ],
    [`${service}  RemainAfterExit: yes\n`, `f.yaml:2: ${key}: RemainAfterExit: takes true or false, 1 or 0, not "yes"`],
    [
      `${service}  Type: notify\n`,
      `f.yaml:2: ${key}: Type: "notify" is not one of Simple (0), Oneshot (1); ` +
        'a program that sends READY=1 is Type: Simple with Readiness: Notify, the default',
    ],
    [`${service}  Type: onshot\n`, `f.yaml:2: ${key}: Type: "onshot" is not one of Simple (0), Oneshot (1); is Oneshot meant?`],
    [`${service}  RestartPolicy: true\n`, `f.yaml:2: ${key}: RestartPolicy: is true; write RestartPolicy: Always`],
    [`${service}  Environment: {A: secret}\n`, `f.yaml:2: ${key}: Environment: takes a list, each item KEY=VALUE as one string, not a map`],
    [`${service}  Environment: A=secret\n`, `f.yaml:2: ${key}: Environment: takes a list of strings, each KEY=VALUE, not a string`],
    [
      'Machine\\A: {}\n---\nMachine\\B: {}\n',
      'f.yaml:2: a seed is one document; take out the line --- that begins the second one, or make it a file of its own',
    ],
    [
      `Machine\\A:\n  x: ${'['.repeat(5000)}\n`,
      'f.yaml:2: the nesting is deeper than 16 levels; a seed has a level for keys, one for values and one for lists',
    ],
    ['Machine\\A:\n\tx: 1\n', 'f.yaml:2: a line begins with a tab; YAML indents with blanks'],
    [
      '"Machine\\System": {}\n',
      'f.yaml:1: this escape is unknown in double quotes; write paths of the registry with /, or in single quotes',
    ],
  ] as const;
  for (const [text, message] of cases) t.equal(await messageOf('f.yaml', text), message);
  t.strictSame(
    await values(`${service}  Environment: {qword: "7"}\n`),
    [{ name: 'Environment', type: 'QWORD', data: '7' }],
    'a form is one',
  );
  const markdown = (await messageOf('f.yaml', '# Title\n\nSome *text*: here\n- and: [a](b)\n')).split('\n');
  t.equal(markdown.length, 1, 'what follows from the first complaint is not told');
  t.match(
    await messageOf('f.yaml', 'Machine\\A: `x`\n'),
    /^f\.yaml:\d: this is no YAML: .*; a seed is a map from key paths to their values$/,
  );
  t.match(markdown[0], /^f\.yaml:4: a name goes over several lines; is a colon missing in a line before\?$/);
});

t.test('a source that cannot be read says why', async (t) => {
  const directory = t.testdir({ 'binary.yaml': Buffer.from([0xff, 0xfe, 0x4d, 0x00]) });
  const told = (source: string): string => {
    try {
      return readSource(source).text;
    } catch (error) {
      return error instanceof Error ? error.message.replaceAll(directory, 'D') : '';
    }
  };
  t.strictSame([`${directory}/none`, directory, `${directory}/binary.yaml`, '/dev/zero'].map(told), [
    'D/none: cannot be read: there is no such file',
    'D: cannot be read: it is a directory; name the files in it',
    'D/binary.yaml: cannot be read: it is not UTF-8 text; a seed is YAML or JSON in UTF-8',
    '/dev/zero: cannot be read: it has more than 256 MiB',
  ]);
});

t.test('an empty file and a key without values are no errors', async (t) => {
  t.same(await readSeed('f.yaml', ''), []);
  t.same(await readSeed('f.yaml', '# nothing\n'), []);
  t.same(await readSeed('f.json', '{}'), []);
  t.same(await readSeed('f.yaml', 'Machine\\K:\nMachine\\L: {}\n'), [
    { path: ['Machine', 'K'], line: 1, values: [] },
    { path: ['Machine', 'L'], line: 2, values: [] },
  ]);
});

t.test('a field of a service or of the machine that is written with another type is refused with the form it takes', async (t) => {
  const yaml = `Machine\\System\\Services\\web:
  Requires: store
  StartTimeout: soon
  DisplayName: 7
  Arguments: 8
  RestartDelay: [1]
Machine\\System\\Init:
  MaxRequestSize: big
Machine\\Software\\Other:
  Requires: store
`;
  t.equal(
    await messageOf('web.yaml', yaml),
    [
      'web.yaml:2: Machine\\System\\Services\\web: Requires: takes a list, ["store"], not "store"',
      'web.yaml:3: Machine\\System\\Services\\web: StartTimeout: takes a number, not "soon"',
      'web.yaml:4: Machine\\System\\Services\\web: DisplayName: takes a string, "7", not the number 7',
      'web.yaml:5: Machine\\System\\Services\\web: Arguments: takes a list of strings, not a number',
      'web.yaml:6: Machine\\System\\Services\\web: RestartDelay: item 1 of the list must be a string, it is the number 1; ' +
        'write it in quotes',
      'web.yaml:8: Machine\\System\\Init: MaxRequestSize: takes a number, not "big"',
    ].join('\n'),
  );
  t.strictSame(await values('Machine\\System\\Services\\web:\n  StopTimeout: {type: SZ, data: soon}\n'), [
    { name: 'StopTimeout', type: 'SZ', data: 'soon' },
  ]);
});

t.test('no message quotes a value that may be a password: of a secret field, or of one that the schema does not know', async (t) => {
  const forms = [
    'hunter2',
    '*hunter2',
    '!hunter2 x',
    '[{hunter2: 1}]',
    '{hunter2: x}',
    '{type: hunter2, data: x}',
    '[!!int hunter2]',
    '"hunter2',
  ];
  const numbers = ['424242424242', '[424242424242]', '-424242424242', '4.24242424242e-3', '[424242.5]'];
  const places = ['Services\\web:\n  Environment', 'Services\\web:\n  Enviroment', 'Init\\EnvVars:\n  PGPASSWORD'];
  for (const place of places) {
    for (const form of [...forms, ...numbers]) {
      for (const tail of ['', ' "x"', '\n  b: ]']) {
        const message = await readSeed('f.yaml', `Machine\\System\\${place}: ${form}${tail}\n`).then(
          () => '',
          (error: Error) => error.message,
        );
        t.notMatch(message, /hunter2|42424|4\.24/, JSON.stringify([place, form, tail]));
      }
    }
  }
});

t.test('SEC-003 SEC-014 a descriptor is written as SDDL and stored as its bytes', async (t) => {
  const text = 'Machine\\System\\Services\\web:\n  ServiceSecurity: {sddl: "O:SYG:SYD:(A;;0xf000f;;;SY)(A;;0x5;;;BA)"}\n';
  const [value] = await values(text);
  t.equal(value?.type, 'BINARY');
  const bytes = Buffer.from(String(value?.data), 'base64');
  t.strictSame(bytes, Buffer.from(encodeDescriptor(defaultServiceSecurity)));
});

t.test('O-88 the descriptor of a key itself is a member of the key, and a value of that name is a value', async (t) => {
  const text = `Machine\\A:
  (security): {sddl: "D:P(A;CI;GR;;;WD)"}
  x: 1
Machine\\B:
  (Security): {hex: "00"}
`;
  const [a, b] = await readSeed('f.yaml', text);
  t.strictSame(
    Buffer.from(a?.security ?? []).toString('hex'),
    // DACL present and protected; one entry, container-inherit, GENERIC_READ, S-1-1-0.
    '0100049000000000000000000000000014000000' + '02001c0001000000' + '0002140000000080' + '010100000000000100000000',
  );
  t.strictSame(
    a?.values.map(({ name }) => name),
    ['x'],
  );
  t.notOk(Object.hasOwn(b ?? {}, 'security'));
  t.strictSame(
    b?.values.map(({ name, type }) => [name, type]),
    [['(Security)', 'BINARY']],
  );
  for (const [sddl, reason] of [
    ['D:(A;;KA;;)', /^f.yaml:2: .*\(security\): sddl, character \d+: /],
    ['D:(A;;0x40;;;SY)', /no key can have this descriptor: entry 1 of its DACL has rights that no key has \(0x40\)/],
  ] as const)
    t.match(await messageOf('f.yaml', `Machine\\A:\n  (security): {sddl: "${sddl}"}\n`), reason);
});
