import type { BootStep } from '../../gen/control/types.ts';
import { policyInstant } from '../exec/stamp.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { MachineState } from './machine-state.ts';

/** A step of the boot is over; what happens again later is none of it. O-147. */
export function endStep({ times: { steps } }: MachineState, kernel: Pick<Kernel, 'monotonicNs'>, step: BootStep): void {
  if (!steps.some((each) => each.step === step)) steps.push({ step, ended: policyInstant(kernel.monotonicNs()) });
}
