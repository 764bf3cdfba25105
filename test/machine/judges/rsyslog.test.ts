import t from 'tap';
import { until } from '../../support/wait.ts';
import { bootExample, without } from './programs.ts';

const skip = without('/usr/sbin/rsyslogd', '/usr/bin/logger');
t.setTimeout(120_000);

t.test('rsyslogd in the foreground takes messages from /dev/log, and opens its files anew on reload', { skip }, async (t) => {
  const machine = await bootExample(t, { file: 'rsyslog.yaml', files: 'rsyslog' });
  await machine.reaches('rsyslog', ({ state }) => state === 'active');
  const client = await machine.client();
  const logged = async (text: string): Promise<void> => {
    await machine.run('setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', 'logger', text);
    await until(`${text} is in the file`, async () => (await machine.run('cat', '/var/log/rsyslog/messages')).stdout.includes(text));
  };
  await logged('first message');
  await machine.run('mv', '/var/log/rsyslog/messages', '/var/log/rsyslog/messages.1');
  t.match(await client.reload({ service: 'rsyslog', wait: true }), { state: 'active' });
  await logged('second message');
  t.match(await client.stop({ service: 'rsyslog' }), { state: 'inactive' });
  t.notMatch(machine.console(), /SIGKILL/);
});

t.test('rsyslogd without -n goes into the background, and is told to stay in the foreground', { skip }, async (t) => {
  const machine = await bootExample(t, { file: 'rsyslog.yaml', files: 'rsyslog' });
  const client = await machine.client();
  await client.stop({ service: 'rsyslog' });
  const set = (...words: readonly string[]) => machine.run('peiosctl', 'registry', 'set', 'Machine\\System\\Services\\rsyslog', ...words);
  await set('Arguments', '--', '-iNONE', '-f', '/srv/rsyslog/rsyslog.conf');
  await set('Readiness', 'Alive');
  await set('RestartPolicy', 'Never');
  await client.reloadConfig();
  await client.start({ service: 'rsyslog' });
  const { cause, detail } = await machine.reaches('rsyslog', ({ state }) => state === 'inactive' || state === 'failed');
  t.match({ cause, detail }, { cause: 'clean_exit', detail: /1 other process was left, which was killed\. .*stay in the foreground/ });
});
