/** From a critical service that always fails to the shell of Recovery and out of it again, over real reboots of one machine. */
import t from 'tap';
import { unwrapped } from '../support/console-text.ts';
import { shell, withServices } from '../support/services.ts';
import { cannotBoot, seedFile, startVm } from '../support/vm.ts';

const skip = cannotBoot();
t.setTimeout(600_000);

/** Tells the console when the boot counts, and powers off. */
const witness = [
  'until [ "$(cat /.peinit/boot-attempts)" = 0 ]; do sleep 0.2; done',
  'peiosctl boot-status > /dev/console; peiosctl machine-status > /dev/console',
  'peiosctl shutdown poweroff',
].join('; ');

t.test(
  'BOOT-047 BOOT-060 BOOT-063 BOOT-066 BOOT-067 BOOT-069 BOOT-071 BOOT-090 a critical service that crashes at every boot: reboots, ' +
    'a shell that says why, and after a repair a boot that counts',
  { skip },
  async (t) => {
    const registry = {
      'Machine\\System\\Boot': { BootSuccessGrace: 2 },
      ...withServices({
        web: {
          ...shell('test -e /etc/mended && exec sleep 1000; echo nothing to serve; exit 7'),
          Readiness: 'Alive',
          Triggers: ['boot'],
          ErrorControl: 'Critical',
          RestartPolicy: 'Always',
          RestartDelay: 0,
          RestartMaxRetries: 1,
        },
        witness: { ...shell(`test -e /etc/mended || exec sleep 1000; ${witness}`), Readiness: 'Alive', Triggers: ['boot'] },
      }),
    };
    // The machine resets instead of ending QEMU.
    const vm = startVm(t, ['--registry', seedFile(t, registry), '--qemu=-action reboot=reset', '--cmdline', 'peios.bootattempts=2']);
    const text = (): string => unwrapped(vm.output());
    const shows = (pattern: RegExp): Promise<void> => vm.until(`the console shows ${pattern}`, () => pattern.test(text()));
    const boots = (): number => text().match(/root is writable/g)?.length ?? 0;
    const fallen = (): number => text().match(/the critical service \S+ has failed for good: the machine reboots at once/g)?.length ?? 0;
    // A boot may take long, so each is waited for by itself.
    for (const number of [1, 2]) {
      await vm.until(`boot ${number} begins`, () => boots() === number);
      await vm.until(`boot ${number} fails`, () => fallen() === number);
    }
    await vm.until('a third boot begins', () => boots() === 3);
    t.match(text(), /boot attempt 2 of 2: the one before did not succeed: the critical service web failed for good/);
    await shows(/recovery mode\r?\n.*reason: 2 boots in a row did not succeed: the limit is 2/);
    await shows(/boot 1, \S+ \S+ UTC: the critical service web failed for good/);
    await shows(/to leave: /);
    await shows(/registryd: active/);

    vm.type('echo counter-$(cat /.peinit/boot-attempts)-here\n');
    await shows(/counter-2-here/);
    vm.type('peiosctl stop registryd; registryd --inspector "Machine\\System\\Boot" | grep BootSuccess\n');
    await shows(/^.*BootSuccessGrace.*2/m);
    vm.type('registryd --recover-from-backup; echo recovered-$?\n');
    // None of its boots lasted long enough for a copy of the store: it says so, and that much it has looked.
    await shows(/there is no sound backup in \/var\/lib\/registryd\/backup[\s\S]*recovered-1/);
    vm.type('touch /etc/mended; echo 0 > /.peinit/boot-attempts; kill -INT 1\n');
    await vm.until('another boot begins', () => boots() === 4);
    await shows(/success +yes/);
    t.equal(await vm.ends(), 125, 'peinit-vm has seen Recovery');
    t.equal(boots(), 4);
    const last = text().slice(text().lastIndexOf('root is writable'));
    t.match(last, /mode +full\r?\n +attempt +1 of 2\r?\n +success +yes/);
    t.match(last, /phase +settled/);
  },
);
