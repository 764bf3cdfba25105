/** Conditions and asserts, type:argument. PSD-007 3.2, DEF-049..DEF-052, DEF-063. */
import type { Check } from './definition.ts';
import type { Parsed } from './problem.ts';
import { bad, good, oneOf } from './problem.ts';

const types: readonly Check['type'][] = ['path', 'file', 'directory', 'registry'];
/** The only keys that are in the model, and so can be asked for. Lower case. */
const visibleKeys = ['machine\\system\\services\\', 'machine\\system\\init\\'];

export function parseCheck(text: string): Parsed<Check> {
  const colon = text.indexOf(':');
  const type = types.find((known) => known === text.slice(0, Math.max(colon, 0)));
  if (type === undefined) return bad('has no known type', `Write TYPE:ARGUMENT with the type ${oneOf(types)}.`);
  const argument = text.slice(colon + 1);
  if (argument === '') return bad('has no argument', `Write ${type}: followed by what is to exist.`);
  if (type === 'registry' && !isVisibleKey(argument)) {
    return bad(
      'names a registry key that cannot be seen from here',
      'Only keys below Machine\\System\\Services\\ and Machine\\System\\Init\\ can be checked; ' +
        'write the whole path without a separator at its end.',
    );
  }
  if (type !== 'registry' && !argument.startsWith('/')) {
    const what = 'has a path that does not begin with a slash';
    return good({ type, argument }, [{ what, remedy: `It is looked for from the root on: write ${type}:/ and the whole path.` }]);
  }
  return good({ type, argument });
}

function isVisibleKey(path: string): boolean {
  const folded = path.toLowerCase();
  return visibleKeys.some((parent) => folded.startsWith(parent)) && !folded.split('\\').includes('');
}

/** Whether a `registry` check passes, by the keys of a definition set. DEF-052. */
export const registryKeyExists = (keys: ReadonlySet<string>, argument: string): boolean => keys.has(argument.toLowerCase());
