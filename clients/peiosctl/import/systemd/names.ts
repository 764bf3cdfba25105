/** Names of units in dependencies: which are services, and what stands for the others here. */
import type { Draft } from '../conversion.ts';
import { serviceName } from '../conversion.ts';
import type { UnitEntry } from './unit-file.ts';
import { unitName } from './unit-file.ts';

/** Targets that every boot passes by itself. */
const passed = new RegExp(
  `^(?:${[
    'basic|sysinit|local-fs|local-fs-pre|remote-fs|remote-fs-pre|default|multi-user|graphical|timers|sockets|paths|slices|swap',
    'umount|shutdown|syslog|rescue|emergency|getty|time-set|time-sync|nss-lookup|nss-user-lookup|rpcbind|cryptsetup',
    'network-pre|network|network-online|system-[a-z-]+|first-boot-complete|initrd[a-z-]*|final|exit|halt|poweroff|reboot|kexec',
    'bluetooth|printer|sound|smartcard|usb-gadget|machines|ssh-access|soft-reboot',
  ].join('|')})$`,
);

export function nameOfUnit(unit: string): string {
  const { prefix, instance } = unitName(unit);
  return serviceName(instance === null || instance === '' ? prefix : `${prefix}-${instance}`);
}

/** Goes through a list of units: services are handed on, the others told about. */
export function eachService(draft: Draft, entry: UnitEntry, use: (name: string) => void): void {
  if (entry.value === '') draft.noted();
  for (const unit of entry.value.split(/\s+/).filter((word) => word !== '')) {
    const { prefix, suffix } = unitName(unit);
    const about = { ...entry, word: `${entry.word}=${unit}` };
    switch (suffix) {
      case 'service':
        use(nameOfUnit(unit));
        break;
      case 'target':
        if (passed.test(prefix)) draft.needless(about, targetText(prefix));
        else
          draft.lost(
            about,
            'there are no targets: name the services themselves, or make a Oneshot with RemainAfterExit that stands for the group',
          );
        break;
      case 'socket':
        draft.lost(
          about,
          'there is no socket activation: the program opens its socket itself; what needs it names this service in Requires',
        );
        break;
      case 'mount':
      case 'automount':
      case 'device':
      case 'swap':
        draft.lost(about, `nothing waits for a ${suffix} here: have it ready before the machine starts, or test for it with Asserts`);
        break;
      case 'slice':
      case 'scope':
        draft.needless(about, 'each service has a cgroup of its own');
        break;
      default:
        draft.lost(about, `there are no units of kind ${suffix} here`);
    }
  }
}

const targetText = (prefix: string): string =>
  prefix.startsWith('network')
    ? 'the network of the machine is there before its services start'
    : 'every boot has passed it before services start, and a shutdown stops every service';
