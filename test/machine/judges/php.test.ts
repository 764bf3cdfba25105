import t from 'tap';
import { until } from '../../support/wait.ts';
import { bootExample, without } from './programs.ts';

const programs = { '/usr/sbin/php-fpm8.2': '/usr/sbin/php-fpm8.*' };
const skip = without(...Object.values(programs), '/usr/sbin/nginx', '/usr/bin/curl');
t.setTimeout(120_000);

for (const [what, end] of [
  ['a stop of php-fpm waits', 'php-fpm'],
  ['a stop of nginx waits', 'nginx'],
  ['a shutdown of the machine waits', null],
] as const)
  t.test(`O-21 a slow request to nginx and php-fpm is answered completely while ${what}`, { skip }, async (t) => {
    const machine = await bootExample(t, { file: 'php.yaml', files: 'php', versioned: programs });
    const curl = async (path: string): Promise<string> => (await machine.run('curl', '-s', `http://127.0.0.1${path}`)).stdout;
    t.equal(await curl('/slow.php'), 'answered\n');
    await machine.run('rm', '/run/php/asked');
    const slow = curl('/slow.php?ms=1500');
    await until('php is at it', async () => (await machine.run('test', '-e', '/run/php/asked')).status === 0);
    const client = await machine.client();
    if (end === null) await client.shutdown({ type: 'poweroff' });
    else t.match(await client.stop({ service: end }), { state: 'inactive' });
    t.equal(await slow, 'answered\n');
    if (end === null) t.equal((await machine.running.ended).status, 0);
    t.notMatch(machine.console(), /SIGKILL/);
  });
