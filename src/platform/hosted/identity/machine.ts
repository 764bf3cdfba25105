/** What this machine can give to an identity: ids, groups and capabilities, or nothing of all that. platform.md 6.6. */
import type { IdentityMode } from '../../../../gen/control/types.ts';
import type { Files, Machine } from '../../../kernel/kernel.ts';
import type { TokenSpec } from '../../../security/token-spec.ts';
import { capabilityNames } from './capabilities.ts';

/** Which ids a token may have. */
export interface IdMaps {
  /** In words that follow "a token"; null: all of them are possible. */
  refuses(spec: TokenSpec): string | null;
}

export interface IdentityMachine {
  readonly mode: IdentityMode;
  readonly ids: IdMaps;
  /** Capabilities that peinit has, and so may give. */
  readonly capabilities: bigint;
  /** Groups that peinit was started with. */
  readonly groups: readonly number[];
  readonly warnings: readonly string[];
}

const capSetgid = 6n;
const capSetuid = 7n;
const capSetpcap = 8n;

type Extent = readonly [first: number, last: number];

/** `isTag` null: no group is left to mark tokens with. */
export function probeIdentityMachine(
  kernel: Pick<Files, 'readFile'> & Pick<Machine, 'capabilities'>,
  isTag: ((gid: number) => boolean) | null,
): IdentityMachine {
  const read = (path: string): string => {
    const content = kernel.readFile(path, 65536);
    return typeof content === 'number' ? '' : new TextDecoder().decode(content);
  };
  const capabilities = kernel.capabilities();
  const groups = (/^Groups:\s*(.*)$/m.exec(read('/proc/self/status'))?.[1] ?? '').split(' ').filter(Boolean).map(Number);
  const lacking = [
    ...(isTag === null ? ['it has no groups to give away'] : []),
    ...(read('/proc/self/setgroups').trim() === 'deny' ? ['setgroups is denied in its user namespace'] : []),
    ...[capSetuid, capSetgid, capSetpcap].filter((bit) => ((capabilities >> bit) & 1n) === 0n).map((bit) => `it lacks ${named(bit)}`),
  ];
  if (isTag === null || lacking.length > 0) {
    const warnings = [
      `identities do not isolate services here, every process has the same user id (${lacking.join('; ')}): ` +
        'tokens are told apart by process, files and processes of one service are open to all others',
    ];
    return { mode: 'single_uid', ids: { refuses: () => null }, capabilities, groups, warnings };
  }
  const uids = extents(read('/proc/self/uid_map'));
  const gids = extents(read('/proc/self/gid_map'));
  return { mode: 'full', ids: { refuses: (spec) => refusal(spec, uids, gids, isTag) }, capabilities, groups, warnings: [] };
}

const named = (bit: bigint): string => (bit === capSetpcap ? 'CAP_SETPCAP' : capabilityNames(1n << bit).join(''));

const extents = (map: string): readonly Extent[] =>
  map.split('\n').flatMap((line): Extent[] => {
    const [first = Number.NaN, , count = 0] = line.trim().split(/\s+/).map(Number);
    return count > 0 ? [[first, first + count - 1]] : [];
  });

const within = (map: readonly Extent[], id: number): boolean => map.some(([first, last]) => id >= first && id <= last);

function refusal(
  { uid, gid, supplementary }: TokenSpec,
  uids: readonly Extent[],
  gids: readonly Extent[],
  isTag: (gid: number) => boolean,
): string | null {
  if (uid === 0) return 'with uid 0';
  if (!within(uids, uid)) return `with uid ${uid}, which this machine does not have (/proc/self/uid_map)`;
  for (const group of [gid, ...supplementary]) {
    if (group === 0) return 'with gid 0';
    if (isTag(group)) return `with gid ${group}, which marks tokens`;
    if (!within(gids, group)) return `with gid ${group}, which this machine does not have (/proc/self/gid_map)`;
  }
  return null;
}
