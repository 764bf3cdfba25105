/** Keys of a service in a Compose file without a counterpart, and what to do instead. */
import { confinement, outputTaken, resources } from '../advice.ts';
import type { RemarkKind } from '../conversion.ts';

const network = 'all services of the machine share its network: the program listens where it is told to';
const files = 'services see the files of the machine: have them there, or make them with an ExecStartPre';

const row = (keys: readonly string[], kind: RemarkKind, text: string): Record<string, readonly [RemarkKind, string]> =>
  Object.fromEntries(keys.map((key) => [key, [kind, text] as const]));

export const remarkedKeys: Readonly<Record<string, readonly [RemarkKind, string]>> = {
  ...row(['image', 'build', 'pull_policy', 'platform'], 'lost', 'images are not run here: unpack the program into the root of the machine'),
  ...row(
    [
      'ports',
      'expose',
      'networks',
      'network_mode',
      'dns',
      'dns_search',
      'dns_opt',
      'extra_hosts',
      'links',
      'external_links',
      'mac_address',
    ],
    'lost',
    network,
  ),
  ...row(
    ['hostname', 'domainname', 'ipc', 'pid', 'uts', 'userns_mode', 'cgroup', 'cgroup_parent'],
    'lost',
    'all services of the machine share its namespaces',
  ),
  ...row(['volumes', 'volumes_from', 'tmpfs', 'configs', 'secrets', 'read_only', 'storage_opt', 'shm_size'], 'lost', files),
  ...row(['security_opt', 'devices', 'device_cgroup_rules', 'credential_spec', 'isolation'], 'lost', confinement),
  ...row(
    ['cpus', 'cpu_count', 'cpu_percent', 'cpu_shares', 'cpu_period', 'cpu_quota', 'cpu_rt_runtime', 'cpu_rt_period', 'cpuset'],
    'lost',
    resources,
  ),
  ...row(['mem_limit', 'mem_reservation', 'mem_swappiness', 'memswap_limit', 'pids_limit', 'blkio_config', 'gpus'], 'lost', resources),
  ...row(['oom_kill_disable', 'oom_score_adj', 'sysctls', 'runtime'], 'lost', 'there is nothing like it here'),
  ...row(['container_name', 'labels', 'label_file', 'annotations'], 'needless', 'a service has one name, that of its key'),
  ...row(['logging', 'attach'], 'needless', outputTaken),
  ...row(['init'], 'needless', 'peinit is process 1 and reaps what is left'),
  ...row(['tty', 'stdin_open'], 'lost', 'services have no terminal, and their standard input is empty'),
  ...row(['extends', 'develop', 'post_start', 'pre_stop', 'provider', 'models', 'use_api_socket'], 'lost', 'write out what it stands for'),
};
