/** Somebody removes the sockets of a running machine. */
import t from 'tap';
import { bootSettled, cannotRun, withServices } from '../../support/machine.ts';
import { notifies, perl } from '../../support/perl.ts';

const skip = cannotRun;

t.test('sockets that are removed come back by themselves: commands work, and no watched service is killed', { skip }, async (t) => {
  const lively = perl(`${notifies} say_to("READY=1"); while (1) { say_to("WATCHDOG=1"); select(undef, undef, undef, 0.3) }`);
  const machine = await bootSettled(t, {
    registry: withServices({ web: { ...lively, WatchdogTimeout: 2, RestartPolicy: 'Never', Triggers: ['boot'] } }),
  });
  const connected = await machine.client();
  let round = 0;
  for (const removal of ['rm /run/peinit/*.sock', 'rm -r /run/peinit', 'mv /run/peinit /run/other && mkdir /run/peinit']) {
    round++;
    await machine.run('sh', '-c', removal);
    for (const name of ['notify', 'control']) await machine.shows(new RegExp(`(the ${name} socket \\S+ had vanished[^]*){${round}}`));
    t.equal((await connected.status({ service: 'web' })).state, 'active', 'an open connection goes on');
    // For longer than the watchdog waits, over the new socket.
    t.equal((await machine.run('sh', '-c', 'sleep 2.5; peiosctl status web')).status, 0, removal);
    t.equal((await connected.status({ service: 'web' })).state, 'active', removal);
  }
  await machine.powerOff();
});
