/**
 * Registries that no careful administrator writes: every kind of wrong value, names that look like something else, a great many services.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { definitionFields } from '../../../gen/definition/facts.ts';
import { container } from '../../support/in-container.ts';
import { bootSettled, cannotRun, shell, temporaryDirectory, withServices } from '../../support/machine.ts';
import { start } from '../sandbox/sandbox.ts';

const skip = cannotRun;
const plain = { ImagePath: '/bin/true', Readiness: 'Alive', RestartPolicy: 'Never' };
const deaf = { ...shell('trap "" TERM; sleep 1000 & wait'), Readiness: 'Alive', StopTimeout: 1 };

/** One value of each type the registry knows; said with its type, for the import refuses what plainly has another one than the field. */
const examples = {
  sz: { type: 'SZ', data: 'text' },
  multi_sz: { type: 'MULTI_SZ', data: ['text'] },
  dword: { type: 'DWORD', data: 7 },
  qword: { qword: '7' },
  binary: { hex: '00ff' },
} as const;

const guard = 'ServiceSecurity';

t.test(
  'BOOT-043 DEF-070 SEC-028 each field with a value of each other type fails its service alone, naming service and field',
  { skip },
  async (t) => {
    const broken = Object.values(definitionFields).flatMap((field) =>
      Object.entries(examples)
        .filter(([type]) => type !== field.type)
        .map(([type, value]) => ({ name: `${field.name}-${type}`, field: field.name, values: { ...plain, [field.name]: value } })),
    );
    t.ok(broken.length > 100);
    const registry = withServices({
      good: { ...plain, Triggers: ['boot'], Type: 'Oneshot' },
      ...Object.fromEntries(broken.map(({ name, values }) => [name, values])),
    });
    const machine = await bootSettled(t, { registry });
    const client = await machine.client();
    for (const { name, field } of broken) {
      // Of what it guards nothing is told before it is sound.
      if (field === guard) {
        await t.rejects(client.status({ service: name }), {
          code: 'INTERNAL_ERROR',
          message: new RegExp(`service ${name} .*${field} is of type`),
        });
        continue;
      }
      const { state, cause, detail } = await client.status({ service: name });
      if (state !== 'failed' || cause !== 'validation_error' || !detail?.includes(name) || !detail.includes(field))
        t.fail(`${name}: ${state}, ${cause}, ${detail}`);
    }
    t.match(await client.status({ service: 'good' }), { state: 'inactive', cause: 'clean_exit' });
    t.match(machine.console(), /settled: \d+ services, \d+ failed: .* and \d+ more/);
    t.notMatch(machine.console(), /error:/);
  },
);

t.test('D-14 EXEC-039 services named like the machine or a file of the kernel harm nobody but themselves', { skip }, async (t) => {
  const names = [
    '.',
    '..',
    '...',
    '-',
    '_',
    'cgroup.kill',
    'cgroup.procs',
    'memory.max',
    'main',
    'tree',
    'peinit',
    'constructor',
    'x'.repeat(128),
  ];
  const machine = await bootSettled(t, {
    registry: withServices({ bystander: deaf, ...Object.fromEntries(names.map((name) => [name, deaf])) }),
  });
  const client = await machine.client();
  await client.start({ service: 'bystander' });
  for (const name of names) t.match(await client.start({ service: name }), { state: 'active' }, name);
  await Promise.all(
    names.map(async (name) => t.match(await (await machine.client()).stop({ service: name }), { state: 'inactive' }, name)),
  );
  t.match(await client.status({ service: 'bystander' }), { state: 'active', cause: 'explicit_start' });
  t.match(await client.status({ service: 'registryd' }), { state: 'active', current_job: { pid: Number } });
  if (!container) t.match(readFileSync(machine.path('/sys/fs/cgroup/peinit/%2E%2E/cgroup.events'), 'utf8'), /populated 0/);
});

t.test('D-14 names that are none fail by name and cannot be started', { skip }, async (t) => {
  const names = ['a b', 'x:y', '@check-1', '@exec', 'a%2fb', 'ünïcode', '😀', 'x'.repeat(129), '*', '$(reboot)'];
  const machine = await bootSettled(t, { registry: withServices(Object.fromEntries(names.map((name) => [name, plain]))) });
  const client = await machine.client();
  for (const name of names) {
    t.match(await client.status({ service: name }), { service: name, state: 'failed', cause: 'validation_error', detail: /name/ });
    t.match(await client.start({ service: name }), { state: 'failed' });
  }
  t.notMatch(machine.console(), /error:/);
});

t.test('seeds with an error name file, line and key, and boot nothing', { skip }, async (t) => {
  for (const [values, message] of [
    [{ Type: 'Sometimes' }, /seed\.json:\d+: Machine\\System\\Services\\bad: Type: "Sometimes"/],
    [{ StartTimeout: -1 }, /seed\.json:\d+: .*\\bad: StartTimeout/],
    [{ StartTimeout: 4294967296 }, /seed\.json:\d+: .*\\bad: StartTimeout/],
    [{ StartTimeout: 1.5 }, /seed\.json:\d+: .*\\bad: StartTimeout/],
    [{ Arguments: ['a', 1] }, /seed\.json:\d+: .*\\bad: Arguments/],
    [{ Arguments: ['a\u0000b'] }, /seed\.json:\d+: .*\\bad: Arguments/],
    [{ ServiceSecurity: { hex: 'xyz' } }, /seed\.json:\d+: .*\\bad: ServiceSecurity/],
    [{ ServiceSecurity: { sddl: 'O:XX' } }, /seed\.json:\d+: .*\\bad: ServiceSecurity: sddl, character 3: the owner: XX is no known alias/],
    [{ Description: null }, /seed\.json:\d+: .*\\bad: Description/],
    [{ Description: { qword: '-1' } }, /seed\.json:\d+: .*\\bad: Description/],
  ] as const) {
    const seed = join(temporaryDirectory(t), 'seed.json');
    writeFileSync(seed, JSON.stringify(withServices({ good: plain, bad: { ...plain, ...values } }), null, 2));
    const machine = await start(t, ['--registry', seed]).ended;
    t.equal(machine.status, 2, String(message));
    t.match(machine.stderr, message);
    t.match(machine.stderr, /nothing was imported/);
    t.notMatch(machine.stdout + machine.stderr, /root is writable/);
  }
});
