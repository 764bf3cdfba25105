/** Text of definitions: names, commands, reload actions, triggers, checks, environment, exit codes, directories. */
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import t from 'tap';
import { registryKeyExists } from '../../../../src/policy/definition/check.ts';
import { parseCommandLine, splitCommand } from '../../../../src/policy/definition/command-line.ts';
import { parseReloadAction } from '../../../../src/policy/definition/reload-action.ts';
import { matchEach } from '../../../support/lists.ts';
import { complaints, decodeWeb, refusal, refused, webWith } from './raw.ts';

t.test('DEF-055 DEF-056 commands are split at the six ASCII blanks; double quotes group and vanish; all else is plain', async (t) => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['/bin/a', ['/bin/a']],
    [' \t\n\r\f\v/bin/a\tb\nc\rd\fe\vf ', ['/bin/a', 'b', 'c', 'd', 'e', 'f']],
    ['/bin/a "b c" d', ['/bin/a', 'b c', 'd']],
    ['/bin/a x"b c"y', ['/bin/a', 'xb cy']],
    ['/bin/a ""', ['/bin/a', '']],
    ['/bin/a x""y', ['/bin/a', 'xy']],
    ['"/bin/a b"', ['/bin/a b']],
    ['/bin/a \'b c\' \\ \\"x y"', ['/bin/a', "'b", "c'", '\\', '\\x y']],
    ['/bin/a $HOME * ~ `x` ; | &', ['/bin/a', '$HOME', '*', '~', '`x`', ';', '|', '&']],
    ['/bin/a\u00a0b\u2003c', ['/bin/a\u00a0b\u2003c']],
  ];
  for (const [text, argv] of cases) t.strictSame(splitCommand(text), argv, JSON.stringify(text));
});

t.test('DEF-055 any words without double quotes come back from a command written with quotes and any blanks', async (t) => {
  const blank = fc.constantFrom(' ', '\t', '\n', '\r', '\f', '\v');
  const blanks = fc.array(blank, { minLength: 1, maxLength: 3 }).map((all) => all.join(''));
  const character = fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }).filter((text) => text !== '"');
  const plain = fc.oneof(fc.constantFrom('\\', "'", '$', '*'), character).filter((text) => !/^[ \t\n\r\f\v]$/.test(text));
  // A word is written in parts, some of them quoted.
  const part = fc.oneof(
    fc.array(plain, { minLength: 1, maxLength: 5 }).map((all) => ({ text: all.join(''), quoted: false })),
    fc.array(fc.oneof(blank, character), { maxLength: 5 }).map((all) => ({ text: all.join(''), quoted: true })),
  );
  const word = fc.array(part, { minLength: 1, maxLength: 4 });
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(fc.array(fc.tuple(word, blanks)), fc.oneof(fc.constant(''), blanks), (words, lead) => {
        const written = words.map(([parts, gap]) => parts.map(({ text, quoted }) => (quoted ? `"${text}"` : text)).join('') + gap);
        const meant = words.map(([parts]) => parts.map(({ text }) => text).join(''));
        return isDeepStrictEqual(splitCommand(lead + written.join('')), meant);
      }),
      { numRuns: 500 },
    ),
  );
});

t.test('DEF-066 an empty or blank command, an open quote and a first word that is no absolute path are definition errors', async (t) => {
  for (const field of ['ExecStartPre', 'ExecStartPost']) {
    for (const text of ['', ' \t', '/bin/a "b', 'ls', './ls', '"" /bin/a', '~/x']) {
      t.strictSame(refusal(decodeWeb({ [field]: ['/bin/fine', text] })), refused(field), `${field} ${text}`);
    }
  }
  for (const text of [' ', '/bin/a "', 'ls']) {
    t.equal(decodeWeb({ HealthCheck: text }).definition, null, text);
    t.equal(decodeWeb({ ExecReload: text }).definition, null, text);
  }
  t.strictSame(complaints({ ExecStartPre: ['/bin/true', 'ls -l'] }), [
    'service web: ExecStartPre[1] does not begin with an absolute path. ' + 'PATH is never searched: write the whole path of the program.',
  ]);
  t.strictSame(parseCommandLine('/'), { ok: true, value: ['/'] });
});

