import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { runRegistryd, startDaemon, temporaryDirectory } from './daemon.ts';

const project = join(import.meta.dirname, '../../..');
const base = join(project, 'src/hosted/registryd/base.yaml');

const runPeiosctl = (socket: string, words: readonly string[]) => {
  const program = join(project, 'build/runtime/peiosctl.mjs');
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, 'registry', ...words, '--registry-socket', socket], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  return { status, stdout, stderr };
};

t.test('base.yaml imports into a new store, and twice changes nothing', async (t) => {
  const store = join(temporaryDirectory(t), 'store');
  t.match(runRegistryd(['--store', store, '--import', base]), { status: 0, stdout: '', stderr: '' });
  const first = runRegistryd(['--store', store, '--export']).stdout;
  t.match(first, 'Machine\\System\\Services:\n  SchemaVersion: 1\n');
  t.equal(runRegistryd(['--store', store, '--import', base]).status, 0);
  t.equal(runRegistryd(['--store', store, '--export']).stdout, first);
});

t.test('later files win value by value, values that no file names stay, YAML and JSON mean the same', async (t) => {
  const directory = temporaryDirectory(t);
  const store = join(directory, 'store');
  const [one, two] = [join(directory, 'one.yaml'), join(directory, 'two.json')];
  writeFileSync(one, 'Machine\\System\\Services\\web:\n  ImagePath: /bin/one\n  Type: Oneshot\n  StartTimeout: 5\n');
  writeFileSync(
    two,
    JSON.stringify({ 'machine/system/services/WEB': { imagepath: '/bin/two', Arguments: ['a'], Q: { qword: '7' }, B: { hex: '0aFF' } } }),
  );
  t.equal(runRegistryd(['--store', store, '--import', one, two]).status, 0);
  const registry = await (await startDaemon(t, directory)).connect();
  const { nodes } = await registry.readTree({ path: 'Machine\\System\\Services' });
  t.same(
    nodes.map(({ path }) => path),
    ['', 'web'],
    'the first spelling stays',
  );
  const values = Object.fromEntries(nodes[1]?.values.map(({ name, type, data }) => [name, [type, data]]) ?? []);
  t.same(values, {
    Arguments: ['MULTI_SZ', ['a']],
    B: ['BINARY', 'Cv8='],
    ImagePath: ['SZ', '/bin/two'],
    Q: ['QWORD', '7'],
    StartTimeout: ['DWORD', 5],
    Type: ['DWORD', 1],
  });
});

t.test('a value of a service that no definition knows is imported with a warning', async (t) => {
  const directory = temporaryDirectory(t);
  const file = join(directory, 'typo.yaml');
  writeFileSync(file, 'Machine\\System\\Services\\web:\n  ImagePath: /bin/true\n  Readines: 1\n');
  t.match(runRegistryd(['--store', join(directory, 'store'), '--import', file]), {
    status: 0,
    stderr: `${file}:3: warning: Machine\\System\\Services\\web: "Readines" is no field of a service and is ignored; is Readiness meant?\n`,
  });
});

t.test('an error in any file is named by file, line and key, ends with 2 and imports nothing, not even a store', async (t) => {
  const directory = temporaryDirectory(t);
  const store = join(directory, 'store');
  const [good, bad] = [join(directory, 'good.yaml'), join(directory, 'bad.yaml')];
  writeFileSync(good, 'Machine\\Good:\n  x: 1\n');
  writeFileSync(bad, 'Machine\\Good:\n  y: 1\n\nMachine\\System\\Services\\web:\n  Type: Onshot\n  ServiceSecurity: {sddl: "O:XX"}\n');
  const failed = runRegistryd(['--store', store, '--import', good, bad]);
  t.equal(failed.status, 2);
  t.match(failed.stderr, `${bad}:5: Machine\\System\\Services\\web: Type: "Onshot" is not one of Simple (0), Oneshot (1)`);
  t.match(failed.stderr, `${bad}:6: Machine\\System\\Services\\web: ServiceSecurity: sddl, character 3: the owner: XX is no known alias`);
  t.match(failed.stderr, 'nothing was imported');
  t.equal(existsSync(store), false);
  t.equal(runRegistryd(['--store', store, '--import', good]).status, 0);
  const before = runRegistryd(['--store', store, '--export']).stdout;
  t.equal(runRegistryd(['--store', store, '--import', good, bad]).status, 2);
  t.equal(runRegistryd(['--store', store, '--export']).stdout, before);
  const missing = runRegistryd(['--store', store, '--import', good, join(directory, 'none.yaml')]);
  t.match(missing, { status: 2, stderr: /none\.yaml: cannot be read: there is no such file/ });
});

