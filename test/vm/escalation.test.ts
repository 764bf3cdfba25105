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
  'BOOT-047 BOOT-060 BOOT-063 BOOT-066 BOOT-067 BOOT-069 BOOT-071 BOOT-090 a critical service that crashes at every boot: three reboots, ' +
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
    const vm = startVm(t, ['--registry', seedFile(t, registry), '--qemu=-action reboot=reset']);
    const text = (): string => unwrapped(vm.output());
    const shows = (pattern: RegExp): Promise<void> => vm.until(`the console shows ${pattern}`, () => pattern.test(text()));
    const boots = (): number => text().match(/root is writable/g)?.length ?? 0;
    await shows(/boot attempt 2 of 3: the one before did not succeed: the critical service web failed for good/);
    await shows(/boot attempt 3 of 3: the one before did not succeed/);
    await shows(/recovery mode\r?\n.*reason: 3 boots in a row did not succeed/);
    await shows(/to leave: /);
    t.equal(boots(), 4);
    t.equal(text().match(/a critical service has failed for good: the machine reboots at once/g)?.length, 3);
    await shows(/registryd: active/);

    vm.type('echo counter-$(cat /.peinit/boot-attempts)-here\n');
    await shows(/counter-3-here/);
    vm.type('peiosctl stop registryd; registryd --inspector "Machine\\System\\Boot" | grep BootSuccess\n');
    await shows(/^.*BootSuccessGrace.*2/m);
    vm.type('registryd --recover-from-backup; echo recovered-$?\n');
    await shows(/recovered-0/);
    vm.type('touch /etc/mended; echo 0 > /.peinit/boot-attempts; kill -INT 1\n');
    await shows(/success +yes/);
    t.equal(await vm.ends(), 0);
    t.equal(boots(), 5);
    const last = text().slice(text().lastIndexOf('root is writable'));
    t.match(last, /mode +full\r?\n +attempt +1 of 3\r?\n +success +yes/);
    t.match(last, /phase +settled/);
  },
);
