import type { BootMode } from '../../gen/control/types.ts';

/** What is known of the machine beside its services. One object, written by the boot, read by machine-status. */
export interface MachineState {
  mode: BootMode;
  /** Why it is in recovery or stopping; null otherwise. */
  reason: string | null;
  readonly bootId: string;
  readonly container: boolean;
  /** What this machine cannot do, in words. O-02. */
  readonly warnings: string[];
  /** Mount points that peinit made itself. */
  ownMounts: readonly string[];
  /** It has been asked to end. */
  stopping: boolean;
}
