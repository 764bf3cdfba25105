import { RegistryFailure } from '../../registry/failure.ts';
import { Problem } from '../daemon/problem.ts';
import { UsageError } from './options.ts';

/** Tells on standard error why the program ends; the answer is its exit status. */
export function reportFailure(error: unknown): number {
  if (error instanceof UsageError) {
    console.error(`registryd: ${error.message}; see registryd --help`);
    return 2;
  }
  if (error instanceof Problem) {
    console.error(`registryd: ${error.message}\nregistryd: what to do: ${error.remedy}`);
    return 1;
  }
  if (error instanceof RegistryFailure) console.error(`registryd: ${error.message}`);
  else console.error(`registryd: ${error instanceof Error ? error.stack : String(error)}`);
  return 1;
}