t.test('a descriptor is read under the name it is given', async (t) => {
  const directory = temporaryDirectory(t);
  const store = join(directory, 'store');
  const path = join(directory, 'anything');
  const opened: number[] = [];
  const open = (content: string): number => {
    writeFileSync(path, content);
    const descriptor = openSync(path, 'r');
    opened.push(descriptor);
    return descriptor;
  };
  t.teardown(() => {
    for (const descriptor of opened) closeSync(descriptor);
  });
  t.equal(runRegistryd(['--store', store, '--import', 'fd:3:site/my: file.json'], [open('{"Machine\\\\X": {"v": 1}}')]).status, 0);
  t.match(runRegistryd(['--store', store, '--export', 'Machine\\X']).stdout, 'v: 1');
  const failed = runRegistryd(['--store', store, '--import', 'fd:3:site/my: file.yaml'], [open('Machine\\X:\n  v: 1.5\n')]);
  t.match(failed, { status: 2, stderr: /^site\/my: file\.yaml:2: Machine\\X: v: / });
});

t.test('what is exported imports again to the same registry, in both formats', async (t) => {
  const directory = temporaryDirectory(t);
  const daemon = await startDaemon(t, directory);
  const registry = await daemon.connect();
  const web = 'Machine\\System\\Services\\web';
  await registry.create({ path: web });
  await registry.create({ path: 'Users\\S-1-5-18 "x": #y' });
  const values = [
    ['', 'SZ', 'default'],
    ['Type', 'DWORD', 1],
    ['ErrorControl', 'DWORD', 77],
    ['Readiness', 'SZ', 'Notify'],
    ['Disabled', 'DWORD', 1],
    ['Description', 'SZ', 'true'],
    ['Arguments', 'MULTI_SZ', ['- x', '# y', 'z: ', '', ' "'].filter((item) => item !== '')],
    ['Number', 'SZ', '1e3'],
    ['Control', 'SZ', '\u0001\t\n\u2028\u0085\ufeff\u007f'],
    ['Expand', 'EXPAND_SZ', '$HOME'],
    ['None', 'NONE', 'AA=='],
    ['Link', 'LINK', ''],
    ['BE', 'DWORD_BE', 'AAAAAQ=='],
    ['Q', 'QWORD', '18446744073709551615'],
    ['B', 'BINARY', '/w=='],
    ['null', 'SZ', 'null'],
    ['~', 'SZ', '~'],
    ['12', 'SZ', ''],
    ['a\\b/c: d', 'DWORD', 4294967295],
  ] as const;
  for (const [name, type, data] of values) await registry.set({ path: web, name, type, data });
  t.same(await daemon.stop(), { code: 0, signal: null });
  const store = join(directory, 'store');
  const yaml = runRegistryd(['--store', store, '--export']).stdout;
  const json = runRegistryd(['--store', store, '--export', '--format', 'json']).stdout;
  t.match(yaml, 'Type: Oneshot', 'enums by name');
  t.match(JSON.parse(json), { [web]: { Type: 'Oneshot', ErrorControl: 77, Q: { qword: '18446744073709551615' } } });
  for (const [format, text] of [
    ['yaml', yaml],
    ['json', json],
  ] as const) {
    const file = join(directory, `again.${format}`);
    writeFileSync(file, text);
    const again = join(directory, `again-${format}`);
    t.equal(runRegistryd(['--store', again, '--force', '--import', file]).status, 0);
    t.equal(runRegistryd(['--store', again, '--export']).stdout, yaml, `through ${format}`);
  }
  t.match(runRegistryd(['--store', store, '--export', 'Machine\\None']), { status: 1, stderr: /there is no key Machine\\None/ });
});

t.test('12 000 values are imported in well under a second', async (t) => {
  const directory = temporaryDirectory(t);
  const seed: Record<string, Record<string, unknown>> = {};
  for (let index = 0; index < 1000; index += 1) {
    const values: Record<string, unknown> = {
      ImagePath: '/bin/true',
      Arguments: ['--name', `s${index}`],
      Type: 'Simple',
      Triggers: ['boot'],
    };
    for (let more = 0; more < 8; more += 1) values[`Value${more}`] = more;
    seed[`Machine\\System\\Services\\s${index}`] = values;
  }
  const file = join(directory, 'big.json');
  writeFileSync(file, JSON.stringify(seed));
  const begun = performance.now();
  t.equal(runRegistryd(['--store', join(directory, 'store'), '--import', file]).status, 0);
  const tookMs = performance.now() - begun;
  t.ok(tookMs < 5_000, `${tookMs.toFixed(0)} ms`);
  t.equal(readFileSync(file).length > 100_000, true);
});

