/** The store, or the socket it is served on, cannot be used at all; `remedy` is the next step for the administrator. Ends the program with status 1. */
export class StoreProblem extends Error {
  readonly remedy: string;

  constructor(message: string, remedy: string) {
    super(message);
    this.name = 'StoreProblem';
    this.remedy = remedy;
  }
}

export const damagedRemedy =
  'restore the newest backup with `registryd --recover-from-backup`, look at what can be read with `registryd --inspector`, ' +
  'or begin with an empty registry with `registryd --dangerously-clear-database`';
