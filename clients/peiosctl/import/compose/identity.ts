/** Who a service of a Compose file is, and the capabilities that are added to and taken from those that Docker gives. */
import type { Draft } from '../conversion.ts';
import { capabilitiesNamed, grant, groupsText, isSystem, keepOnly, setIdentity } from '../identity.ts';
import type { ComposeEntry } from './data.ts';
import { listOf } from './data.ts';

type Handler = (draft: Draft, entry: ComposeEntry) => void;

/** What root has in a container where nothing is said. */
const usual = 'CHOWN DAC_OVERRIDE FSETID FOWNER MKNOD NET_RAW SETGID SETUID SETFCAP SETPCAP NET_BIND_SERVICE SYS_CHROOT KILL AUDIT_WRITE';

const noted = new WeakMap<Draft, Map<string, ComposeEntry>>();

const note: Handler = (draft, entry) => {
  noted.set(draft, new Map(noted.get(draft)).set(entry.word, entry));
  draft.noted();
};

export const identityKeys: Readonly<Record<string, Handler>> = {
  user(draft, entry) {
    const [user = '', group] = entry.value.split(':');
    setIdentity(draft, entry, user);
    if (!isSystem(draft))
      draft.changed(entry, `a port below 1024 takes a privilege: peiosctl principal grant service:${draft.name} SeBindPrivilegedPort`);
    if (group !== undefined && group !== user) draft.lost(entry, groupsText);
  },
  group_add: (draft, entry) => draft.lost(entry, groupsText),
  cap_add: note,
  cap_drop: note,
  privileged: note,
};

const namesIn = (entry: ComposeEntry | undefined): readonly string[] =>
  entry === undefined ? [] : listOf(entry.data).map((name) => name.toUpperCase().replace(/^CAP_/, ''));

/** What depends on who it is. */
export function settleIdentity(draft: Draft): void {
  const entries = noted.get(draft);
  noted.delete(draft);
  const [added, dropped, privileged] = ['cap_add', 'cap_drop', 'privileged'].map((word) => entries?.get(word));
  const adds = namesIn(added);
  const drops = namesIn(dropped);
  if (privileged !== undefined && (isSystem(draft) || privileged.value !== 'true'))
    draft.needless(privileged, 'SYSTEM has all capabilities');
  else if (privileged !== undefined) draft.lost(privileged, 'only SYSTEM has all capabilities');
  if (!isSystem(draft)) {
    if (added !== undefined) grant(draft, added, capabilitiesNamed(adds));
    if (dropped !== undefined) draft.needless(dropped, 'who is not SYSTEM has no capabilities but those of its privileges');
    return;
  }
  if (added !== undefined) draft.needless(added, 'SYSTEM has all capabilities that are not taken from it');
  if (dropped === undefined || adds.includes('ALL')) {
    if (dropped !== undefined) draft.lost(dropped, 'list in RequiredPrivileges what is to stay');
    return;
  }
  const base = drops.includes('ALL') ? [] : usual.split(' ').filter((name) => !drops.includes(name));
  keepOnly(draft, dropped, capabilitiesNamed([...new Set([...base, ...adds])]));
}
