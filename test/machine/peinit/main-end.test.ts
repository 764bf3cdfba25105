import t from 'tap';
import { bootSettled, cannotRun, launch, shell, withServices } from '../../support/machine.ts';

const skip = cannotRun;
const once = { Readiness: 'Alive', RestartPolicy: 'Never', Triggers: ['boot'] } as const;

t.test('O-17 O-70 a container tells by its status how its main service has ended', { skip }, async (t) => {
  for (const [what, definition, status] of [
    ['with a status', { ...shell('exit 3'), ...once }, 3],
    ['by a signal', { ...shell('kill -SEGV $$; sleep 100'), ...once }, 128 + 11],
    ['before there was a program', { ImagePath: '/usr/bin/no-such-program', ...once }, 125],
    ['as a Oneshot that did its work', { ...shell('exit 0'), Type: 'Oneshot', Triggers: ['boot'] }, 0],
  ] as const) {
    const registry = withServices({ app: definition, aside: { ...shell('exec sleep 1000'), ...once } });
    const machine = await launch(t, { cmdline: 'peinit.main=app peinit.end-with-main=1', registry });
    t.equal((await machine.running.ended).status, status, what);
  }
});

t.test('O-17 without peinit.end-with-main it goes on, and a stop by command is no end', { skip }, async (t) => {
  const machine = await bootSettled(t, {
    cmdline: 'peinit.main=app',
    registry: withServices({ app: { ...shell('trap "exit 9" TERM; while :; do sleep 0.1; done'), ...once } }),
  });
  const client = await machine.client();
  t.match(await client.stop({ service: 'app' }), { state: 'inactive' });
  t.match(await client.machineStatus({}), { phase: 'settled' });
  t.equal((await machine.powerOff()).status, 9);
});
