/** A machine that a user makes who is nobody on this host: no cgroup, one user id, and all that peinit does works all the same. */
import { chownSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { cannotRun, project, shell, withServices } from '../support/machine.ts';
import { start, temporaryDirectory } from './sandbox/sandbox.ts';

const userId = 54_323;
const boot = { Triggers: ['boot'], Readiness: 'Alive' };
const services = {
  plain: { ...shell('exec sleep 1001'), ...boot },
  // A grandchild in a session of its own, whose parent is gone.
  wanders: { ...shell('setsid sh -c "(sleep 1002 &)"; exec sleep 1003'), ...boot },
};
const visit = `peiosctl machine-status --json && peiosctl restart plain >&2 && peiosctl stop wanders >&2 &&
  for process in /proc/[0-9]*; do tr '\\0' ' ' <$process/cmdline | grep '^sleep'; done`;

for (const container of [[], ['--container', 'rootless']])
  t.test(`O-10 O-69 an ordinary user without a cgroup boots a machine: ${container.join(' ')}`, { skip: cannotRun }, async (t) => {
    const directory = temporaryDirectory(t);
    const [seed, bare] = [join(directory, 'seed.json'), join(project, 'test/support/bare.yaml')];
    writeFileSync(seed, JSON.stringify(withServices(services)));
    for (const path of [directory, seed]) chownSync(path, userId, userId);
    const words = ['--project', project, ...container, '--no-base', '--registry', bare, '--registry', seed];
    const { status, stdout, stderr } = await start(t, [...words, '--', 'sh', '-c', visit], {
      through: ['setpriv', `--reuid=${userId}`, `--regid=${userId}`, '--clear-groups'],
      env: { ...process.env, XDG_RUNTIME_DIR: directory },
    }).ended;
    const [machine = '', ...left] = stdout.trim().split('\n');
    t.match(JSON.parse(machine || '{}'), { phase: 'settled', identity_mode: 'single_uid', containment: { mode: 'process_tree' } }, stderr);
    t.strictSame(left, ['sleep 1001'], 'what wanders is gone with its grandchild');
    t.equal(status, 1, 'of the last process looked at');
    t.match(stderr, /note: cannot make a cgroup/);
  });
