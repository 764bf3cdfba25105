/** Process 1 itself is stopped for a while: services that did their part lose nothing by it. */
import { setTimeout as pause } from 'node:timers/promises';
import t from 'tap';
import { bootSettled, cannotRun, withServices } from '../../support/machine.ts';
import { notifies, perl } from '../../support/perl.ts';

const skip = cannotRun;
const readySoon = '/run/ready-soon';

t.test('while process 1 is stopped services go on to say that they live, and none of them is killed for it', { skip }, async (t) => {
  const lively = {
    ...perl(`${notifies} say_to("READY=1"); while (1) { say_to("WATCHDOG=1"); sleep 1 }`),
    WatchdogTimeout: 3,
    RestartPolicy: 'Never',
    Triggers: ['boot'],
  };
  const names = ['a', 'b', 'c'];
  const machine = await bootSettled(t, {
    registry: withServices({
      ...Object.fromEntries(names.map((name) => [name, lively])),
      slow: {
        ...perl(`${notifies} open(my $file, ">", "${readySoon}"); sleep 2; say_to("READY=1"); sleep 1000`),
        StartTimeout: 3,
        RestartPolicy: 'Never',
      },
    }),
  });
  const client = await machine.client();
  await client.start({ service: 'slow', wait: false });
  await machine.run('sh', '-c', `until test -e ${readySoon}; do sleep 0.01; done`);
  process.kill(machine.pid, 'SIGSTOP');
  let stopped = true;
  t.teardown(() => stopped && process.kill(machine.pid, 'SIGCONT'));
  // The time that it is stopped is what is tested.
  await pause(3500);
  process.kill(machine.pid, 'SIGCONT');
  stopped = false;
  await machine.reaches('slow', ({ state }) => state === 'active');
  for (const name of names) t.equal((await client.status({ service: name })).state, 'active', name);
  await pause(3500);
  for (const name of names) t.equal((await client.status({ service: name })).state, 'active', `${name}, a watchdog later`);
  await machine.powerOff();
});
