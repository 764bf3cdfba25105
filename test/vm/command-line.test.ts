import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { unwrapped } from '../support/console-text.ts';
import { withServices } from '../support/machine.ts';
import { cannotBoot, directory, runInVm, seedFile, startVm } from '../support/vm.ts';
import { until } from '../support/wait.ts';

const skip = cannotBoot();
t.setTimeout(600_000);

t.test('a wrong call and a bad registry file end with status 2 before anything boots', { skip }, async (t) => {
  for (const words of [['--'], ['--no-such-option'], ['--memory', 'much'], ['--registry', '/does/not/exist.yaml']]) {
    const run = startVm(t, words);
    t.equal(await run.ends(), 2, words.join(' '));
    t.not(run.errors(), '', 'and says why');
    t.equal(run.output(), '');
  }
  const file = join(directory(t), 'bad.yaml');
  writeFileSync(file, 'Machine\\System\\Services\\web:\n  ImagePath: {hexadecimal: "00"}\n');
  const bad = startVm(t, ['--registry', file]);
  t.equal(await bad.ends(), 2);
  t.match(bad.errors(), /bad\.yaml/);
});

t.test('programs that services name are there with their libraries and the files among their arguments', { skip }, async (t) => {
  const script = join(directory(t), 'script.pl');
  writeFileSync(script, 'print "the script ran\\n";');
  const registry = withServices({ once: { Type: 'Oneshot', ImagePath: '/usr/bin/perl', Arguments: [script] } });
  const run = await runInVm(t, ['--registry', seedFile(t, registry)], `/usr/bin/perl ${script}; peiosctl start once; peiosctl list`);
  t.equal(run.status, 0, run.output + run.console);
  t.match(run.output, /the script ran/);
  t.notMatch(run.output, /\u001b/, 'no colours in a pipe');
});

t.test('BOOT-054 the command is run in Safe mode too, which says so; a halt ends peinit-vm', { skip }, async (t) => {
  const registry = withServices({ plain: { ImagePath: '/bin/sleep', Arguments: ['1000'], Readiness: 'Alive', Triggers: ['boot'] } });
  const run = await runInVm(
    t,
    ['--cmdline', 'peios.safemode=1', '--registry', seedFile(t, registry)],
    'peiosctl list; peiosctl shutdown halt; sleep 600',
  );
  t.match(run.output, /^plain +inactive /m);
  t.match(unwrapped(run.console), /Safe mode: .*; left out of the boot: plain\r?\n/);
  t.match(run.console, /for halt: [\s\S]*System halted/);
});

t.test('no QEMU stays behind when peinit-vm is killed', { skip }, async (t) => {
  const vm = startVm(t, ['--qemu=-S']);
  const pid = vm.process.pid ?? 0;
  const children = (): readonly string[] => readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ');
  const qemu = await until('QEMU is there', () => children().find((each) => runs(each, 'qemu-system')), { limitMs: 300_000 });
  vm.process.kill('SIGKILL');
  await until('QEMU is gone', () => !runs(qemu, 'qemu-system'), { limitMs: 300_000 });
  t.notOk(runs(qemu, 'qemu-system'));
});

t.test('a guest in which peinit does not start ends after a while with status 124 and what the console has shown', { skip }, async (t) => {
  const stopped = startVm(t, ['--start-limit', '2', '--qemu=-S', '--', 'true']);
  t.equal(await stopped.ends(), 124);
  t.match(stopped.errors(), /^peinit-vm: peinit has not started within 2 s; the console so far:\n$/m);
  const rootless = startVm(t, ['--cmdline', 'root=/dev/vda rootfstype=no-such-type']);
  t.equal(await rootless.ends(), 125);
  t.match(rootless.errors(), /ended before peinit started; the console so far:\n[\s\S]*initramfs: mounting \/dev\/vda: No such device/);
  const init = startVm(t, ['--start-limit', '2', '--cmdline', 'init=/bin/sh -- -c "sleep 4; echo a shell; exec poweroff -f"']);
  t.equal(await init.ends(), 0, 'another init is not waited for');
  t.match(init.output(), /^a shell\r?$/m);
});

function runs(pid: string, program: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1').startsWith(program);
  } catch {
    return false;
  }
}
