/** Machines without a cgroup2 that can be written: who belongs to a service is found and ended all the same. */
import { chownSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import t from 'tap';
import type { Machine, MachineOptions } from '../../support/machine.ts';
import { bootSettled, cannotRun, project, shell, temporaryDirectory, withServices } from '../../support/machine.ts';
import { until } from '../../support/wait.ts';
import { start } from '../sandbox/sandbox.ts';

const skip = cannotRun;
const values = { Readiness: 'Alive', StopTimeout: 5 } as const;
const forced = { cmdline: 'peinit.containment=process-tree' };
const kinds: readonly (readonly [string, MachineOptions])[] = [
  ['by parameter', forced],
  ['docker', { words: ['--container', 'docker'] }],
  ['rootless', { words: ['--container', 'rootless'] }],
];

/** How many processes of the machine have exactly that command line. */
async function count(machine: Machine, command: string): Promise<number> {
  return Number((await machine.run('pgrep', '-c', '-x', '-f', command)).stdout);
}

const seen = (machine: Machine, command: string, wanted: number) =>
  until(`${wanted} of ${command}`, async () => (await count(machine, command)) === wanted, { more: machine.console });

const all = 'setsid env -i /usr/bin/setpriv --clear-groups';
/** What a service leaves, each with a command line of its own. */
const leaves = {
  'sleep 7001': '(setsid sh -c "setsid sleep 7001 & exit" &)',
  'sleep 7002': '(setpriv --clear-groups sleep 7002 &)',
  'sleep 7003': '(env -i /usr/bin/sleep 7003 &)',
  'sleep 7004': `${all} /usr/bin/sleep 7004 &`,
} as const;
// By their own paths where they have no PATH.
const shown = (command: string): string => (/700[34]/.test(command) ? `/usr/bin/${command}` : command);

for (const [kind, options] of kinds)
  t.test(
    `O-66 O-68 ${kind}: what forked twice, gave up its groups or cleared its environment ends with its service`,
    { skip },
    async (t) => {
      const left = shell(`${Object.values(leaves).join('\n')}\nexec sleep 7000`);
      const other = shell('(setsid sleep 7100 &); exec sleep 7101');
      const machine = await bootSettled(t, {
        ...options,
        registry: withServices({ left: { ...left, ...values }, other: { ...other, ...values } }),
      });
      const client = await machine.client();
      t.match((await client.machineStatus({})).containment, { mode: 'process_tree', mark: 'group' });
      for (const service of ['left', 'other']) await client.start({ service });
      for (const command of Object.keys(leaves)) await seen(machine, shown(command), 1);
      await seen(machine, 'sleep 7100', 1);
      t.match(await client.stop({ service: 'left' }), { state: 'inactive' });
      for (const command of Object.keys(leaves)) t.equal(await count(machine, shown(command)), 0, command);
      t.strictSame([await count(machine, 'sleep 7100'), await count(machine, 'sleep 7101')], [1, 1]);
      t.match(await client.status({ service: 'other' }), { state: 'active' });
      await ends(t, machine);
    },
  );

async function ends(t: Test, machine: Machine): Promise<void> {
  const { stdout } = await machine.powerOff();
  t.notMatch(stdout, /error: |internal error/);
}

// Never more than 150 of that user; each forks and goes, now and then, so that no look meets the same ones.
const bomb =
  'my $main = $$; while (1) { my $child = fork; exit if $child and $$ != $main and rand() < 0.4; select(undef, undef, undef, 0.003) }';
const limited = (through: string): string => `exec ${through} /usr/bin/prlimit --nproc=150 /usr/bin/perl -e '${bomb}'`;
for (const [kind, options] of kinds)
  for (const [what, through] of [
    ['with its mark', 'setpriv --reuid=5999'],
    ['without groups and environment', 'env -i /usr/bin/setpriv --reuid=5999 --regid=5999 --clear-groups'],
  ] as const)
    t.test(`O-68 ${kind}: a fork bomb ${what} goes on during the sweep, and ends`, { skip }, async (t) => {
      const machine = await bootSettled(t, {
        ...options,
        registry: withServices({ bomb: { ...shell(limited(through)), ...values, StopTimeout: 1 } }),
      });
      const client = await machine.client();
      await client.start({ service: 'bomb' });
      const bombs = async (): Promise<number> => Number((await machine.run('pgrep', '-c', '-U', '5999')).stdout);
      await until('there are many', async () => (await bombs()) > 50, { more: machine.console });
      t.match(await client.stop({ service: 'bomb' }), { state: /inactive|failed/ });
      await until('none is left', async () => (await bombs()) === 0, { more: machine.console });
      t.match(await client.machineStatus({}), { phase: 'settled' });
      await ends(t, machine);
    });

t.test('O-66 a number that a stranger has now is not killed for who had it before', { skip }, async (t) => {
  // The shell stays, and collects what ends.
  const left = shell(`${all} /usr/bin/sleep 7004 & sleep 7000; true`);
  const machine = await bootSettled(t, { ...forced, registry: withServices({ left: { ...left, ...values }, other: shell('exit 0') }) });
  const client = await machine.client();
  await client.start({ service: 'left' });
  await seen(machine, '/usr/bin/sleep 7004', 1);
  const pid = Number((await machine.run('pgrep', '-x', '-f', '/usr/bin/sleep 7004')).stdout);
  // Somebody ends, so all are looked at, and this one is remembered.
  await client.start({ service: 'other' });
  const again = [
    // That of the sandbox is read-only there.
    'mkdir /run/proc; mount -t proc none /run/proc',
    `kill -9 ${pid}; while kill -0 ${pid} 2> /dev/null; do sleep 0.01; done`,
    'found=0',
    `while [ $found -ne ${pid} ]; do echo ${pid - 1} > /run/proc/sys/kernel/ns_last_pid`,
    `sleep 7200 & found=$!; [ $found -eq ${pid} ] || kill $found; done`,
  ].join('; ');
  t.match(await machine.run('sh', '-c', `(${again}) > /dev/null 2>&1`), { status: 0 });
  await seen(machine, 'sleep 7200', 1);
  t.match(await client.stop({ service: 'left' }), { state: 'inactive' });
  t.strictSame([await count(machine, 'sleep 7000'), await count(machine, 'sleep 7200')], [0, 1]);
  await ends(t, machine);
});

t.test('O-66 a user without a cgroup: namespaces tell whose a process is, and a stop ends all that forked twice', { skip }, async (t) => {
  const user = 54_321;
  const directory = temporaryDirectory(t);
  const seed = join(directory, 'seed.json');
  writeFileSync(seed, JSON.stringify(withServices({ left: { ...shell(`${leaves['sleep 7001']}; exec sleep 7000`), ...values } })));
  for (const path of [directory, seed]) chownSync(path, user, user);
  const script = [
    'peiosctl machine-status --json',
    'peiosctl start left && until pgrep -x -f "sleep 7001" > /dev/null; do sleep 0.02; done',
    'peiosctl stop left && pgrep -c -x -f "sleep 700[01]"',
    'true',
  ].join('; ');
  const words = ['--no-base', '--registry', join(project, 'test/support/bare.yaml'), '--registry', seed, '--', 'sh', '-c', script];
  const through = ['setpriv', `--reuid=${user}`, `--regid=${user}`, '--clear-groups'];
  const { status, stdout, stderr } = await start(t, words, {
    through,
    env: { ...process.env, HOME: directory, XDG_RUNTIME_DIR: directory },
  }).ended;
  t.equal(status, 0, stderr);
  t.match(JSON.parse(stdout.split('\n')[0] ?? ''), {
    containment: { mode: 'process_tree', mark: 'namespace' },
    identity_mode: 'single_uid',
  });
  t.match(stdout, /\n0\n$/);
});