t.test('what peinit would refuse is refused by file and line, and with --force told and imported', async (t) => {
  const directory = temporaryDirectory(t);
  const store = join(directory, 'store');
  const file = join(directory, 'broken.yaml');
  writeFileSync(file, 'Machine\\System\\Services\\web:\n  ImagePath: bin/web\n  Triggers: [Boot]\n');
  const refused = runRegistryd(['--store', store, '--import', file]);
  t.equal(refused.status, 2);
  t.match(refused.stderr, `${file}:2: service web: ImagePath "bin/web" is not an absolute path. Write it from / on.\n`);
  t.match(refused.stderr, /\nregistryd: nothing was imported: peinit would refuse it; --force imports it all the same\n$/);
  t.notMatch(runRegistryd(['--store', store, '--export']).stdout, /web/);
  t.match(runRegistryd(['--store', store, '--force', '--import', file]), {
    status: 0,
    stderr: `${file}:2: warning: service web: ImagePath "bin/web" is not an absolute path.`,
  });
  t.match(runRegistryd(['--store', store, '--import', file]), { status: 0, stderr: '' }, 'it brings nothing new');
  t.match(runRegistryd(['--store', store, '--force', '--export']), { status: 2, stderr: /--force belongs to --import/ });
  writeFileSync(file, `Machine\\System\\Heap:\n${Array.from({ length: 70 }, (_, n) => `  v${n}: ${'x'.repeat(1_000_000)}\n`).join('')}`);
  t.match(runRegistryd(['--store', store, '--import', file]), {
    status: 2,
    stderr: /would hold 67 MiB, and a boot with more than 64 ends in/,
  });
});

t.test('a SchemaVersion that a boot would end in Recovery of is refused, and the one that was there stays', async (t) => {
  const directory = temporaryDirectory(t);
  const store = join(directory, 'store');
  const seed = join(directory, 'seed.yaml');
  t.equal(runRegistryd(['--store', store, '--dangerously-clear-database']).status, 0);
  writeFileSync(seed, 'Machine\\System\\Services:\n  SchemaVersion: one\n');
  t.match(runRegistryd(['--store', store, '--import', seed]), {
    status: 2,
    stderr: /:2: .*SchemaVersion.*\nregistryd: nothing was imported/,
  });
  t.equal(
    runRegistryd(['--store', store, '--export', 'Machine\\System\\Services']).stdout,
    'Machine\\System\\Services:\n  SchemaVersion: 1\n',
  );
});

t.test('O-88 an export has the descriptors that an import would not bring about, and both ways of import take them over', async (t) => {
  const directory = temporaryDirectory(t);
  const store = join(directory, 'store');
  const seed = join(directory, 'seed.yaml');
  writeFileSync(
    seed,
    `Machine\\App:
  (security): { sddl: "D:P(A;CI;KA;;;SY)(A;CI;KR;;;WD)" }
  x: 1

Machine\\App\\Below: {}

Machine\\App\\Own:
  (security): { sddl: "O:S-1-22-1-1000" }

Machine\\System\\Services\\web:
  ImagePath: /bin/true
`,
  );
  t.strictSame(runRegistryd(['--store', store, '--import', seed]), { status: 0, stdout: '', stderr: '' });
  const exported = runRegistryd(['--store', store, '--export']).stdout;
  t.match(exported, 'Machine\\App:\n  "(security)": { sddl: "O:SYG:SYD:P(A;CI;0xf003f;;;SY)(A;CI;0x20019;;;WD)" }\n  x: 1\n');
  t.match(exported, 'Machine\\App\\Own:\n  "(security)": { sddl: "O:S-1-22-1-1000G:SYD:AI(A;CIID;0xf003f;;;SY)(A;CIID;0x20019;;;WD)" }\n');
  t.equal(exported.match(/security/g)?.length, 2, 'and no other one');
  const copy = join(directory, 'copy');
  const file = join(directory, 'exported.yaml');
  writeFileSync(file, exported);
  t.equal(runRegistryd(['--store', copy, '--import', file]).status, 0);
  t.equal(runRegistryd(['--store', copy, '--export']).stdout, exported);
  const daemon = await startDaemon(t, directory);
  const peiosctl = (...words: readonly string[]) => runPeiosctl(daemon.socket, words);
  t.match(peiosctl('export'), { status: 0, stdout: exported.slice(0, exported.indexOf('Users: {}')).trimEnd() });
  t.match(peiosctl('security', 'Machine/App'), {
    status: 0,
    stdout:
      'O:SYG:SYD:P(A;CI;0xf003f;;;SY)(A;CI;0x20019;;;WD)\nowner SYSTEM\n' +
      'allow  SYSTEM    everything  this key and keys made below\nallow  Everyone  read        this key and keys made below\n',
  });
  t.match(peiosctl('security', 'Machine/App', 'D:(A;;KA;;;SY)(A;;KR;;;AU)'), { status: 0, stdout: '', stderr: '' });
  t.match(JSON.parse(peiosctl('security', 'Machine/App', '--json').stdout), { sddl: 'O:SYG:SYD:(A;;0xf003f;;;SY)(A;;0x20019;;;AU)' });
  t.match(peiosctl('security', 'Machine/App', 'D:(A;;KA;;'), { status: 2, stderr: /sddl, character \d+: / });
  t.match(peiosctl('security', 'Machine/None'), { status: 1, stderr: /ENOENT/ });
  t.match(peiosctl('import', file), { status: 0 });
  t.match(JSON.parse(peiosctl('security', 'Machine/App', '--json').stdout), { sddl: 'O:SYG:SYD:P(A;CI;0xf003f;;;SY)(A;CI;0x20019;;;WD)' });
});
