import { nearest } from '../../src/registry/nearest.ts';
import { foreignWord } from './foreign-words.ts';
import { UsageError } from './usage-error.ts';

/** Needs no quotes in a shell. */
const isPlain = /^[\w@.:-]+$/;

/**
 * What is said to a command that does not exist: what another program's word is here, else which one may be meant. `argument`: the word
 * behind it, to be put into what is said.
 */
export function unknownCommand(name: string, known: readonly string[], argument?: string): UsageError {
  const foreign = foreignWord(name);
  const service = argument?.replace(/\.service$/, '');
  if (foreign !== null)
    return new UsageError(
      `there is no command ${name}: ${service !== undefined && isPlain.test(service) ? foreign.replaceAll(/\bNAME\b/g, service) : foreign}`,
    );
  const meant = nearest(name, known);
  const hint = meant === null ? 'peiosctl --help lists them' : `is ${meant} meant? peiosctl --help lists all`;
  return new UsageError(`there is no command ${name}; ${hint}`);
}

/** The same for a command with commands of its own. */
export function unknownVerb(group: string, name: string | undefined, known: readonly string[]): UsageError {
  const meant = name === undefined ? null : nearest(name, known);
  return new UsageError(`${group} takes one of ${known.join(', ')}${meant === null ? '' : `; is ${meant} meant?`}`);
}
