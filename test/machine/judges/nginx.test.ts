import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import t from 'tap';
import { bootSettled, project, said, temporaryDirectory } from '../../support/machine.ts';
import { privilegesOf, unpacked, without } from './programs.ts';

const skip = without('/usr/sbin/nginx', '/usr/bin/curl', '/usr/bin/redis-server');
t.setTimeout(120_000);

/** CAP_NET_BIND_SERVICE alone. */
const bindsPorts = '0000000000000400';

t.test('ID-006 PRIN-011 nginx as LocalService has port 80 by a grant to its service SID, and nothing else of root', { skip }, async (t) => {
  const layer = temporaryDirectory(t);
  execFileSync(join(project, 'bin/demo-layer'), [layer]);
  const words = ['--registry', join(project, 'examples/site/site.yaml')];
  const machine = await bootSettled(t, { authority: true, layers: [...unpacked, layer], words });
  const run = async (...command: readonly string[]): Promise<string> => (await machine.run(...command)).stdout;
  const client = await machine.client();
  const up = await client.status({ service: 'nginx', token: true });
  t.match(up, { state: 'active', token: { user: 'S-1-5-19' } });
  const uid = (await run('id', '-u', 'ls-nginx')).trim();
  const main = String(up.current_job?.pid);
  const workers = (await run('pgrep', '-P', main)).trim().split('\n');
  for (const pid of [main, ...workers])
    t.strictSame(await privilegesOf(machine, pid), { uids: Array(4).fill(uid).join('\t'), capabilities: bindsPorts, noNewPrivileges: '1' });
  t.match(await run('curl', '-s', 'http://127.0.0.1/'), /It works/);
  t.match(
    await run('peiosctl', 'analyze', 'security', 'nginx'),
    /runs as +LocalService\n.*capabilities +CAP_NET_BIND_SERVICE\n.*nothing is/s,
  );

  t.match(await machine.run('peiosctl', 'principal', 'revoke', 'service:nginx', 'SeBindPrivilegedPort'), {
    status: 0,
    stdout: /peiosctl restart nginx/,
  });
  t.match(await run('curl', '-s', 'http://127.0.0.1/'), /It works/, 'what runs keeps what it has');
  await machine.run('peiosctl', 'registry', 'set', 'Machine\\System\\Services\\nginx', 'RestartPolicy', 'Never');
  t.match(await machine.run('peiosctl', 'restart', 'nginx'), { status: 1 });
  const failed = await client.status({ service: 'nginx' });
  t.equal(failed.state, 'failed');
  t.match(said(failed).join('\n'), /bind\(\) to 127\.0\.0\.1:80 failed \(13: Permission denied\)/);
  t.match(await run('peiosctl', 'status', 'nginx'), /bind\(\) to 127\.0\.0\.1:80 failed \(13: Permission denied\)/);
  t.match(await run('peiosctl', 'analyze', 'security', 'nginx'), /capabilities +none/);
});
