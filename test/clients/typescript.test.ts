/** The TypeScript client as it is packed, under each runtime that it is for, in one machine. */
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Test } from 'tap';
import t from 'tap';
import { bootForClients, lacks, runHere, runIn } from '../support/clients.ts';
import { install, runtimes } from '../support/javascript-runtimes.ts';
import type { Machine } from '../support/machine.ts';
import { cannotRun, project, shell, withServices } from '../support/machine.ts';

const skip = cannotRun || lacks(['npm', '--version'], 'install npm');
const examples = join(project, 'clients/typescript/examples');
const seed = 'clients/typescript/examples/service.yaml';

/** The package where the service looks for it, as `npm install` of its archive makes it. */
function pack(): string {
  const layer = realpathSync(mkdtempSync(join(tmpdir(), 'peinit-client-')));
  t.teardown(() => rmSync(layer, { recursive: true, force: true }));
  runHere(['sh', 'clients/typescript/build']);
  const archive = runHere(['npm', 'pack', './clients/typescript', '--ignore-scripts', '--silent', '--pack-destination', layer]).trim();
  const modules = join(layer, 'opt/hello/node_modules');
  mkdirSync(join(modules, '@peinit/client'), { recursive: true });
  runHere(['tar', 'xzf', join(layer, archive), '--strip-components=1', '-C', join(modules, '@peinit/client')]);
  rmSync(join(layer, archive));
  for (const native of ['koffi', '@koromix']) cpSync(join(project, 'node_modules', native), join(modules, native), { recursive: true });
  for (const file of ['service.mjs', 'tool.mjs', 'follow.mjs']) cpSync(join(examples, file), join(layer, 'opt/hello', file));
  cpSync(join(project, 'test/clients/typescript/sockets.js'), join(layer, 'opt/hello/sockets.js'));
  writeFileSync(join(layer, 'opt/hello/package.json'), JSON.stringify({ type: 'module', dependencies: { '@peinit/client': '0.2.0' } }));
  return layer;
}

/** Each runtime with its program, or why there is none. */
const found = skip === false ? runtimes.map((runtime) => ({ runtime, program: install(runtime) })) : [];
const programOf = (name: string): string | null => {
  const program = found.find(({ runtime }) => runtime.name === name)?.program;
  return typeof program === 'string' ? realpathSync(program) : null;
};

