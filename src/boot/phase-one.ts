import type { BootStep } from '../../gen/control/types.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Console } from '../output/console.ts';
import { setClockFromRtc } from './clock.ts';
import { deepenDatagramQueue } from './datagram-queue.ts';
import { ensureMachineId } from './machine-id.ts';
import type { MachineState } from './machine-state.ts';
import { restoreRandomSeed } from './random-seed.ts';
import { probeRoot } from './root-probe.ts';
import { prepareRuntimeDirectory } from './runtime-files.ts';
import { endStep } from './steps.ts';
import { mountVirtualFilesystems } from './virtual-filesystems.ts';

export interface PhaseOneParts {
  readonly kernel: Kernel;
  readonly console: Console;
  readonly machine: MachineState;
  /** The root can be written. */
  readonly onRootWritable: () => void;
}

/**
 * Steps 1 to 5, in order: root, virtual filesystems, random seed, machine id, clock. The console device may come with step 2, so that is
 * when it is opened. A step that fails does not keep the others from being taken: Recovery needs them as well. Null, or the reason for
 * Recovery, which is the first failure. PSD-007 2.1, BOOT-062.
 */
export function runPhaseOne({ kernel, console, machine, onRootWritable }: PhaseOneParts): string | null {
  const { container } = machine;
  const failures: string[] = [];
  const over = (step: BootStep): void => endStep(machine, kernel, step);
  over('begin');
  const root = probeRoot(kernel, container);
  if (root === null) onRootWritable();
  over('root');
  const mounted = mountVirtualFilesystems(kernel, container);
  over('filesystems');
  machine.ownMounts = [...machine.ownMounts, ...mounted.own];
  const say = (text: string): void => console.line(text, 'progress');
  const warn = (text: string): void => console.line(text, 'warning');
  const failed = (reason: string): void => void failures.push(reason);

  if (root === null) say('root is writable');
  else failed(`root is not writable: ${root}`);
  if (mounted.failure !== null) failed(mounted.failure);
  else if (machine.ownMounts.length > 0) say(`virtual filesystems: mounted ${machine.ownMounts.join(', ')}`);
  else if (mounted.warnings.length === 0) say('virtual filesystems were all there');
  for (const warning of mounted.warnings) console.line(warning, 'caveat');
  machine.warnings.push(...mounted.warnings);
  if (!container) deepenDatagramQueue(kernel);
  const runtime = prepareRuntimeDirectory(kernel, machine.bootId);
  if (runtime !== null) failed(runtime);
  over('runtime_directory');
  const seed = restoreRandomSeed(kernel, container);
  if (seed !== null) warn(seed);
  over('random_seed');
  for (const warning of ensureMachineId(kernel)) warn(warning);
  over('machine_id');
  if (container) say('clock: left to the host, this is a container');
  else {
    const clock = setClockFromRtc(kernel);
    if (clock === null) say('clock: set from the real-time clock');
    else failed(`clock: ${clock}`);
  }
  over('clock');
  const [reason = null, ...others] = failures;
  for (const other of others) console.line(other, 'error');
  return reason;
}
