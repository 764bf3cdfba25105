import type { BootMode } from '../../gen/control/types.ts';
import type { RealtimeNs } from '../kernel/kernel.ts';

/** When the steps of the boot were done; null: not yet. */
export interface BootInstants {
  readonly started: RealtimeNs;
  registryStarted: RealtimeNs | null;
  registryReady: RealtimeNs | null;
  definitionsRead: RealtimeNs | null;
  definitionsLoaded: RealtimeNs | null;
}

export const beginBoot = (started: RealtimeNs): BootInstants => ({
  started,
  registryStarted: null,
  registryReady: null,
  definitionsRead: null,
  definitionsLoaded: null,
});

/** What is known of the machine beside its services. One object, written by the boot, read by machine-status. */
export interface MachineState {
  mode: BootMode;
  /** Why it is in recovery or stopping; null otherwise. */
  reason: string | null;
  readonly bootId: string;
  readonly container: boolean;
  readonly times: BootInstants;
  /** What this machine cannot do, in words. O-02. */
  readonly warnings: string[];
  /** Mount points that peinit made itself. */
  ownMounts: readonly string[];
  /** It has been asked to end. */
  stopping: boolean;
}