t.test('DEF-067 RLD-001 signal: takes exactly the standard names', async (t) => {
  const numbers: Readonly<Record<string, number>> = {
    SIGABRT: 6,
    SIGALRM: 14,
    SIGBUS: 7,
    SIGCHLD: 17,
    SIGCONT: 18,
    SIGFPE: 8,
    SIGHUP: 1,
    SIGILL: 4,
    SIGINT: 2,
    SIGIO: 29,
    SIGPIPE: 13,
    SIGPROF: 27,
    SIGPWR: 30,
    SIGQUIT: 3,
    SIGSEGV: 11,
    SIGSTKFLT: 16,
    SIGSYS: 31,
    SIGTERM: 15,
    SIGTRAP: 5,
    SIGTSTP: 20,
    SIGTTIN: 21,
    SIGTTOU: 22,
    SIGURG: 23,
    SIGUSR1: 10,
    SIGUSR2: 12,
    SIGVTALRM: 26,
    SIGWINCH: 28,
    SIGXCPU: 24,
    SIGXFSZ: 25,
  };
  for (const [name, signal] of Object.entries(numbers)) {
    t.strictSame(parseReloadAction(`signal:${name}`), { ok: true, value: { type: 'signal', name, signal } });
    t.strictSame(webWith({ StopSignal: name }).stopSignal, { name, signal });
  }
});

t.test('RLD-001 any other text is a command, and no text is SIGHUP', async (t) => {
  t.strictSame(webWith({ ExecReload: '/bin/r "a b"' }).execReload, { type: 'command', argv: ['/bin/r', 'a b'] });
  t.strictSame(webWith({}).execReload, { type: 'signal', name: 'SIGHUP', signal: 1 });
});

t.test('DEF-068 numbers, aliases, lower case, realtime signals, blanks, SIGKILL and SIGSTOP are refused after signal:', async (t) => {
  const bad = [
    'HUP',
    '1',
    'SIGKILL',
    'SIGSTOP',
    'sighup',
    'SIGPOLL',
    'SIGIOT',
    'SIGCLD',
    'SIGRTMIN',
    'SIGRTMIN+1',
    'SIG34',
    '',
    ' SIGHUP',
    'SIGHUP ',
  ];
  for (const name of bad) {
    t.strictSame(refusal(decodeWeb({ ExecReload: `signal:${name}` })), refused('ExecReload'), name);
    t.strictSame(refusal(decodeWeb({ StopSignal: name })), refused('StopSignal'), name);
  }
  for (const text of [' signal:SIGHUP', 'Signal:SIGHUP', 'signal SIGHUP']) t.equal(decodeWeb({ ExecReload: text }).definition, null, text);
});

t.test('triggers are boot and timer:EXPRESSION, several of them, on any type of service', async (t) => {
  const timers = ['timer:*-*-* 02:00:00', 'timer:daily'];
  const triggers = [{ type: 'boot' }, { type: 'timer', expression: '*-*-* 02:00:00' }, { type: 'timer', expression: 'daily' }];
  for (const Type of [0, 1]) t.strictSame(webWith({ Type, Triggers: ['boot', ...timers] }).triggers, triggers);
});

t.test('a trigger of an unknown type is kept and ignored with a warning', async (t) => {
  const { definition, findings } = decodeWeb({ Triggers: ['socket:/run/web', 'Boot'] });
  t.strictSame(definition?.triggers, [
    { type: 'unknown', text: 'socket:/run/web' },
    { type: 'unknown', text: 'Boot' },
  ]);
  matchEach(t, findings, [{ kind: 'warning', field: 'Triggers' }, { kind: 'warning' }]);
});

