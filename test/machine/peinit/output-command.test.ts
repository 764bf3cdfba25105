/** The command output on a machine: the lines that process 1 holds, of the service itself and of its hooks. */
import t from 'tap';
import { heldOutput } from '../../../clients/typescript/output.ts';
import { bootSettled, cannotRun, shell, withServices } from '../../support/machine.ts';

const skip = cannotRun;

t.test('O-105 output tells the lines of services and their hooks, on both streams, in their order', { skip }, async (t) => {
  const machine = await bootSettled(t, {
    registry: withServices({
      web: {
        ...shell('echo one; sleep 0.2; echo two >&2; sleep 0.2; echo three; exec sleep 1000'),
        Readiness: 'Alive',
        ExecStartPre: ['/bin/sh -c "echo before"'],
        Triggers: ['boot'],
      },
      quiet: { ...shell('exec sleep 1000'), Readiness: 'Alive', Triggers: ['boot'] },
    }),
  });
  await machine.reaches('web', ({ output }) => output.some(({ text }) => text === 'three'));
  const client = await machine.client();
  const held = await Array.fromAsync(heldOutput(client, { services: ['WEB', 'quiet'] }));
  t.strictSame(
    held.map(({ service, output }) => [service, output.map(({ text, process, is_error: isError }) => [text, process, isError])]),
    [
      [
        'web',
        [
          ['before', 'ExecStartPre[0]', false],
          ['one', null, false],
          ['two', null, true],
          ['three', null, false],
        ],
      ],
    ],
  );
  const all = await Array.fromAsync(heldOutput(client, { lines: 1 }));
  t.strictSame(all.find(({ service }) => service === 'web')?.output.at(-1)?.text, 'three');
  t.match((await machine.run('peiosctl', 'status', 'web', '--json')).stdout, /"three"/);
});
