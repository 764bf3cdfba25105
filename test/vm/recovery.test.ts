import t from 'tap';
import { unwrapped } from '../support/console-text.ts';
import { cannotBoot, imageWithout, runInVm, startVm } from '../support/vm.ts';

const skip = cannotBoot();
t.setTimeout(600_000);

t.test(
  'BOOT-073 BOOT-063 BOOT-065 BOOT-066 without a real-time clock the machine ends in Recovery: banner, reason, registryd, ' +
    'and a shell that comes back',
  { skip },
  async (t) => {
    const vm = startVm(t, ['--cmdline', 'initcall_blacklist=cmos_init']);
    await vm.shows(/recovery mode/);
    await vm.shows(/reason: clock: no usable real-time clock/);
    vm.type('echo shell-$((6*7))-$$\n');
    await vm.shows(/shell-42-(\d+)/);
    const first = /shell-42-(\d+)/.exec(vm.output())?.[1];
    vm.type('exit\n');
    const seen = (): string[] => [...vm.output().matchAll(/again-42-(\d+)/g)].map(([, pid]) => pid ?? '');
    // What is typed while no shell reads is lost, so it is typed until one answers.
    const typing = setInterval(() => vm.type('echo again-$((6*7))-$$\n'), 500);
    t.teardown(() => clearInterval(typing));
    await vm.until('a new shell answers', () => seen().some((pid) => pid !== first));
    clearInterval(typing);
    await vm.shows(/registryd: active/);
    vm.type("peiosctl registry get 'Machine\\System\\Services' SchemaVersion\n");
    await vm.shows(/^1\r?$/m);
    vm.type('kill -INT 1\n');
    t.equal(await vm.ends(), 125);
  },
);

t.test('BOOT-089 without any shell Recovery says so and halts; the kernel does not panic', { skip }, async (t) => {
  const image = imageWithout(t, ['bin/sh']);
  // The wrapper is a shell script as well.
  const init = `init=/usr/lib/peinit/node -- --disable-sigusr1 /usr/lib/peinit/peinit.mjs`;
  const vm = startVm(t, ['--keep', image, '--cmdline', `peios.recovery=1 ${init}`]);
  t.equal(await vm.ends(), 125, vm.errors());
  t.match(vm.output(), /recovery mode[\s\S]*neither \/bin\/recsh nor \/bin\/sh can be started: the machine halts[\s\S]*System halted/);
  t.notMatch(vm.output(), /panic/i);
});

t.test('a command is not waited for in Recovery, and peinit-vm says why', { skip }, async (t) => {
  const run = await runInVm(t, ['--cmdline', 'peios.recovery=1'], 'true');
  t.equal(run.status, 125);
  t.match(unwrapped(run.console), /to leave: [^\n]* to boot again\r?\n/, 'all that it says');
  t.match(run.console, /^peinit-vm: the machine is in Recovery$/m);
});
