/** A main process that goes to a cgroup of its own, as monitors of containers do. */
import t from 'tap';
import { bootSettled, cannotRun, shell, withServices } from '../../support/machine.ts';

const skip = cannotRun;

t.test('a main process in another cgroup is killed all the same, and no second copy runs beside it', { skip }, async (t) => {
  const wanders = 'mkdir -p /sys/fs/cgroup/own; echo $$ > /sys/fs/cgroup/own/cgroup.procs; trap "" TERM; while :; do sleep 1; done';
  const machine = await bootSettled(t, {
    registry: withServices({ web: { ...shell(wanders), Readiness: 'Alive', StopTimeout: 1 } }),
  });
  const client = await machine.client();
  const inside = async (): Promise<readonly string[]> =>
    (await machine.run('sh', '-c', 'for p in $(cat /sys/fs/cgroup/own/cgroup.procs); do cat /proc/$p/comm; done')).stdout
      .split('\n')
      .filter((name) => name === 'sh');
  for (let round = 0; round < 2; round++) {
    await client.start({ service: 'web' });
    while ((await inside()).length === 0);
    const { state, cause } = await client.stop({ service: 'web' });
    t.strictSame([state, cause, await inside()], ['inactive', 'explicit_stop', []]);
  }
  await client.start({ service: 'web' });
  while ((await inside()).length === 0);
  await client.restart({ service: 'web' });
  t.equal((await client.status({ service: 'web' })).state, 'active');
  t.ok((await inside()).length <= 1);
  await machine.powerOff();
});
