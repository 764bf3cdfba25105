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

export const known: readonly Known[] = [
  { id: '8b1607df7f', kind: 'equivalent', change: 'src/exec/spawner.ts: cgroup < 0 becomes < 1', reason: noDescriptorZero },
  { id: '0370ca7dad', kind: 'equivalent', change: 'src/exec/spawner.ts: cgroup < 0 becomes <= 0', reason: noDescriptorZero },
  {
    id: '077526c342',
    kind: 'equivalent',
    change: 'src/policy/calendar/label.ts: shifts[month - 1] ?? 0 becomes ?? 1',
    reason: 'there is a shift for each of the twelve months; the default is for the compiler',
  },
];
