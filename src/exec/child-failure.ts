import { describeErrno, errno } from '../kernel/errno.ts';
import { parseErrorRecord } from '../kernel/error-record.ts';
import type { ChildStep } from '../kernel/kernel.ts';
import { childStep } from '../kernel/kernel.ts';

/** What a failed step of the child means for the administrator. */
const hints: Record<ChildStep, string> = {
  1: 'this is a fault of peinit or of the kernel; see the log',
  2: 'its standard streams could not be set up; see whether the machine is out of descriptors',
  3: 'signal dispositions could not be reset; this is a fault of peinit or of the kernel',
  4: 'its identity could not be taken on; check Identity and RequiredPrivileges',
  5: 'a resource limit could not be set; check LimitNOFILE and LimitCORE',
  6: 'oom_score_adj could not be set; check ErrorControl and the permissions of the container',
  7: 'check WorkingDirectory: it must exist and be a directory',
  8: 'check Environment',
  9: 'NOTIFY_SOCKET could not be set; this is a fault of peinit',
  10: 'the descriptors that it has stored could not be handed over; check FdStoreMax',
  11: 'check the path of the program: it must exist, be executable and fit this machine',
  12: 'the container lets peinit make cgroups but not fill them; give it a cgroup2 of its own, or set peinit.containment=process-tree',
};

/** What exec itself says more exactly. */
const execHints = new Map<number, string>([
  [errno.E2BIG, 'shorten Arguments and Environment: together they are more than the kernel takes'],
  [errno.ENOEXEC, 'it is neither a program of this machine nor a script that begins with #!'],
  [
    errno.EACCES,
    'the user of the process may not run it, its interpreter (#!), or enter a directory on the way: check modes and mount options',
  ],
]);
/** What chdir says more exactly. */
const directoryHints = new Map<number, string>([
  [errno.EACCES, 'the user of the process may not enter it: check its mode and those of the directories above it, or name another one'],
]);
/** dup3 says EINVAL, not EMFILE, of a place beyond the limit. */
const beyondLimit: ReadonlySet<number> = new Set([errno.EMFILE, errno.EINVAL, errno.EBADF]);

function hintFor(step: ChildStep, error: number): string {
  if (step === childStep.storedDescriptors && beyondLimit.has(error))
    return (
      'LimitNOFILE is too small for the descriptors that it has stored: about twice their number and a few more are needed; ' +
      'raise it, or lower FdStoreMax'
    );
  if (step === childStep.exec) return execHints.get(error) ?? hints[step];
  return (step === childStep.workingDirectory ? directoryHints.get(error) : undefined) ?? hints[step];
}

/** What was being done. */
const names: Record<ChildStep, string> = {
  1: 'closing the error pipe',
  2: 'setting up its standard streams',
  3: 'resetting signals',
  4: 'taking on its identity',
  5: 'setting its resource limits',
  6: 'setting oom_score_adj',
  7: 'changing to WorkingDirectory',
  8: 'setting its environment',
  9: 'setting NOTIFY_SOCKET',
  10: 'handing over stored descriptors',
  11: 'exec',
  12: 'joining its cgroup',
};

/** The failure of a child between its birth and exec, in words. */
export const describeChildFailure = (program: string, step: ChildStep, error: number): string =>
  describeFailure(program, step, error) +
  (step === childStep.exec && error === errno.ENOENT && program.includes(' ') ? '; what follows the program belongs into Arguments' : '');

const describeFailure = (program: string, step: ChildStep, error: number): string =>
  `${program} was not started: ${names[step]} failed: ${describeErrno(error)}; ${hintFor(step, error)}`;

/** What came through the error pipe, in words; null: exec worked. */
export function describeErrorRecord(program: string, bytes: Uint8Array): string | null {
  const report = parseErrorRecord(bytes);
  switch (report.kind) {
    case 'executed':
      return null;
    case 'failed':
      return describeChildFailure(program, report.step, report.errno);
    case 'garbled':
      return `${program}: its set-up failed before exec, and the error record of ${report.bytes} bytes says nothing known`;
  }
}
