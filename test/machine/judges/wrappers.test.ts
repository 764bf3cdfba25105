import t from 'tap';
import { until } from '../../support/wait.ts';
import { bootExample, timedStop, without } from './programs.ts';

t.setTimeout(120_000);

/** Wrapper, what it needs, and what it starts: programs that end by themselves when asked to. */
for (const [service, program] of [
  ['npm', '/usr/bin/npm'],
  ['make', '/usr/bin/make'],
  ['pipeline', '/usr/bin/tee'],
] as const)
  t.test(`O-20 what ${service} runs is asked to end with it, and nothing is killed`, { skip: without(program) }, async (t) => {
    const machine = await bootExample(t, { file: 'wrappers.yaml', files: 'wrappers' });
    const exists = async (path: string): Promise<boolean> => (await machine.run('test', '-e', path)).status === 0;
    await until('it serves', () => exists(`/run/${service}/up`), { more: machine.console });
    t.ok((await timedStop(machine, service)) < 30 / 4, 'before a quarter of its StopTimeout');
    t.ok(await exists(`/run/${service}/closed`), 'it has closed what it had open');
    t.notMatch(machine.console(), /SIGKILL/);
  });
