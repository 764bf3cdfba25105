import type { AuthorityError } from '../../gen/authority/types.ts';

/** No token: the message names what is wrong, and where it stands. */
export class Refused extends Error {
  readonly code: AuthorityError;

  constructor(code: AuthorityError, message: string) {
    super(message);
    this.name = 'Refused';
    this.code = code;
  }
}
