/** Boot attempts of real machines: sandboxes whose root is kept, and one that boots again and again. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Test } from 'tap';
import t from 'tap';
import type { MachineOptions } from '../../support/machine.ts';
import { boot, bootSettled, cannotRun, launch, shell, temporaryDirectory, withServices } from '../../support/machine.ts';
import { until } from '../../support/wait.ts';

const skip = cannotRun;
const counter = '/.peinit/boot-attempts';
const critical = { Triggers: ['boot'], ErrorControl: 'Critical', Readiness: 'Alive' };
const grace = (seconds: number) => ({ 'Machine\\System\\Boot': { BootSuccessGrace: seconds } });
const failing = { ...shell('echo it went wrong; exit 7'), ...critical, RestartPolicy: 'Never', RestartMaxRetries: 0 };

const read = (path: string): string | null => (existsSync(path) ? readFileSync(path, 'utf8') : null);

/** Not every filesystem has files that nobody may change. */
function mayBeImmutable(): boolean {
  const directory = mkdtempSync(join(tmpdir(), 'peinit-immutable-'));
  const file = join(directory, 'file');
  writeFileSync(file, '');
  const made = spawnSync('chattr', ['+i', file]).status === 0;
  spawnSync('chattr', ['-i', file]);
  rmSync(directory, { recursive: true });
  return made;
}

/** A directory for --keep, whose counter holds this. */
function kept(t: Test, content: string | null): { readonly keep: string; readonly file: string } {
  const keep = temporaryDirectory(t);
  const file = join(keep, 'upper', counter);
  if (content !== null) {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(file, content);
  }
  return { keep, file };
}

/** Boots it until PID 1 has ended by itself. */
async function ending(t: Test, options: MachineOptions): Promise<{ readonly status: number | null; readonly text: string }> {
  const machine = await launch(t, options);
  const { status, stdout, stderr } = await machine.running.ended;
  return { status, text: stdout + stderr };
}

t.test(
  'BOOT-060 BOOT-068 BOOT-069 BOOT-090 the file holds a number that a boot raises, until it leads to Recovery',
  { skip },
  async (t) => {
    const { keep, file } = kept(t, null);
    for (const expected of ['1\n', '2\n', '3\n']) {
      const machine = await bootSettled(t, { keep });
      t.equal(read(machine.path(counter)), expected);
      // As by a power cut.
      process.kill(machine.pid, 'SIGKILL');
      await machine.running.ended;
      t.equal(read(file), expected);
    }
    const { status, text } = await ending(t, { keep });
    t.equal(status, 125);
    t.match(text, /reason: 3 boots in a row did not succeed: the limit is 3/);
    t.match(text, /boot 3: how it ended is not known: no power, a reset, or a kernel that stopped/);
    t.match(text, /to leave: fix the cause, write 0 to \/\.peinit\/boot-attempts/);
    t.equal(read(file), '3\n');
    const again = await bootSettled(t, { keep, cmdline: 'peios.bootattempts=0' });
    t.match(await (await again.client()).bootStatus({}), { mode: 'full', attempt: 4, limit: 0, confirmed: false });
  },
);

t.test(
  'O-135 a sandbox that runs a command and powers off gives its attempt back, and what the command wrote stays',
  { skip },
  async (t) => {
    const { keep, file } = kept(t, '1\n');
    const machine = await bootSettled(t, { keep });
    t.equal(read(machine.path(counter)), '2\n');
    t.equal((await machine.powerOff()).status, 0);
    t.equal(read(file), '1\n');
    const other = await bootSettled(t, { keep });
    await other.run('sh', '-c', `echo 3 > ${counter}`);
    t.equal((await other.powerOff()).status, 0);
    t.equal((await ending(t, { keep })).status, 125);
  },
);

t.test('BOOT-072 a counter that is none leads to Recovery, and is left as it is', { skip }, async (t) => {
  for (const content of ['abc', '', '3 4', `${'9'.repeat(30)}\n`]) {
    const { keep, file } = kept(t, content);
    const { status, text } = await ending(t, { keep });
    t.equal(status, 125);
    t.match(text, /reason: the boot attempts cannot be told: \/\.peinit\/boot-attempts (is empty|holds)/);
    t.equal(read(file), content);
  }
});

t.test('BOOT-047 BOOT-048 BOOT-053 KEY-007 a boot whose critical services hold sets it to 0, in both modes', { skip }, async (t) => {
  for (const cmdline of ['', 'peios.safemode=1']) {
    const { keep, file } = kept(t, '2\n');
    const registry = { ...grace(1), ...withServices({ web: { ...shell('exec sleep 1000'), ...critical } }) };
    const machine = await boot(t, { keep, registry, cmdline });
    await until('it is confirmed', () => read(file) === '0\n');
    await machine.shows(/boot attempt 3 of 3: the one before did not succeed/);
    await machine.shows(/the boot has succeeded: boot attempts count from 0 again/);
    const status = await (await machine.client()).bootStatus({});
    t.match(status, { mode: cmdline === '' ? 'full' : 'safe', attempt: 3, confirmed: true, remaining_seconds: null });
    t.notOk(existsSync(`${file}.new~`), 'nothing is left beside it');
  }
});

