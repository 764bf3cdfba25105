import type { Facts, Trespass } from '../trespass.ts';

const outcome = 'refused by the kernel';
const by = 'intruder';

/** Number of ptrace(2), which Perl knows no word for. */
const ptrace = process.arch === 'arm64' ? 117 : 101;
const attach = 16;

/** Perl that prints what a call comes to. */
const tries = (...calls: readonly string[]): string =>
  `perl -e 'use Socket; ${calls.map((call) => `print +(${call}) ? "done" : $!, "\\n";`).join(' ')}'`;
const opens = (path: string): string => `open(my $f, "<", "${path}")`;
const denied = 'Permission denied';
const notPermitted = 'Operation not permitted';

const kernelRow = (
  what: string,
  ids: string,
  calls: (facts: Facts) => readonly string[],
  ...says: readonly (string | RegExp)[]
): Trespass => ({
  what,
  outcome,
  by,
  ids,
  script: (facts) => tries(...calls(facts)),
  says: () => says,
});

/** By Linux, because each service has ids of its own and no capability. */
export const kernel: readonly Trespass[] = [
  kernelRow(
    'a service signals another one, and process 1',
    'O-31 PRIN-002',
    ({ victim }) => [`kill(9, ${victim.pid})`, `kill(15, 1)`],
    notPermitted,
    notPermitted,
  ),
  kernelRow(
    'a service traces another one, or looks into its memory and environment',
    'O-31',
    ({ victim: { pid } }) => [
      `syscall(${ptrace}, ${attach}, ${pid}, 0, 0) == 0`,
      `open(my $f, "+<", "/proc/${pid}/mem")`,
      opens(`/proc/${pid}/environ`),
      `readlink("/proc/${pid}/cwd")`,
    ],
    notPermitted,
    denied,
    denied,
    denied,
  ),
  kernelRow(
    'a service takes other ids: those of root, those of another service, its mark',
    'O-31 O-75 PRIN-004',
    ({ victim }) => [
      '($!, $> = 0, $> == 0)[2]',
      '($!, $< = 0, $< == 0)[2]',
      `($!, $> = ${victim.uid}, $> == ${victim.uid})[2]`,
      `(($) = "$) ${victim.mark}"), $) =~ / ${victim.mark}\\b/)[1]`,
    ],
    notPermitted,
    notPermitted,
    notPermitted,
    notPermitted,
  ),
  kernelRow(
    'a service opens the store of the registry, the token files, the socket of the authority',
    'SEC-001 ID-004 PRIN-004',
    ({ victim }) => [
      opens('/var/lib/registryd/machine.db'),
      opens(`/run/peinit/tokens/${victim.mark}`),
      'opendir(my $d, "/run/peinit/tokens")',
      'socket($s, AF_UNIX, SOCK_STREAM, 0) && connect($s, pack_sockaddr_un("/run/authd/authd.sock"))',
    ],
    denied,
    denied,
    denied,
    denied,
  ),
  kernelRow(
    'a service opens the files of another one: mode 0600, and its RuntimeDirectory',
    'O-31 DEF-059',
    () => [opens('/attacks/open/secret'), 'opendir(my $d, "/run/victim")', 'open(my $f, ">", "/run/victim/mine")'],
    denied,
    denied,
    denied,
  ),
  {
    what: 'a service moves itself, or kills, by the cgroups of others',
    outcome,
    by,
    ids: 'PRIN-002',
    script: () =>
      tries(
        'open(my $f, ">", "/sys/fs/cgroup/peinit/victim/main/cgroup.procs")',
        'open(my $f, ">", "/sys/fs/cgroup/peinit/victim/cgroup.kill")',
      ),
    says: ({ container }) => (container ? [/./, /./] : [denied, denied]),
  },
];
