/** What the kernel says of the timers of a process (timerfd): the clock of each, how it was armed last, and whether it is. */
import { readdirSync, readFileSync } from 'node:fs';

export interface TimerDescriptor {
  /** 0: of the wall clock; 1: the monotonic one. */
  readonly clock: number;
  /** As the kernel writes them, in octal; 00 before it was armed. */
  readonly flags: string;
  readonly armed: boolean;
}

/** `process` is its number, or self. By clock. */
export function timerDescriptors(process: number | 'self'): readonly TimerDescriptor[] {
  const directory = `/proc/${process}/fdinfo`;
  return readdirSync(directory)
    .flatMap((fd) => timerIn(readInfo(`${directory}/${fd}`)))
    .sort((one, other) => one.clock - other.clock);
}

function timerIn(info: string): readonly TimerDescriptor[] {
  const [, clock] = /^clockid: (\d+)$/m.exec(info) ?? [];
  const [, flags] = /^settime flags: (\d+)$/m.exec(info) ?? [];
  if (clock === undefined || flags === undefined) return [];
  return [{ clock: Number(clock), flags, armed: !info.includes('it_value: (0, 0)') }];
}

/** It may be closed already, as what read the directory is. */
function readInfo(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
