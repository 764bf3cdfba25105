/**
 * What others notice of a service that floods: the 99th percentile of their answers, in turn with what it is while the same service only
 * computes, for that much of the processors any service may take.
 */
import type { Test } from 'tap';
import t from 'tap';
import type { ControlClient } from '../../../clients/typescript/generated/client.ts';
import { ControlClient as Client } from '../../../clients/typescript/generated/client.ts';
import type { RegistryConnection } from '../../../clients/typescript/registry.ts';
import { connectRegistry } from '../../../clients/typescript/registry.ts';
import { connectControl, controlSocketPath } from '../../../clients/typescript/transport.ts';
import { least, median, mostUnderFlood, percentile99 } from '../../support/flood-bound.ts';
import type { Machine } from '../../support/machine.ts';
import { bootSettled, cannotRun, shell, withServices } from '../../support/machine.ts';
import { floods, quiet } from './floods.ts';

/** It always gives way, in quiet as well: shares of the processors are not what is looked at. */
const node = (program: string) => ({ ImagePath: '/bin/sh', Arguments: ['-c', 'exec nice -n 19 node -e "$0"', program] });
const service = { Identity: 'LocalService', Readiness: 'Alive', RestartPolicy: 'Never', StopTimeout: 1 };
const all = Object.entries(floods).map(([what, program], index) => ({ what, name: `flood-${index}`, program: node(program) }));

const rounds = 7;
const each = 150;

interface Others {
  readonly machine: Machine;
  readonly client: ControlClient;
  readonly registry: RegistryConnection;
}

/** Milliseconds of so many answers, with a breath between: requests, every fourth over a new connection, and the registry. */
async function times({ machine, client, registry }: Others, count: number): Promise<Readonly<Record<'control' | 'registry', number[]>>> {
  const found = { control: [] as number[], registry: [] as number[] };
  const timed = async (into: number[], act: () => Promise<unknown>): Promise<void> => {
    const begun = performance.now();
    await act();
    into.push(performance.now() - begun);
  };
  const anew = async (): Promise<void> => {
    const transport = await connectControl(machine.path(controlSocketPath));
    await new Client(transport).status({ service: 'plain' });
    transport.close();
  };
  for (let index = 0; index < count; index += 1) {
    await timed(found.control, index % 4 === 0 ? anew : () => client.status({ service: 'plain' }));
    await timed(found.registry, () => registry.query({ path: 'Machine\\System\\Services\\plain', name: 'ImagePath' }));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return found;
}

async function sample(others: Others, flood: string) {
  const { client } = others;
  await client.start({ service: flood });
  // Its program begins, and has its first burst.
  await times(others, 100);
  const { control, registry } = await times(others, each);
  const { state } = await client.stop({ service: flood });
  return { control: percentile99(control), registry: percentile99(registry), state };
}

t.setTimeout(170_000);

t.test('floods of a service', { skip: cannotRun, timeout: 170_000 }, async (t: Test) => {
  const definitions = Object.fromEntries(all.map(({ name, program }) => [name, { ...service, ...program }]));
  const plain = { ...shell('exec sleep 1000'), Readiness: 'Alive', Triggers: ['boot'] };
  const registry = withServices({ plain, quiet: { ...service, ...node(quiet) }, ...definitions });
  const machine = await bootSettled(t, { authority: true, registry, limitMs: 170_000 });
  const others = { machine, client: await machine.client(), registry: await connectRegistry(machine.path('/run/registry/registry.sock')) };
  await times(others, 100);
  for (const { what, name } of all)
    await t.test(`O-97 bounded: a service floods ${what}`, async (t) => {
      const before: Awaited<ReturnType<typeof sample>>[] = [];
      const during: Awaited<ReturnType<typeof sample>>[] = [];
      // In turn, for the host has other things to do as well.
      for (let round = 0; round < rounds; round += 1) {
        before.push(await sample(others, 'quiet'));
        during.push(await sample(others, name));
      }
      for (const whose of ['control', 'registry'] as const) {
        const flooded = during.map((one) => one[whose]);
        const [still, loud] = [median(before.map((one) => one[whose])), least(flooded)];
        const usual = median(flooded);
        t.comment(`${whose}: p99 ${still.toFixed(2)} ms in quiet, ${usual.toFixed(2)} ms in the flood, ${loud.toFixed(2)} ms at best`);
        const most = mostUnderFlood(still);
        t.ok(loud <= most, `${whose}: ${loud.toFixed(2)} ms, ${most.toFixed(2)} ms at most`);
      }
    });
});
