/** Survivors that were looked at. Whoever changes such a place changes its id, and looks again. */

export interface Known {
  readonly id: string;
  /** An equivalent cannot be noticed by anybody; `stays` could be, at a price that is not paid. */
  readonly kind: 'equivalent' | 'stays';
  /** For people: the id alone says which one it is. */
  readonly change: string;
  readonly reason: string;
}

export const known: readonly Known[] = [];
