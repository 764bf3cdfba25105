import { lstatSync, readFileSync } from 'node:fs';
import t from 'tap';
import { bootSettled, cannotRun, launch, shell, withServices } from '../../support/machine.ts';

const skip = cannotRun;
const key = 'Machine\\System\\Init\\ProvisionedPaths';

t.test(
  'BOOT-080 BOOT-081 BOOT-083 KEY-017 directories and files are there before the first service, with the owners that Security says',
  { skip },
  async (t) => {
    const machine = await bootSettled(t, {
      registry: {
        ...withServices({ app: { ...shell('ls -ldn /srv/web /srv/web/log > /run/seen'), Type: 'Oneshot', Triggers: ['boot'] } }),
        [`${key}\\a`]: { Kind: 'file', Path: '/srv/web/log' },
        [`${key}\\b`]: {
          Kind: 'directory',
          Path: '/srv/web',
          Security: { sddl: 'O:S-1-22-1-1000G:S-1-22-2-50D:(A;;FA;;;S-1-22-1-1000)(A;;FRFX;;;S-1-22-2-50)' },
        },
        [`${key}\\c`]: { Kind: 'file', Path: '/srv/none/x' },
        [`${key}\\d`]: { Kind: 'directory', Path: '/var/run/through-a-link' },
      },
    });
    const seen = readFileSync(machine.path('/run/seen'), 'utf8').split('\n');
    t.match(seen[0], /^drwxr-x--- +\d+ +1000 +50 .* \/srv\/web$/);
    t.match(seen[1], /^-rw-r--r-- +1 +0 +0 +0 .* \/srv\/web\/log$/);
    t.equal(lstatSync(machine.path('/run/through-a-link')).isDirectory(), true);
    const told = 'the provisioned path c, /srv/none/x, failed: the directory /srv/none is not there, and parents are not made';
    const { warnings } = await (await machine.client()).machineStatus({});
    t.ok(
      warnings.some((warning) => warning.startsWith(told)),
      warnings.join('\n'),
    );
  },
);

t.test('BOOT-082 a required one that cannot be made leads to Recovery; the others are made', { skip }, async (t) => {
  const machine = await launch(t, {
    registry: {
      ...withServices({ app: { ...shell('exec sleep 1000'), Readiness: 'Alive', Triggers: ['boot'] } }),
      [`${key}\\a`]: { Kind: 'directory', Path: '/proc/none/x', Required: 1 },
      [`${key}\\b`]: { Kind: 'directory', Path: '/srv/other' },
    },
  });
  const { status, stdout } = await machine.running.ended;
  t.equal(status, 125);
  t.match(
    stdout.replaceAll(/\s+/g, ' '),
    /reason: the provisioned path a, \/proc\/none\/x, is required and failed: the directory \/proc\/none/,
  );
  t.match(stdout, /provisioned paths: 1 made/);
  t.notMatch(stdout, /app: starting/);
});
