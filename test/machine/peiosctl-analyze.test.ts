/** peiosctl analyze on a machine that has booted. */
import t from 'tap';
import type { TimelineResponse } from '../../gen/control/types.ts';
import { bootSettled, cannotRun, shell, withServices } from '../support/machine.ts';

const skip = cannotRun;
const boots = { Triggers: ['boot'] };
const ready = 'exec sleep 1000';

t.test('O-147 O-148 the reports tell of a real boot: what waited for whom, hooks, what was given up', { skip }, async (t) => {
  const machine = await bootSettled(t, {
    registry: withServices({
      web: { ...boots, ...shell(ready), Readiness: 'Alive', Requires: ['db'], Wants: ['broken'], ExecStartPre: ['/bin/sleep 0.2'] },
      db: { ...shell('sleep 0.3'), Type: 'Oneshot', RemainAfterExit: 1 },
      broken: { ...shell('exit 3'), Type: 'Oneshot', RestartPolicy: 'Never' },
      idle: { ...shell(ready), Readiness: 'Alive' },
    }),
  });
  const analyze = async (...words: readonly string[]): Promise<string> => {
    const { status, stderr, stdout } = await machine.run('peiosctl', 'analyze', ...words);
    t.strictSame([status, stderr], [0, ''], words.join(' '));
    return stdout;
  };
  const timeline = JSON.parse(await analyze('plot', '--json')) as TimelineResponse;
  const named = (name: string) => timeline.services.find(({ service }) => service === name);
  const web = named('web');
  t.equal(web?.freed_by, 'db');
  t.equal(web?.freed_us, named('db')?.released_us);
  const way = [
    web?.asked_us,
    web?.freed_us,
    web?.launched_us,
    web?.prepared_us,
    web?.granted_us,
    web?.running_us,
    web?.up_us,
    web?.released_us,
  ];
  t.ok(
    way.every((at, index) => typeof at === 'number' && at >= (way[index - 1] ?? 0)),
    String(way),
  );
  t.ok((web?.prepared_us ?? 0) - (web?.launched_us ?? 0) >= 200_000, 'the hook took its time');
  t.strictSame([named('broken')?.up_us, named('broken')?.changes.map(({ state }) => state)], [null, ['starting', 'failed']]);
  t.equal(named('idle')?.asked_us, null);
  const steps = timeline.steps.map(({ step }) => step);
  t.strictSame([steps[0], steps.at(-1)], ['begin', 'definitions']);
  t.ok(timeline.steps.every(({ ended_us }, index) => ended_us >= (timeline.steps[index - 1]?.ended_us ?? 0)));
  t.ok((timeline.settled_us ?? 0) >= (web?.up_us ?? 0));

  t.match(await analyze('boot'), /^The machine booted in .*, \d+ of \d+ services up\.\n/);
  t.match(await analyze('blame'), /^ +\S+ \S+ +web +\S+ \S+ for db +.*hooks/m);
  t.match(await analyze('critical-chain', 'web'), /^web @.* \+.*\n└─db @.* \+.*\n {2}└─\[definitions\] @/);
  t.match(await analyze('plot'), /^<svg .*>broken<\/text>.*<\/svg>\n$/s);
  t.match(await analyze('graph', 'web', '--format', 'dot'), '"web" -> "db";');
  t.match(await machine.run('peiosctl', 'analyze', 'critical-chain', 'idle'), { status: 1, stderr: /idle was not started in this boot/ });
  t.match(await machine.run('peiosctl', 'analyze', 'critical-chain', 'wbe'), {
    status: 1,
    stderr: /^peiosctl: UNKNOWN_SERVICE: there is no service wbe\. Is web meant\?\n$/,
  });
  for (const words of [
    ['graph', 'wbe'],
    ['critical-chain', 'zzzz'],
  ])
    t.match(await machine.run('peiosctl', 'analyze', ...words), { status: 1, stderr: /UNKNOWN_SERVICE/ });
});
