/** Containers that give peinit less than it needs, or just enough. */
import { join } from 'node:path';
import type { Test } from 'tap';
import t from 'tap';
import { cannotRun, project } from '../../support/machine.ts';
import type { Ended } from '../sandbox/sandbox.ts';
import { start } from '../sandbox/sandbox.ts';

const skip = cannotRun;
const peinit = '/usr/lib/peinit/node /usr/lib/peinit/peinit.mjs --nofile=1024:4096 peinit.root-is-system=1';
const withoutPowers = 'setpriv --bounding-set=-sys_admin --inh-caps=-sys_admin';

/** What the host has of a registry, and of an earlier peinit, is not there. */
const bare = 'rm -rf /var/lib/registryd /.peinit/*';

/** peinit as PID 1 of a private machine that a script has prepared in another way than the launcher does. */
const boot = (t: Test, preparation: string, through = ''): Promise<Ended> =>
  start(t, ['--init', '/bin/sh', '--init-arg', '-c', '--init-arg', `${bare} && ${preparation} && exec ${through} ${peinit}`]).ended;

/** Puts a script where registryd is expected. */
const registryd = (script: string): string =>
  `rm -f /usr/sbin/registryd && printf '#!/bin/sh\n${script}\n' > /usr/sbin/registryd && chmod 755 /usr/sbin/registryd`;
const realRegistryd = registryd('exec /usr/lib/peinit/node /usr/lib/peinit/registryd.mjs "$@"');
const bareBase = join(project, 'test/support/bare.yaml');
const imported = `/usr/sbin/registryd --store /var/lib/registryd --import ${bareBase} && rm -rf /run/*`;
const powerOffSoon = '{ (until test -S /run/peinit/control.sock; do sleep 0.02; done; kill -TERM 1) & }';

for (const [what, preparation, through, reason] of [
  ['a read-only cgroup2', 'mount -t tmpfs none /run && mount -t cgroup2 -o ro none /sys/fs/cgroup', '', /EROFS/],
  ['cgroups of version 1', 'mount -t tmpfs none /run && mount -t tmpfs none /sys/fs/cgroup', '', /is not cgroup2/],
  ['no right to mount', 'true', withoutPowers, /no cgroup can be made at \/sys\/fs\/cgroup\/peinit/],
  ['no right to mount and a read-only cgroup2', 'mount -t cgroup2 -o ro none /sys/fs/cgroup', withoutPowers, /EROFS/],
] as const) {
  t.test(`O-10 ${what}: peinit boots in process-tree mode, and says what is weaker`, { skip }, async (t) => {
    const { status, stdout, stderr } = await boot(t, [preparation, realRegistryd, imported, powerOffSoon].join(' && '), through);
    t.match(stdout, reason, stderr);
    t.match(stdout, /warning: .*; processes are held as descendants of process 1\n/);
    t.match(stdout, /registryd is ready/);
    t.notMatch(stdout, /recovery mode/);
    t.equal(status, 0);
  });
}

t.test('O-02 a container that may mount nothing boots with what is there, and says what it lacks', { skip }, async (t) => {
  const prepared = ['mount -t cgroup2 none /sys/fs/cgroup', realRegistryd, imported, powerOffSoon].join(' && ');
  const { status, stdout, stderr } = await boot(t, prepared, withoutPowers);
  t.match(stdout, /registryd is ready/, stderr);
  t.match(stdout, /warning: mounting tmpfs on \/run failed: EPERM/);
  t.match(stdout, /power off/);
  t.equal(status, 0);
});

t.test('SIG-004 SIGTERM while registryd is still starting powers off and is no failed boot', { skip }, async (t) => {
  const prepared = [
    'mount -t tmpfs none /run && mount -t cgroup2 none /sys/fs/cgroup',
    registryd('touch /run/starting; exec sleep 1000'),
    '{ (until test -e /run/starting; do sleep 0.02; done; kill -TERM 1) & }',
  ].join(' && ');
  const { status, stdout } = await boot(t, prepared);
  t.match(stdout, /going down for poweroff/);
  t.notMatch(stdout, /recovery/);
  t.equal(status, 0);
});
