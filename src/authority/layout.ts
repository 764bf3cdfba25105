/** Where principals stand in the registry. spec/peinit/principals/v1. */
import { authorityStateKey, givenIdsKey, localAccountKey, localGroupKey, privilegeGrantKey } from '../../gen/principals/facts.ts';

/** A path of the schema without its last component, which stands for each child. */
const parentOf = (path: string): string => path.slice(0, path.lastIndexOf('\\'));

export const authorityKey: string = authorityStateKey.path;
export const accountsKey: string = parentOf(localAccountKey.path);
export const groupsKey: string = parentOf(localGroupKey.path);
export const privilegesKey: string = parentOf(privilegeGrantKey.path);
export const idsKey: string = givenIdsKey.path;
