/**
 * A mount entry as the service that it becomes: a Oneshot that stays completed. The helper program waits for its device, runs fsck, and
 * mounts; it is named by a word without a slash, which no definition can hold. PSD-007 2.2, D-13, O-139, O-140.
 */
import type { MountEntry } from '../../../gen/mounts/types.ts';
import type { ProcessPart } from '../../../gen/service/types.ts';
import type { CommandLine, MountPlan, ServiceDefinition } from './definition.ts';
import { bindFlag, mountArgumentsOf } from './mount-options.ts';

/** Stands for the path of the helper program. */
export const helperWord = 'peinit-helper';

export const mountName = (point: string): string => `mount:${point}`;

const isBind = ({ flags }: Pick<MountPlan, 'flags'>): boolean => (flags & bindFlag) !== 0;

/** Of a text that goes to mount(2), which cuts off what is more without a word: a page with its end. */
const longest = 4095;

/** Null, or what cannot be together or is too much, and what to do. */
export function contradiction(
  entry: MountEntry,
): { readonly field: 'FsType' | 'Fsck' | 'Device' | 'Options'; readonly what: string; readonly remedy: string } | null {
  const plan = planOf(entry);
  const lengths = [
    ['Device', plan.device],
    ['Options', plan.data],
  ] as const;
  const [tooLong] = lengths.find(([, text]) => Buffer.byteLength(text) > longest) ?? [];
  if (tooLong !== undefined)
    return { field: tooLong, what: `comes to more than ${longest} bytes, which mount(2) does not take`, remedy: 'Shorten it.' };
  if (/^(?:UUID|LABEL|PARTUUID|PARTLABEL|ID)=/.test(plan.device)) {
    const remedy = 'Name the link below /dev/disk, such as /dev/disk/by-uuid/..., which is waited for.';
    return { field: 'Device', what: 'is a tag, which peinit does not look up', remedy };
  }
  if (isBind(plan)) {
    if (entry.fsck) return { field: 'Fsck', what: 'is set, but what is bound is no filesystem of its own', remedy: 'Remove it.' };
    if (!plan.device.startsWith('/'))
      return { field: 'Device', what: 'is no absolute path, and the option is bind', remedy: 'Name what is bound.' };
    return null;
  }
  if (plan.type === '' || plan.type === 'auto' || plan.type === 'none')
    return { field: 'FsType', what: 'does not name a filesystem', remedy: 'Write ext4, xfs, tmpfs or the like; only bind needs none.' };
  return null;
}

export function planOf({ mountPoint, device, fsType, options, fsck }: MountEntry): MountPlan {
  const { flags, data } = mountArgumentsOf(options);
  return { point: mountPoint, device, type: isBind({ flags }) ? '' : (fsType ?? ''), options, flags, data, fsck };
}

/** Whether the device is a file that may still have to appear. What is bound is there when what it depends on is. */
const isAwaited = (plan: MountPlan): boolean => plan.device.startsWith('/dev/') && !isBind(plan);

const before = (plan: MountPlan): readonly CommandLine[] => [
  ...(isAwaited(plan) ? [[helperWord, 'wait', plan.device] as const] : []),
  ...(plan.fsck ? [[helperWord, 'fsck', plan.type, plan.device] as const] : []),
];

/** Of a step before the mount itself. */
export const partOf = ([, verb]: CommandLine): ProcessPart => (verb === 'fsck' ? 'fsck' : 'wait');

export const unmountCommand = ({ point }: MountPlan): CommandLine => [helperWord, 'umount', point];

/** What differs from a service with nothing but defaults. */
export function mountService(entry: MountEntry): Partial<ServiceDefinition> {
  const plan = planOf(entry);
  const { errorControl, requires, startTimeout, serviceSecurity } = entry;
  return {
    name: mountName(plan.point),
    imagePath: helperWord,
    arguments: ['mount', plan.device, plan.point, plan.type, String(plan.flags), plan.data],
    execStartPre: before(plan),
    type: 'Oneshot',
    remainAfterExit: true,
    triggers: [{ type: 'boot' }],
    identity: 'SYSTEM',
    description: `${plan.device} at ${plan.point}`,
    requires,
    errorControl,
    startTimeout,
    // What fails is failed at once, so that nobody waits for it; what the machine cannot do without is tried again first.
    restartPolicy: errorControl === 'Critical' ? 'OnFailure' : 'Never',
    ...(serviceSecurity === undefined ? {} : { serviceSecurity }),
    mount: plan,
  };
}
