import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { findingsIn } from '../../../clients/peiosctl/verify/findings.ts';

t.setTimeout(300_000);

const program = join(import.meta.dirname, '../../../clients/peiosctl/main.ts');

function rig(test: { testdir(): string }) {
  const directory = test.testdir();
  const root = join(directory, 'root');
  mkdirSync(join(root, 'usr/bin'), { recursive: true });
  mkdirSync(join(root, 'etc'));
  symlinkSync('/usr/bin', join(root, 'bin'));
  for (const [name, mode] of [
    ['run', 0o755],
    ['text', 0o644],
  ] as const) {
    writeFileSync(join(root, 'usr/bin', name), '');
    chmodSync(join(root, 'usr/bin', name), mode);
  }
  writeFileSync(join(root, 'etc/passwd'), 'app:x:1000:1000::/:/bin/sh\n');
  let count = 0;
  function write(text: string): string {
    const file = join(directory, `${count++}.yaml`);
    writeFileSync(file, text);
    return file;
  }
  const call = (texts: readonly string[], words: readonly string[] = []) => {
    const files = texts.map(write);
    const args = ['--disable-warning=ExperimentalWarning', program, 'analyze', 'verify', '--root', root, ...words, ...files];
    const { status, stderr, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    return { status, stderr, stdout, files };
  };
  return {
    call,
    /** As `line severity message`. */
    async found(text: string): Promise<readonly string[]> {
      const findings = await findingsIn([write(text)], root, true);
      return findings.map(({ line, message, severity }) => `${line} ${severity} ${message}`);
    },
  };
}

const service = (name: string, values: string): string =>
  `Machine\\System\\Services\\${name}: { ImagePath: /bin/run, Triggers: [boot], ${values} }\n`;

t.test('O-149 what the daemon would say, and what only a boot would show, is found with its line and the word that is meant', async (t) => {
  const { found } = rig(t);
  const database = service('database', '');
  const cases: readonly (readonly [values: string, expected: RegExp])[] = [
    ['Requires: [databse]', /^1 error service web requires databse, but .* Is database meant\?$/],
    ['BindsTo: ["mount:/data"]', /^1 error service web requires mount:\/data, but mount:\/data is not defined/],
    ['Wants: [databse]', /^1 warning service web: Wants names databse, .*; is database meant\?$/],
    ['Conflicts: [databse]', /^1 warning service web: Conflicts names databse, .*; is database meant\?$/],
    ['OnFailure: databse', /^1 warning service web: OnFailure names databse, .* Is database meant\?$/],
    ['Requires: [web2]', /^1 error service web requires web2, .* from Requires of web\.$/],
    ['Readines: 1', /^1 warning .*"Readines" is no field of a service and is ignored; is Readiness meant\?$/],
    ['ExecStartPre: ["/bin/none"]', /^1 error service web: ExecStartPre runs \/bin\/none, which does not exist below /],
    ['HealthCheck: /bin/text', /^1 error service web: HealthCheck runs \/bin\/text, which is not executable\.$/],
    ['ExecReload: /usr/bin', /^1 error service web: ExecReload runs \/usr\/bin, which is a directory\.$/],
    ['Identity: ap', /^1 error service web: Identity ap gets no token/],
    ['Identity: LocalServise', /^1 error service web: Identity LocalServise gets no token .*; is LocalService meant\?$/],
    ['RestartDelay: 100', /^1 warning service web: RestartDelay is 100 s/],
    ['Conflicts: [database]', /^1 error service web conflicts with database, and both are to start together/],
    ['Type: Onshot', /^1 error .*"Onshot" is not one of .*; is Oneshot meant\?$/],
  ];
  for (const [values, expected] of cases) {
    const [first = 'nothing', ...others] = await found(service('web', values) + database);
    t.match(first, expected, values);
    t.strictSame(
      others.filter((other) => !/^2 error service database conflicts/.test(other)),
      [],
      values,
    );
  }
  t.strictSame(await found(service('web', 'Identity: app, Requires: [database], Wants: [database]') + database), []);
});

t.test('O-149 triggers that are nearly right, times that do not come, what nothing starts, and cycles are found', async (t) => {
  const { found } = rig(t);
  const key = 'Machine\\System\\Services\\';
  t.match(
    (await found(`${key}web: { ImagePath: /bin/run, Triggers: [bot] }`)).join('\n'),
    /Triggers\[0\] "bot" is of an unknown type .* Is boot meant\?/,
  );
  const dead = await found(`${key}web: { ImagePath: /bin/run, Triggers: ['timer:2020-01-01'] }`);
  t.match(dead.join('\n'), /^1 warning service web: the timer 2020-01-01 never fires again/m);
  t.match((await found(`${key}web: { ImagePath: /bin/run }`)).join('\n'), /^1 warning service web: nothing starts it/);
  t.strictSame(await found(`${key}web: { ImagePath: /bin/run }\n${service('main', 'OnFailure: web')}`), []);
  t.match(
    (await found(service('one', 'Requires: [two]') + service('two', 'Requires: [one]'))).join('\n'),
    /error dependency cycle: one -> two -> one/,
  );
});

t.test('O-149 a field that is wrong, by its form or by what it says, hides nothing else', async (t) => {
  const { found } = rig(t);
  const begin = (findings: readonly string[]): readonly string[] =>
    findings.map((each) => each.split(/ (?:which|gets|runs|is for|times) /)[0] ?? '');
  const rest =
    'Requires: [gone], Wants: [lost], Identity: nobody2, ExecStartPre: [/bin/none], Readiness: Notify, ReadinessCheck: /bin/text';
  const checks = 'HealthCheck: /bin/run, HealthCheckRetries: 100, Triggers: ["timer:2020-01-01"]';
  const key = 'Machine\\System\\Services\\web';
  const all = [
    '1 error service web requires gone, but gone is not defined. Define gone, or remove it from Requires of web.',
    '1 warning service web: Wants names lost,',
    '1 error service web: ExecStartPre',
    '1 error service web: ReadinessCheck',
    '1 error service web: Identity nobody2',
    '1 warning service web: the timer 2020-01-01 never fires again: there is no such time. peiosctl analyze calendar shows its times.',
  ];
  const together = ['1 error service web: ReadinessCheck', '1 error service web: HealthCheckRetries'];
  const sorted = (list: readonly string[]): readonly string[] => list.toSorted();
  const wrong = (field: string): Promise<readonly string[]> => found(`${key}: { ImagePath: /bin/run, ${field}, ${rest}, ${checks} }\n`);
  const [zero, ...others] = await wrong('StartTimeout: 0');
  t.match(zero, /StartTimeout is 0/);
  t.strictSame(sorted(begin(others)), sorted([...all, ...together]));
  const [form, ...beside] = await wrong('StartTimeout: [1]');
  t.match(form, /^1 error Machine.System.Services.web: StartTimeout: item 1 of the list must be a string/);
  t.strictSame(sorted(begin(beside)), sorted([...all, ...together]));
  // What cannot be read is not said to be missing, nor is what would follow from that.
  t.equal((await found(`${key}: { ImagePath: 1, Triggers: [boot] }\n`)).length, 1);
  t.equal((await found(`${key}: { ImagePath: /bin/run, Triggers: 1 }\n`)).length, 1);
  t.equal((await found(`${key}: no\n${service('other', 'Requires: [web]')}`)).length, 1);
});

t.test('O-149 several files are one registry, and the exit status says whether they pass', async (t) => {
  const { call } = rig(t);
  const both = call([service('web', 'Requires: [db]'), service('db', 'Readiness: Notify')]);
  t.strictSame([both.status, both.stdout, both.stderr], [0, 'nothing is wrong with them\n', '']);
  const alone = call([service('web', 'Requires: [db]')]);
  t.equal(alone.status, 1);
  t.ok(alone.stdout.startsWith(`${alone.files[0]}:1: error: service web requires db`), alone.stdout);
  t.match(alone.stderr, '1 error, 0 warnings');
  const warned = [service('web', 'Wants: [db]')];
  t.equal(call(warned).status, 0);
  for (const word of ['-W', '--warnings-as-errors']) t.equal(call(warned, [word]).status, 1);
  // What a registry begins with is there, or is not.
  const onBase = [service('web', 'Requires: [authd]')];
  t.equal(call(onBase).status, 0);
  t.equal(call(onBase, ['--no-base']).status, 1);
  t.equal(call(['{']).status, 1);
});