if (skip !== false) t.test('the package in a machine', { skip }, async () => undefined);
else {
  const layer = pack();
  mkdirSync(join(layer, 'usr/local/bin'), { recursive: true });
  symlinkSync(programOf('node20') ?? realpathSync(process.execPath), join(layer, 'usr/local/bin/node'));
  const registry = withServices({
    talker: { ...shell('echo I talk; exec sleep 1000000'), Readiness: 'Alive', Triggers: ['boot'] },
    ...Object.fromEntries(
      found.map(({ runtime: { name, words } }) => [
        `hello-${name}`,
        {
          ImagePath: programOf(name) ?? '/none',
          Arguments: [...words, '/opt/hello/service.mjs'],
          Readiness: 'Notify',
          WatchdogTimeout: 30,
          FdStoreMax: 1,
        },
      ]),
    ),
  });
  const machine = await bootForClients(t, [seed], { eventd: true, registry, layers: [layer] });
  for (const { runtime, program } of found) {
    const options = typeof program === 'string' ? {} : { skip: program.message };
    const { name, version, words } = runtime;
    t.test(`the examples and all sockets under ${name} ${version}`, options, (t) =>
      isServed(t, machine, name, ['timeout', '60', realpathSync(String(program)), ...words]),
    );
  }
  t.test('NTF-008 NTF-011 FDS-009 the service of the README says how it is, and keeps a descriptor over its restart', (t) =>
    isAService(t, machine, 'hello-typescript'),
  );
  let before = 'hello-typescript';
  for (const { runtime, program } of found.filter((one) => one.runtime.hasDescriptors)) {
    const options = typeof program === 'string' ? {} : { skip: program.message };
    const service = `hello-${runtime.name}`;
    t.test(`the same under ${runtime.name}`, options, async (t) => {
      await runIn(machine, 'peiosctl', 'stop', before);
      await runIn(machine, 'peiosctl', 'start', service);
      before = service;
      await isAService(t, machine, service);
    });
  }
  t.test('without koffi everything is there but what a service says', async (t) => {
    const alone = join(layer, 'alone/node_modules/@peinit');
    mkdirSync(alone, { recursive: true });
    cpSync(join(layer, 'opt/hello/node_modules/@peinit'), alone, { recursive: true });
    const program = `
      import { notify, openControl, watchdogIntervalMs } from '@peinit/client';
      const told = [watchdogIntervalMs(), notify({ ready: true })];
      process.env.NOTIFY_SOCKET = '/nobody';
      try { notify({ ready: true }); } catch ({ name, message }) { told.push(name, /npm install koffi/.test(message)); }
      const control = await openControl({ path: process.argv[2] });
      told.push((await control.machineStatus()).mode);
      control.close();
      console.log(JSON.stringify(told));`;
    writeFileSync(join(layer, 'alone/tool.mjs'), program);
    const path = machine.path('/run/peinit/control.sock');
    const node = programOf('node20') ?? process.execPath;
    t.strictSame(JSON.parse(runHere([node, join(layer, 'alone/tool.mjs'), path], { env: { WATCHDOG_USEC: '3000000' } })), [
      3000,
      false,
      'NativeMissing',
      true,
      'full',
    ]);
  });
  t.test('the examples, and a program that uses what is packed, are typed', async (t) => {
    const home = join(layer, 'opt/hello');
    cpSync(join(project, 'node_modules/@types'), join(home, 'node_modules/@types'), { recursive: true });
    cpSync(join(project, 'node_modules/undici-types'), join(home, 'node_modules/undici-types'), { recursive: true });
    const compilerOptions = {
      strict: true,
      noImplicitAny: false,
      noEmit: true,
      allowJs: true,
      checkJs: true,
      module: 'nodenext',
      target: 'es2023',
      types: ['node'],
    };
    writeFileSync(join(home, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['service.mjs', 'tool.mjs', 'follow.mjs'] }));
    t.equal(runHere(['tsc', '-p', home]), '');
  });
  t.test('the throughput program runs in both modes', async (t) => {
    const bench = join(layer, 'opt/hello/bench.js');
    runHere([
      'esbuild',
      '--log-level=warning',
      '--bundle',
      '--platform=node',
      '--format=esm',
      `--outfile=${bench}`,
      'clients/typescript/bench/status.ts',
    ]);
    const path = machine.path('/run/peinit/control.sock');
    for (const mode of ['bare', 'client']) {
      const words = ['--socket', path, '--service', 'talker', '--requests', '200', '--mode', mode];
      const { seconds, ...told } = JSON.parse(runHere([process.execPath, bench, ...words]));
      t.strictSame(told, { mode, requests: 200 });
      t.ok(seconds > 0);
    }
  });
}

async function isServed(t: Test, machine: Machine, name: string, run: readonly string[]): Promise<void> {
  const said = await runIn(machine, ...run, '/opt/hello/tool.mjs', 'hello-typescript');
  t.match(said, /^hello-typescript is active after operation [0-9a-f-]{36}\nit says: waits for whoever connects; the machine is \w+\n$/);
  const unknown = await machine.run(...run, '/opt/hello/tool.mjs', 'none');
  t.strictSame([unknown.status, unknown.stderr], [1, 'there is no service none\n']);
  t.equal(
    await runIn(machine, ...run, '/opt/hello/follow.mjs', '3'),
    ['active -> stopping', 'stopping -> starting', 'starting -> active'].map((change) => `hello-typescript: ${change}\n`).join(''),
  );
  t.strictSame(JSON.parse(await runIn(machine, ...run, '/opt/hello/sockets.js', name)), {
    large: '18446744073709551615',
    watched: [{ type: 'value_set', name: 'large' }],
    inOrder: true,
    missing: 'ENOENT',
    job: ['ended with 3', 'started', 'stderr two', 'stdout one'],
    refused: true,
    boots: [true],
    cursor: true,
    log: ['I talk'],
    notify: false,
    native: 'there',
  });
}

async function isAService(t: Test, machine: Machine, service: string): Promise<void> {
  const greeted = (): Promise<string> => text(connect(machine.path('/run/hello.sock')));
  const words = (line: string) => ({ greeting: line.replace(/ \d+\n$/, ''), count: Number(/ (\d+)\n$/.exec(line)?.[1]) });
  await machine.reaches(service, ({ state, status_text }) => state === 'active' && status_text === 'waits for whoever connects');
  const first = words(await greeted());
  t.equal(first.greeting, 'hello');
  await runIn(machine, 'peiosctl', 'reload', service);
  await machine.reaches(service, ({ state, status_text }) => state === 'active' && status_text === 'says hello again');
  t.strictSame(words(await greeted()), { greeting: 'hello again', count: first.count + 1 });
  await runIn(machine, 'peiosctl', 'restart', service);
  t.strictSame(words(await greeted()), { greeting: 'hello', count: first.count + 2 });
}
