import { python } from '../../../support/lingering.ts';
import type { Trespass } from '../trespass.ts';
import { asking, passes, whoami } from '../trespass.ts';

const outcome = 'harmless';
const by = 'intruder';
const localService = 'S-1-5-19';

/** It succeeds, and gives nothing. */
export const harmless: readonly Trespass[] = [
  {
    what: 'a service runs a set-uid program of root',
    outcome,
    by,
    ids: 'O-73 PRIN-004',
    script: () => '[ -u /attacks/set-uid ] && [ "$(/attacks/set-uid -u)" = "$(id -u)" ] && echo itself',
    says: () => ['itself'],
  },
  {
    what: 'a service runs a program with capabilities of its own',
    outcome,
    by,
    ids: 'O-73 PRIN-004',
    script: () => 'getcap /attacks/capable | grep -c cap_net_raw; /attacks/capable CapEff /proc/self/status',
    says: () => ['1', 'CapEff:\t0000000000000000'],
  },
  {
    what: 'a service becomes root of a user namespace of its own',
    outcome,
    by,
    ids: 'O-75 PRIN-005',
    script: () => `me=$(id -u)
unshare -Ur true || { echo forbidden; exit; }
me=$me unshare -Ur sh <<'END'
. /run/attacks/asks
[ "$(${whoami('uid')}) $(${whoami()})" = "$me ${localService}" ] && echo itself
setpriv --groups 5 echo in other groups
${asking({ command: 'stop', service: 'victim' })}
END`,
    says: ({ container }) => (container ? [/unshare failed/, 'forbidden'] : ['itself', /setgroups failed/, 'ACCESS_DENIED']),
  },
  {
    what: 'a service asks over a connection that another one has made and passed on',
    outcome,
    by,
    ids: 'SEC-029 O-75',
    needs: python,
    script: () => `${python} -c '
import json, socket
s = socket.socket(socket.AF_UNIX); s.connect("\\0${passes}")
_, descriptors, _, _ = socket.recv_fds(s, 1, 1)
passed = socket.socket(fileno=descriptors[0])
passed.sendall(b"{\\"command\\":\\"whoami\\"}\\n")
print(json.loads(passed.makefile().readline())["uid"])'`,
    says: ({ other }) => [String(other.uid)],
  },
];
