import type { QueryError } from '../../../../gen/output/types.ts';

/** Why a request is not served, for the one who asked. */
export class Refusal extends Error {
  readonly code: QueryError;

  constructor(code: QueryError, message: string) {
    super(message);
    this.name = 'Refusal';
    this.code = code;
  }
}
