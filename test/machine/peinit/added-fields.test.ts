/** Fields and warnings that are ours, on a real machine. */
import t from 'tap';
import { bootSettled, cannotRun, shell, withServices } from '../../support/machine.ts';
import { until } from '../../support/wait.ts';

const skip = cannotRun;
const boot = { Triggers: ['boot'] };

t.test('commands that reach the main process, and warnings', { skip }, async (t) => {
  const machine = await bootSettled(t, {
    registry: withServices({
      reached: {
        ...boot,
        ...shell('trap "echo reloaded by $$" USR1; while :; do sleep 0.1; done'),
        Readiness: 'Alive',
        ExecStartPost: ['/bin/sh -c "echo up as $MAINPID"'],
        ExecReload: '/bin/sh -c "kill -USR1 $MAINPID"',
      },
      odd: { ...shell('exec sleep 1000'), Readiness: 'Alive', ExecReload: '/bin/kill -HUP $MAINPID', RestartDelay: 300 },
    }),
  });
  const client = await machine.client();
  t.test('O-24 MAINPID is in the environment of ExecStartPost and ExecReload', async (t) => {
    const { current_job: job } = await client.status({ service: 'reached' });
    await client.reload({ service: 'reached', wait: true });
    await machine.shows(/settled/);
    const output = async (): Promise<readonly string[]> =>
      (await client.status({ service: 'reached' })).output.map(({ process, text }) => `${process}: ${text}`);
    await until('the reload', async () => (await output()).length > 1);
    t.strictSame(await output(), [`ExecStartPost[0]: up as ${job?.pid}`, `null: reloaded by ${job?.pid}`]);
  });
  t.test('EVT-013 a definition that does not do what it seems to is warned of at the boot, in status and in explain', async (t) => {
    await machine.shows(/warning: service odd: RestartDelay is 300 s, but no delay is longer than 60 s/);
    const [delay, reload] = (await client.status({ service: 'odd' })).definition_warnings;
    t.match(reload, /^service odd: RestartDelay is 300 s/);
    t.match(delay, /^service odd: ExecReload holds \$MAINPID, which nothing replaces here/);
    for (const verb of ['status', 'explain'])
      t.match((await machine.run('peiosctl', verb, 'odd')).stdout, /warning.* RestartDelay is 300 s, but no delay is longer than 60 s/);
    t.match((await client.reloadConfig()).warnings.join('\n'), /odd: RestartDelay is 300 s/);
  });
});

t.test('O-45 a service with a ReadinessCheck is up when the check has succeeded, and what requires it starts then', { skip }, async (t) => {
  const machine = await bootSettled(t, {
    registry: withServices({
      slow: {
        ...shell('sleep 1; touch /run/works; exec sleep 1000'),
        Readiness: 'Alive',
        ReadinessCheck: '/bin/test -e /run/works',
      },
      needy: { ...shell('test -e /run/works'), ...boot, Type: 'Oneshot', RemainAfterExit: true, Requires: ['slow'] },
      never: {
        ...shell('exec sleep 1000'),
        Readiness: 'Alive',
        ReadinessCheck: '/bin/sh -c "exit 7"',
        StartTimeout: 1,
        RestartPolicy: 'Never',
      },
    }),
  });
  const client = await machine.client();
  t.equal((await client.status({ service: 'needy' })).state, 'completed');
  t.equal((await client.status({ service: 'slow' })).state, 'active');
  await client.start({ service: 'never', wait: true });
  t.match(await client.status({ service: 'never' }), {
    state: 'failed',
    cause: 'readiness_timeout',
    detail: /its ReadinessCheck had not succeeded, the last run exited with code 7, 1 second after the start/,
  });
});

t.test('O-28 EnvironmentFile and AccountEnvironment', { skip }, async (t) => {
  const printing = { ...shell('exec sleep 1000'), Readiness: 'Alive' };
  const machine = await bootSettled(t, {
    registry: withServices({
      filed: {
        ...printing,
        AccountEnvironment: true,
        EnvironmentFile: '/run/filed.env',
        Environment: ['OWN=mine'],
      },
      spared: { ...printing, EnvironmentFile: '-/run/nothing.env' },
      lacking: { ...printing, EnvironmentFile: '/run/nothing.env', RestartPolicy: 'Never' },
      faulty: { ...printing, EnvironmentFile: '/run/faulty.env', RestartPolicy: 'Never' },
    }),
  });
  const client = await machine.client();
  await machine.run(
    'sh',
    '-c',
    'printf "FROM_FILE=\\"a b\\"\\nOWN=file\\nUSER=other\\n" > /run/filed.env; printf "A=1\\nhunter2\\n" > /run/faulty.env',
  );
  const environment = async (service: string): Promise<readonly string[]> => {
    await client.start({ service, wait: true });
    const { current_job: job } = await client.status({ service });
    const { stdout } = await machine.run('cat', `/proc/${job?.pid}/environ`);
    return stdout
      .split('\0')
      .filter((entry) => /^(?:FROM_FILE|OWN|HOME|USER|LOGNAME|SHELL)=/.test(entry))
      .sort();
  };
  const found = await environment('filed');
  t.strictSame(
    found.filter((entry) => !entry.startsWith('SHELL=')),
    ['FROM_FILE=a b', 'HOME=/root', 'LOGNAME=root', 'OWN=mine', 'USER=other'],
  );
  t.strictSame(await environment('spared'), []);
  const failure = async (service: string): Promise<string | null> => {
    await client.start({ service, wait: true });
    return (await client.status({ service })).detail;
  };
  t.match(await failure('lacking'), /its EnvironmentFile \/run\/nothing\.env is not there; make it, or write -\/run\/nothing\.env/);
  t.match(await failure('faulty'), /its EnvironmentFile \/run\/faulty\.env line 2: it has no equal sign/);
});
