import type { ShutdownType } from '../../gen/control/types.ts';
import { describeErrno } from '../kernel/errno.ts';
import type { Kernel, Result } from '../kernel/kernel.ts';
import type { Loop } from '../kernel/loop.ts';
import type { Console } from '../output/console.ts';
import type { DeviceParts } from './devices.ts';
import { syncWithLimit } from './devices.ts';
import { exitStatus } from './exit-status.ts';
import { saveRandomSeed } from './random-seed.ts';
import { unmountAll } from './unmount.ts';

/** Commands of reboot(2). */
const rebootCommand: Record<ShutdownType, number> = { poweroff: 0x4321fedc, reboot: 0x01234567, halt: 0xcdef0123 | 0 };
/** From now on the kernel passes Ctrl-Alt-Del on as SIGINT instead of rebooting at once. SIG-003. */
export const disableCtrlAltDel = (kernel: Pick<Kernel, 'reboot'>): Result => kernel.reboot(0);

const retryNs = 1_000_000_000n;

export interface FinalActionParts {
  readonly kernel: Kernel;
  readonly loop: Loop;
  readonly console: Console;
  readonly container: boolean;
  readonly launcher: boolean;
  /** Mount points that peinit made itself, in order. */
  readonly ownMounts: () => readonly string[];
  /** Status that the service of peinit.main ended with; null: none was named or it never ran. */
  readonly mainStatus: () => number | null;
  /** Closes peinit's own sockets, so that they hold no mount. */
  readonly closeSockets: () => void;
  readonly helper: DeviceParts['helper'];
  readonly exit: (status: number) => void;
}

export interface FinalAction {
  /** After the last service: seed, unmounts, sync, and the end. PSD-007 10 steps 7 and 8. */
  run(type: ShutdownType): void;
  /** Without seed and unmounts, for a forced end. SHUT-003. */
  runAtOnce(type: ShutdownType): void;
  /** A critical service has used up its restarts: the same as a reboot, and no success. SHUT-002, O-54. */
  rebootAfterFailure(): void;
}

export function createFinalAction(parts: FinalActionParts): FinalAction {
  const { kernel, console } = parts;

  /** `whole`: nothing hangs. */
  function end(type: ShutdownType, whole: boolean, status = statusOf(type)): void {
    sayEnd(type);
    console.finish(() => endNow(type, status, whole));
  }

  const sayEnd = (type: ShutdownType): void => console.line(type === 'poweroff' ? 'power off' : type, 'progress');

  function endForced(type: ShutdownType): void {
    sayEnd(type);
    console.flush();
    syncWithLimit(parts, (whole) => endNow(type, statusOf(type), whole));
  }

  function endNow(type: ShutdownType, status: number, whole: boolean): void {
    if (whole) kernel.sync(parts.container);
    if (parts.container) return parts.exit(status);
    tryReboot(type);
  }

  function statusOf(type: ShutdownType): number {
    if (type === 'reboot') return parts.launcher ? exitStatus.reboot : exitStatus.done;
    return parts.mainStatus() ?? exitStatus.done;
  }

  function tryReboot(type: ShutdownType): void {
    const result = kernel.reboot(rebootCommand[type]);
    console.line(`reboot(2) returned ${describeErrno(result)}; trying again in a second`, 'failure');
    parts.loop.at(kernel.monotonicNs() + retryNs, () => tryReboot(type));
  }

  function endInOrder(type: ShutdownType): void {
    const seed = saveRandomSeed(kernel);
    if (seed !== null) console.line(seed, 'warning');
    parts.closeSockets();
    syncWithLimit(parts, (whole) => {
      if (!whole) console.line('what was written is not all on its disks: a device or a network hangs', 'warning');
      unmountAll({ ...parts, own: parts.ownMounts() }, ({ readOnly, failures, hangs }) => {
        for (const left of readOnly) console.line(left, 'progress');
        for (const failure of failures) console.line(failure, 'warning');
        end(type, whole && !hangs);
      });
    });
  }

  // At the end of the turn: the answers to whoever asked for the end, or waited for it, go out before. So do the last lines of services.
  return {
    run: (type) => parts.loop.defer(() => console.finish(() => endInOrder(type))),
    runAtOnce: (type) => parts.loop.defer(() => endForced(type)),
    rebootAfterFailure: () =>
      parts.loop.defer(() =>
        console.finish(() =>
          syncWithLimit(parts, (whole) => end('reboot', whole, parts.launcher ? exitStatus.rebootAfterFailure : exitStatus.failed)),
        ),
      ),
  };
}
