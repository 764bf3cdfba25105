import type { BootInstants, BootStepEnd, MachineInfo } from '../control/context.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { formatUuid } from '../policy/ids.ts';
import type { Moment, Stamp } from '../policy/time.ts';
import { isContainer } from './container.ts';
import type { StartParameters } from './parameters.ts';
import { readParameters } from './parameters.ts';
import { ensureProc } from './virtual-filesystems.ts';

type Mutable<T> = { -readonly [Member in keyof T]: T[Member] };

type BootTimes = Mutable<Omit<BootInstants, 'steps'>> & { readonly steps: BootStepEnd[] };

export const beginBoot = ({ realtime: started, monotonic: begun }: Moment, isContainer: boolean): BootTimes => ({
  started,
  registryStarted: null,
  registryReady: null,
  definitionsRead: null,
  definitionsLoaded: null,
  begun,
  // The kernel's clock begins with the kernel.
  kernelNs: isContainer ? null : begun,
  steps: [],
});

/** What is known of the machine beside its services. One object, written by the boot, read by machine-status. */
export interface MachineState extends Mutable<Pick<MachineInfo, 'mode' | 'reason'>>, Pick<MachineInfo, 'bootId'> {
  readonly container: boolean;
  readonly times: BootTimes;
  /** What this machine cannot do, in words. O-02. */
  readonly warnings: string[];
  /** Mount points that peinit made itself. */
  ownMounts: readonly string[];
  /** It has been asked to end. */
  stopping: boolean;
}

/** The first look around: before it nothing is known, not even whether this is a container. */
export function beginMachine(
  kernel: Kernel,
  words: readonly string[],
  stamp: () => Stamp,
): { readonly machine: MachineState; readonly parameters: StartParameters } {
  const first = stamp();
  const procMounted = ensureProc(kernel);
  const container = isContainer(kernel);
  const times = beginBoot(first, container);
  const parameters = readParameters(kernel, words, container);
  const machine: MachineState = {
    mode: 'full',
    reason: null,
    bootId: formatUuid(first.idBase),
    container,
    times,
    warnings: [],
    ownMounts: procMounted ? ['/proc'] : [],
    stopping: false,
  };
  return { machine, parameters };
}
