import t from 'tap';
import { bootSettled, cannotRun, shell, withServices } from '../../support/machine.ts';
import { until } from '../../support/wait.ts';

const key = 'Machine\\System\\Services\\web';

t.test(
  'SEC-001 BOOT-005 a user of the machine is refused definitions, a service of SYSTEM is not, and forged marks are nobody',
  {
    skip: cannotRun,
  },
  async (t) => {
    const said = '/run/web-said';
    const web = shell(`peiosctl registry get '${key}' Readiness >${said} 2>&1; exec sleep 1000`);
    const machine = await bootSettled(t, { registry: withServices({ web: { ...web, Readiness: 'Alive', Triggers: ['boot'] } }) });
    const as = (ids: readonly string[], ...words: readonly string[]) => machine.run('setpriv', ...ids, 'peiosctl', 'registry', ...words);
    const user = ['--reuid=1000', '--regid=1000', '--clear-groups'];
    t.match(await as(user, 'list', 'Machine\\System'), { status: 0, stdout: /Services/ });
    t.match(await as(user, 'get', key, 'ImagePath'), {
      status: 1,
      stderr: /^peiosctl: EACCES: S-1-22-1-1000 \(uid 1000\) may not open the key .* with KEY_QUERY_VALUE; .*`peiosctl registry security /,
    });
    t.match(await as(user, 'set', key, 'Identity', 'SYSTEM', '--force'), { status: 1, stderr: /EACCES/ });
    t.match(await as(user, 'security', key, 'D:(A;;KA;;;WD)'), { status: 1, stderr: /EACCES.*WRITE_DAC/ });
    t.match(await as(user, 'export'), { status: 1, stdout: /Machine\\System:/, stderr: /Machine\\System\\Services is left out/ });
    t.match(await machine.run('peiosctl', 'registry', 'security', key, 'D:AI(A;;KA;;;SY)(A;;KR;;;S-1-22-1-1000)'), { status: 0 });
    t.match(await as(user, 'get', key, 'ImagePath'), { status: 0 });
    // A service of SYSTEM has a token of its own, which is told by its mark.
    await until('what web got', async () => /^\d\n$/.test((await machine.run('cat', said)).stdout));
    const { tags } = JSON.parse((await machine.run('cat', '/run/peinit/tokens/machine')).stdout) as {
      tags: { first: number; last: number } | null;
    };
    if (tags === null) return t.comment('this machine has no marks');
    const forged = ['--reuid=0', '--regid=0', `--groups=${tags.last}`];
    t.match(await as(forged, 'list', 'Machine'), { status: 1, stderr: /EACCES: Anonymous/ });
  },
);
