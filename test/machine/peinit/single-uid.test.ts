/** Identities where every process has the same user id: tokens are told apart by process, and that is said. */
import { chownSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { StatusResponse } from '../../../gen/control/types.ts';
import { cannotRun, project, shell, withServices } from '../../support/machine.ts';
import { start, temporaryDirectory } from '../sandbox/sandbox.ts';

const userId = 54_324;
const boot = { Triggers: ['boot'], Readiness: 'Alive', Identity: 'SYSTEM' };
const reduced = { RequiredPrivileges: ['SeShutdownPrivilege'] };
/** Prints which token whoami tells. */
const ask = `peiosctl whoami --json | sed -n 's/.*"token_id":"\\([^"]*\\)".*/said \\1/p'`;
const services = {
  // A child of the main process asks, too: whose it is follows from the processes that it came from.
  asks: { ...shell(`sh -c '${ask.replaceAll("'", `'\\''`)}; true'; exec sleep 1000`), ...boot, ...reduced },
};
const visit = `for try in $(seq 200); do peiosctl status asks --json | grep -q '"said ' && break; sleep 0.05; done
peiosctl status asks --json`;

t.test(
  'ID-001 ID-010 tokens are told apart where user ids are not, and the console says what that means',
  { skip: cannotRun },
  async (t) => {
    const directory = temporaryDirectory(t);
    const [seed, bare] = [join(directory, 'seed.json'), join(project, 'test/support/bare.yaml')];
    writeFileSync(seed, JSON.stringify(withServices(services)));
    for (const path of [directory, seed]) chownSync(path, userId, userId);
    const words = ['--project', project, '--console', '--no-base', '--registry', bare, '--registry', seed];
    const { stdout, stderr } = await start(t, [...words, '--', 'sh', '-c', visit], {
      through: ['setpriv', `--reuid=${userId}`, `--regid=${userId}`, '--clear-groups'],
      env: { ...process.env, XDG_RUNTIME_DIR: directory },
    }).ended;
    const { current_job: job, output, uid } = JSON.parse(stdout || '{}') as StatusResponse;
    t.strictSame(
      output.map(({ text }) => text),
      [`said ${job?.id}`],
      'the token of that process, which is named like its job',
    );
    t.equal(uid, 0);
    t.match(stderr, /warning: identities do not isolate services here, every process has the same user id/);
  },
);
