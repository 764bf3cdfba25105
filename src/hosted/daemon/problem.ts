/** A daemon cannot do its work at all; `remedy` is the next step for the administrator. Ends the program with status 1. */
export class Problem extends Error {
  readonly remedy: string;

  constructor(message: string, remedy: string) {
    super(message);
    this.name = 'Problem';
    this.remedy = remedy;
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