t.test('BOOT-048 a boot is not confirmed while a critical service is down, and boot-status says which', { skip }, async (t) => {
  const registry = {
    ...grace(0),
    ...withServices({ web: { ...shell('exec sleep 1000'), ...critical, Readiness: 'Notify', StartTimeout: 600 } }),
  };
  const machine = await boot(t, { registry });
  const client = await machine.client();
  await until('web is starting', async () =>
    (await client.list()).services.some(({ service, state }) => service === 'web' && state === 'starting'),
  );
  const { confirmed, waiting_for, attempt } = await client.bootStatus({});
  t.strictSame([confirmed, waiting_for, attempt, read(machine.path(counter))], [false, ['web'], 1, '1\n']);
  const shown = (await machine.run('peiosctl', 'boot-status')).stdout;
  t.match(shown, /attempt +1 of 3\n +success +not yet: the critical services must all be up \(BootSuccessGrace is 0\)\n +waits for +web\n/);
});

t.test('O-138 peiosctl boot-status --clear sets it to 0', { skip }, async (t) => {
  const { keep } = kept(t, '1\n');
  const machine = await bootSettled(t, { keep });
  t.match(await machine.run('peiosctl', 'boot-status', '--clear'), {
    status: 0,
    stdout: 'boots count from 0 again; this one was attempt 2\n',
  });
  t.equal(read(machine.path(counter)), '0\n');
});

t.test('BOOT-069 BOOT-070 what a crash left beside the counter is no harm, and what is in its way is one line', { skip }, async (t) => {
  const { keep, file } = kept(t, '1\n');
  writeFileSync(`${file}.new~`, 'half');
  const machine = await bootSettled(t, { keep });
  t.equal(read(machine.path(counter)), '2\n');
  process.kill(machine.pid, 'SIGKILL');
  await machine.running.ended;
  rmSync(`${file}.new~`, { force: true });
  mkdirSync(`${file}.new~/kept`, { recursive: true });
  const other = await bootSettled(t, { keep, registry: grace(0) });
  await other.shows(/warning: \/\.peinit\/boot-attempts\.new~ is a directory that is not empty, .* went past it\. Remove it\./);
  t.match(await (await other.client()).bootStatus({}), { mode: 'full', attempt: 3, confirmed: true });
  await until('the boot counts', () => read(file) === '0\n');
  t.equal(other.console().match(/boot-attempts/g)?.length, 1);
});

t.test('BOOT-070 an immutable counter is one line, and the boot goes on', { skip: skip || !mayBeImmutable() }, async (t) => {
  const { keep, file } = kept(t, '1\n');
  t.equal(spawnSync('chattr', ['+i', file]).status, 0);
  t.teardown(() => spawnSync('chattr', ['-i', file]));
  const machine = await bootSettled(t, { keep });
  await machine.shows(/warning: this boot is not counted: writing \/\.peinit\/boot-attempts failed: EPERM/);
  t.match(await (await machine.client()).machineStatus(), { mode: 'full', phase: 'settled' });
});

t.test(
  'BOOT-071 SHUT-002 a machine that always fails ends in Recovery: --reboot keeps its counter on a throwaway root',
  { skip },
  async (t) => {
    const registry = withServices({ web: { ...failing, RestartPolicy: 'Always' } });
    const { status, text } = await ending(t, { registry, words: ['--reboot'] });
    t.equal(status, 125);
    t.equal(text.match(/the critical service \S+ has failed for good: the machine reboots at once/g)?.length, 3);
    t.match(text, /recovery mode\r?\n.*reason: 3 boots in a row did not succeed: the limit is 3/);
    t.match(text, /boot 1, .*web failed for good[\s\S]*boot 2, .*web failed for good[\s\S]*boot 3, .*web failed for good/);
  },
);

t.test('BOOT-059 a critical service with RestartPolicy=Never just fails, and the machine stays up unconfirmed', { skip }, async (t) => {
  const machine = await bootSettled(t, { registry: { ...grace(5), ...withServices({ web: failing }) } });
  t.match(await (await machine.client()).status({ service: 'web' }), { state: 'failed' });
  const { mode, confirmed, waiting_for } = await (await machine.client()).bootStatus({});
  t.strictSame([mode, confirmed, waiting_for], ['full', false, ['web']]);
});

t.test('BOOT-056 BOOT-057 a critical service in a cycle or a conflict: the same boot goes on in Safe mode', { skip }, async (t) => {
  const sleeper = { ...shell('exec sleep 1000'), Readiness: 'Alive', Triggers: ['boot'] };
  for (const [name, fields, other] of [
    ['a cycle', { Requires: ['db'] }, { Requires: ['web'] }],
    ['a conflict', { Conflicts: ['db'] }, {}],
  ] as const) {
    const machine = await bootSettled(t, {
      registry: {
        ...grace(0),
        ...withServices({ web: { ...sleeper, ...fields, ErrorControl: 'Critical' }, db: { ...sleeper, ...other } }),
      },
    });
    const client = await machine.client();
    const { mode, phase, reason } = await client.machineStatus();
    t.match({ mode, phase, reason }, { mode: 'safe', phase: 'settled', reason: /the critical service web/ }, name);
    t.match(await client.status({ service: 'web' }), { state: 'active' });
    t.match(await client.status({ service: 'db' }), { state: 'inactive' });
    await machine.shows(/the boot goes on in Safe mode: the critical service web/);
    await until('it counts as a success', () => read(machine.path(counter)) === '0\n');
    t.equal(machine.running.process.exitCode, null);
  }
});
