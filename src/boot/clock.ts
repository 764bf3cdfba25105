import { describeErrno } from '../kernel/errno.ts';
import type { Kernel } from '../kernel/kernel.ts';

/** Step 5: sets the wall clock from the RTC, taken as UTC. Null, or what failed. Not for containers. BOOT-012, BOOT-073. */
export function setClockFromRtc(kernel: Kernel): string | null {
  let seconds = kernel.readRtc('/dev/rtc');
  if (seconds < 0) seconds = kernel.readRtc('/dev/rtc0');
  if (seconds < 0) return `no usable real-time clock: ${describeErrno(seconds)}`;
  const result = kernel.setRealtime(seconds);
  return result < 0 ? `clock_settime failed: ${describeErrno(result)}` : null;
}
