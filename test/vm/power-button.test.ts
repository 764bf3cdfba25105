import t from 'tap';
import { createQmp } from '../support/qmp.ts';
import { cannotBoot, directory, startVm } from '../support/vm.ts';

const skip = cannotBoot();
t.setTimeout(600_000);

/** The devices come long after the boot; what the keyboard sends is seen by a program, too. */
const script = `
ls /dev/input 2>/dev/null | sed 's/^/before /'
modprobe evdev && modprobe button || echo no modules
watched() { ls -l /proc/1/fd | grep -c '/dev/input/event'; }
while test "$(watched)" -lt 1; do sleep 0.1; done
sleep 1
echo devices $(ls /dev/input | grep -c '^event') watched $(watched)
for device in /dev/input/event*; do (dd if=$device of=/dev/null bs=24 count=1 2>/dev/null; echo key-seen) & done
echo ready
while sleep 1; do peiosctl machine-status | head -1 | sed 's/^/alive /'; done
`;

t.test(
  'SHUT-001 SHUT-026 SHUT-027 a press of the power button powers off; other keys do nothing, and devices may come later',
  { skip },
  async (t) => {
    const qmp = createQmp(directory(t));
    const vm = startVm(t, [qmp.option, '--', 'sh', '-c', script]);
    await vm.shows(/^ready$/m);
    t.notMatch(vm.output(), /no modules/);
    t.match(vm.output(), /^devices [1-9]\d* watched [1-9]\d*$/m);
    for (const key of ['a', 'ret', 'spc']) t.match(await qmp.run('send-key', { keys: [{ type: 'qcode', data: key }] }), /"return"/, key);
    await vm.shows(/^key-seen$/m);
    const lines = (): number => vm.output().match(/^alive /gm)?.length ?? 0;
    const before = lines();
    await vm.until('the machine goes on', () => lines() > before + 1);
    t.notMatch(vm.errors(), /going down/);
    await qmp.run('system_powerdown');
    await vm.ends();
    t.match(vm.errors(), /going down for poweroff: the power button[\s\S]*registryd: stopped[\s\S]*Power down/);
  },
);
