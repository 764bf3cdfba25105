import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import t from 'tap';
import { withServices } from '../support/machine.ts';
import { cannotBoot, directory, limitMs, runInVm, seedFile, startVm } from '../support/vm.ts';

const skip = cannotBoot();
t.setTimeout(300_000);

t.test('a wrong call and a bad registry file end with status 2 before anything boots', { skip }, async (t) => {
  for (const words of [['--'], ['--no-such-option'], ['--memory', 'much'], ['--registry', '/does/not/exist.yaml']]) {
    const run = startVm(t, words);
    t.equal(await run.ended, 2, words.join(' '));
    t.not(run.errors(), '', 'and says why');
    t.equal(run.output(), '');
  }
  const file = join(directory(t), 'bad.yaml');
  writeFileSync(file, 'Machine\\System\\Services\\web:\n  ImagePath: {sddl: "O:SY"}\n');
  const bad = startVm(t, ['--registry', file]);
  t.equal(await bad.ended, 2);
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

t.test('no QEMU stays behind when peinit-vm is killed', { skip }, async (t) => {
  const vm = startVm(t, []);
  await vm.shows(/root is writable/);
  const pid = vm.process.pid ?? 0;
  const [qemu = ''] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .split(' ')
    .filter((each) => runs(each, 'qemu-system'));
  t.not(qemu, '');
  vm.process.kill('SIGKILL');
  for (const end = Date.now() + limitMs; runs(qemu, 'qemu-system') && Date.now() < end; ) await pause(20);
  t.notOk(runs(qemu, 'qemu-system'));
});

function runs(pid: string, program: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1').startsWith(program);
  } catch {
    return false;
  }
}
