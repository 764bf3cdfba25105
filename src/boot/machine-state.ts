import type { BootInstants, MachineInfo } from '../control/context.ts';
import type { Kernel, RealtimeNs } from '../kernel/kernel.ts';
import { formatUuid } from '../policy/ids.ts';
import type { Stamp } from '../policy/time.ts';
import { isContainer } from './container.ts';
import type { StartParameters } from './parameters.ts';
import { readParameters } from './parameters.ts';
import { ensureProc } from './virtual-filesystems.ts';

type Mutable<T> = { -readonly [Member in keyof T]: T[Member] };

export const beginBoot = (started: RealtimeNs): Mutable<BootInstants> => ({
  started,
  registryStarted: null,
  registryReady: null,
  definitionsRead: null,
  definitionsLoaded: null,
});

/** What is known of the machine beside its services. One object, written by the boot, read by machine-status. */
export interface MachineState extends Mutable<Pick<MachineInfo, 'mode' | 'reason'>>, Pick<MachineInfo, 'bootId'> {
  readonly container: boolean;
  readonly times: Mutable<BootInstants>;
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
  const times = beginBoot(kernel.realtimeNs());
  const procMounted = ensureProc(kernel);
  const container = isContainer(kernel);
  const parameters = readParameters(kernel, words, container);
  const machine: MachineState = {
    mode: 'full',
    reason: null,
    bootId: formatUuid(stamp().idBase),
    container,
    times,
    warnings: [],
    ownMounts: procMounted ? ['/proc'] : [],
    stopping: false,
  };
  return { machine, parameters };
}
