/** Which privileges the authority gives. O-81. */

import { quote } from '../policy/definition/problem.ts';
import { isPrivilege, privilegeBit, privilegeMask, privilegeNames, systemPrivileges } from '../security/privileges.ts';

/** Everyone has them. */
export const everyonesPrivileges: bigint = privilegeBit('SeChangeNotifyPrivilege');

/** The mask of these names, or what is wrong with the first one that may not be granted. */
export function maskOf(names: readonly string[]): bigint | { readonly what: string; readonly remedy: string } {
  const unknown = names.find((name) => !isPrivilege(name));
  if (unknown !== undefined)
    return { what: `names ${quote(unknown)}, which is no privilege`, remedy: 'Privileges are written like SeBindPrivilegedPortPrivilege.' };
  const mask = privilegeMask(names);
  if (typeof mask !== 'bigint') return { what: `names ${quote(mask.unknown)}, which is no privilege`, remedy: 'Remove it.' };
  const [refused] = privilegeNames(mask & systemPrivileges);
  if (refused === undefined) return mask;
  return { what: `names ${refused}, which only SYSTEM has`, remedy: 'Remove it, or run the service as SYSTEM.' };
}
