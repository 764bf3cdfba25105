import type { RegistryError } from '../../gen/registry/types.ts';

/** A call that cannot be done: the name of its errno and a sentence for people. The only error that crosses the wire. */
export class RegistryFailure extends Error {
  readonly error: RegistryError;

  constructor(error: RegistryError, message: string) {
    super(message);
    this.name = 'RegistryFailure';
    this.error = error;
  }
}
