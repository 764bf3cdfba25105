/** Survivors that were looked at. Whoever changes such a place changes its id, and looks again. */

export interface Known {
  readonly id: string;
  /** An equivalent cannot be noticed by anybody; `stays` could be, at a price that is not paid. */
  readonly kind: 'equivalent' | 'stays';
  /** For people: the id alone says which one it is. */
  readonly change: string;
  readonly reason: string;
}

const noDescriptorZero = 'PID 1 has its console as descriptors 0 to 2, so none that it opens is 0';

const moreRoom = 'what is read there fits into either';

export const known: readonly Known[] = [
  { id: '4d01499cda', kind: 'equivalent', change: 'src/exec/spawner.ts: fd >= 0 becomes >= 1', reason: noDescriptorZero },
  { id: '5652cf495a', kind: 'equivalent', change: 'src/exec/spawner.ts: errorPipe < 0 becomes <= 0', reason: noDescriptorZero },
  { id: 'c9475d1d6d', kind: 'equivalent', change: 'src/exec/helper.ts: directory < 0 becomes <= 0', reason: noDescriptorZero },
  { id: 'f76610aa10', kind: 'equivalent', change: 'src/exec/helper.ts: directory < 0 becomes < 1', reason: noDescriptorZero },
  { id: '25b510b6a7', kind: 'equivalent', change: 'src/exec/helper.ts: errorPipe >= 0 becomes > 0', reason: noDescriptorZero },
  { id: '32df450b15', kind: 'equivalent', change: 'src/exec/helper.ts: errorPipe >= 0 becomes >= 1', reason: noDescriptorZero },
  { id: '18f0280c2b', kind: 'equivalent', change: 'src/exec/limits.ts: 32 bytes become 33', reason: moreRoom },
  { id: '9a01987094', kind: 'equivalent', change: 'src/exec/cgroups.ts: 256 bytes become 257', reason: moreRoom },
  {
    id: '8df7bf3817',
    kind: 'equivalent',
    change: 'src/exec/cgroups.ts: length < 0 becomes <= 0',
    reason: 'cgroup.events is never read as nothing: it has its lines, or its directory is gone and the call fails',
  },
  {
    id: '4b2a86d9e3',
    kind: 'equivalent',
    change: 'src/exec/limits.ts: wanted > ceiling becomes >=',
    reason: 'where both are the same it is the same which of them is taken',
  },
  {
    id: '7ba3f880a4',
    kind: 'equivalent',
    change: 'src/exec/limits.ts: wanted < powers.ownOom becomes <=',
    reason: 'two that are the same have been answered the line before',
  },
  {
    id: '763c7caec8',
    kind: 'equivalent',
    change: 'src/configuration/builtin-registryd.ts: Readiness 0 is left out',
    reason: 'Notify is also what holds for a service that says nothing; it is written out for whoever reads the definition',
  },
  {
    id: '629d491194',
    kind: 'equivalent',
    change: 'src/exec/execution.ts: kernelNofile 4096n becomes 4097n',
    reason: 'half of it is taken, in whole numbers',
  },
  {
    id: '4fef862332',
    kind: 'equivalent',
    change: 'src/exec/local-paths.ts: longest = -1 becomes -2',
    reason: 'it is below the length of every mount point either way',
  },
  {
    id: '4f061cc31a',
    kind: 'equivalent',
    change: "src/control/subscriptions.ts: parts[0] ?? '' becomes ?? '~'",
    reason: 'a text that was split has a first part; the default is for the compiler',
  },
  {
    id: '86f24e7520',
    kind: 'equivalent',
    change: 'src/events/journal.ts: oldest > 1024 becomes > 1025',
    reason: 'it says when the empty part of a list is cut off, which shows nowhere',
  },
  { id: '8b1607df7f', kind: 'equivalent', change: 'src/exec/spawner.ts: cgroup < 0 becomes < 1', reason: noDescriptorZero },
  { id: '0370ca7dad', kind: 'equivalent', change: 'src/exec/spawner.ts: cgroup < 0 becomes <= 0', reason: noDescriptorZero },
  {
    id: '077526c342',
    kind: 'equivalent',
    change: 'src/policy/calendar/label.ts: shifts[month - 1] ?? 0 becomes ?? 1',
    reason: 'there is a shift for each of the twelve months; the default is for the compiler',
  },
  {
    id: 'dacb1b3cc5',
    kind: 'equivalent',
    change: 'src/policy/calendar/next.ts: skipped = 0 becomes 1',
    reason: 'less than six hundred skipped labels in a row are possible, so one less than a thousand means never as well',
  },
  {
    id: 'ebf1c3658d',
    kind: 'equivalent',
    change: "src/policy/calendar/format.ts: weekdayNames[day - 1] ?? '' becomes ?? '~'",
    reason: 'there is a name for each of the seven days; the default is for the compiler',
  },
  {
    id: 'eb18c0ceec',
    kind: 'equivalent',
    change: 'src/policy/calendar/label.ts: kinds of leap years are counted from 9 instead of 8',
    reason: 'the fourteen numbers stay different from each other, which is all they are for',
  },
  {
    id: 'f6d0b2826a',
    kind: 'equivalent',
    change: 'src/policy/graph/components.ts: isMember = 1 becomes 2',
    reason: 'it is only asked whether it is 0',
  },
  {
    id: 'ba1fde5187',
    kind: 'equivalent',
    change: 'src/policy/waiting/conditions.ts: a verdict without its check or operation returns false',
    reason: 'each verdict has its check, and an attempt goes with its operation; the line is for the compiler',
  },
  {
    id: '7373a72e28',
    kind: 'equivalent',
    change: 'src/policy/attempt/runs.ts: takeSlot without an attempt or a run returns true',
    reason: 'who asks for a slot has an attempt, and joined a run with it; the line is for the compiler',
  },
  {
    id: 'f9e3cc3dc4',
    kind: 'equivalent',
    change: 'src/policy/up/health.ts: doomed || stopping becomes doomed && stopping',
    reason: 'both begin with the end of the limit of the check, and without it the end of a check is not counted',
  },
  {
    id: '52445b710e',
    kind: 'stays',
    change: 'src/policy/calendar/label.ts: kinds of years that were looked through in vain are not remembered',
    reason: 'the answer is the same, some milliseconds later: a limit that tells them apart would not hold on a busy machine',
  },
  {
    id: '39520a82e1',
    kind: 'equivalent',
    change: 'src/exec/spawner.ts: stdin: -1 becomes -2',
    reason: 'every negative number stands for /dev/null',
  },
];