t.test('a malformed trigger is a definition error', async (t) => {
  for (const text of ['', ':', 'boot:', 'boot:now', 'timer', 'timer:', ':daily', 'foo:', 'timer:daily:']) {
    t.strictSame(refusal(decodeWeb({ Triggers: ['boot', text] })), refused('Triggers'), text);
  }
  matchEach(t, complaints({ Triggers: ['timer'] }), [/gives timer no expression\. Write timer:EXPRESSION/]);
});

t.test('DEF-063 checks need a known type, a colon and an argument', async (t) => {
  for (const field of ['Conditions', 'Asserts']) {
    for (const text of ['', 'path', 'path:', ':/x', 'foo:/x', 'Path:/x', ' path:/x', 'registry:']) {
      t.strictSame(refusal(decodeWeb({ [field]: ['path:/fine', text] })), refused(field), `${field} ${text}`);
    }
  }
  t.strictSame(complaints({ Asserts: ['foo:/x'] }), [
    'service web: Asserts[0] "foo:/x" has no known type. Write TYPE:ARGUMENT with the type path, file, directory or registry.',
  ]);
  t.strictSame(webWith({ Conditions: ['directory:relative', 'path: '] }).conditions, [
    { type: 'directory', argument: 'relative' },
    { type: 'path', argument: ' ' },
  ]);
});

t.test(
  'DEF-052 registry checks reach only keys below Services and Init, in any case, and are judged on the keys of the model',
  async (t) => {
    for (const key of ['Machine\\System\\Services\\db', 'machine\\SYSTEM\\init\\EnvVars', 'Machine\\System\\Services\\a\\TimerState']) {
      t.strictSame(complaints({ Conditions: [`registry:${key}`] }), [], key);
    }
    for (const key of [
      'Machine\\Foo',
      'Machine\\System\\Services',
      'Machine\\System\\Services\\',
      'Machine\\System\\ServicesX\\a',
      'Machine\\System\\Boot\\Mounts',
      'Machine\\System\\Init\\a\\\\b',
      'Machine\\System\\Init\\a\\',
      'Machine/System/Init/a',
    ]) {
      t.strictSame(refusal(decodeWeb({ Asserts: [`registry:${key}`] })), refused('Asserts'), key);
    }
    const keys = new Set(['machine\\system\\services\\db']);
    t.ok(registryKeyExists(keys, 'Machine\\System\\Services\\DB'));
    t.notOk(registryKeyExists(keys, 'Machine\\System\\Services\\db2'));
  },
);

t.test('DEF-037 environment entries are KEY=VALUE with a key', async (t) => {
  for (const text of ['', 'A', '=', '=x'])
    matchEach(t, complaints({ Environment: ['B=1', text] }), [/^service web: Environment\[1\] is not an assignment\. /], text);
});

t.test('DEF-016 exit codes are plain decimal numbers from 0 to 255', async (t) => {
  for (const text of ['', '256', '-1', '+1', ' 1', '1 ', '0x10', '1-3', '1.0', '1e2', 'SIGTERM', '99999999999999999999']) {
    matchEach(t, complaints({ SuccessExitCodes: ['1', text] }), [/^service web: SuccessExitCodes\[1\] .* is not an exit code\. /], text);
  }
  t.strictSame(webWith({ SuccessExitCodes: ['0', '255'] }).successExitCodes, [0, 255]);
});

t.test('DEF-059 runtime directories are plain file names', async (t) => {
  for (const text of ['', '.', '..', 'a/b', '/a', 'a\\b', 'a\nb', '\u007f', '\u0085', 'x'.repeat(256), 'ä'.repeat(128)]) {
    matchEach(
      t,
      complaints({ RuntimeDirectories: [text] }),
      [/^service web: RuntimeDirectories\[0\] .* is not a plain file name\. /],
      JSON.stringify(text),
    );
  }
  matchEach(t, complaints({ RuntimeDirectories: ['a\0b'] }), [/NUL/]);
  t.strictSame(complaints({ RuntimeDirectories: ['...', 'a b', 'x'.repeat(255), 'ü'] }), []);
});
