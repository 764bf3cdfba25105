import t from 'tap';
import { shell, withServices } from '../support/services.ts';
import { cannotBoot, runInVm, seedFile } from '../support/vm.ts';

t.setTimeout(600_000);

t.test('a machine with little memory goes on while two services write as fast as they can', { skip: cannotBoot() }, async (t) => {
  const noisy = (script: string) => ({ ...shell(script), Readiness: 'Alive', Triggers: ['boot'] });
  const registry = withServices({ empty: noisy("exec /bin/busybox yes ''"), long: noisy(`exec /bin/busybox yes ${'x'.repeat(200)}`) });
  const script = 'sleep 8; grep VmHWM /proc/1/status; peiosctl list';
  const run = await runInVm(t, ['--memory', '192', '--registry', seedFile(t, registry)], script);
  t.equal(run.status, 0, run.console);
  const peakMb = Number(/VmHWM:\s+([0-9]+) kB/.exec(run.output)?.[1]) / 1024;
  t.ok(peakMb > 0 && peakMb < 80, `${peakMb} MB`);
  for (const name of ['empty', 'long']) t.match(run.output, new RegExp(`^${name} +active `, 'm'));
});
