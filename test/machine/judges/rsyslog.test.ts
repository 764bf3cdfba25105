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
    await machine.run('logger', text);
    await until(`${text} is in the file`, async () => (await machine.run('cat', '/var/log/messages')).stdout.includes(text));
  };
  await logged('first message');
  await machine.run('mv', '/var/log/messages', '/var/log/messages.1');
  t.match(await client.reload({ service: 'rsyslog', wait: true }), { state: 'active' });
  await logged('second message');
  t.match(await client.stop({ service: 'rsyslog' }), { state: 'inactive' });
  t.notMatch(machine.console(), /SIGKILL/);
});
