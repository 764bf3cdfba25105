import { privilegeNames as allNames } from '../../gen/security/types.ts';
import type { Directory, Holder } from '../../src/authority/directory.ts';
import { maskOf } from '../../src/authority/privileges.ts';
import { capabilitiesOf, capabilityNames } from '../../src/platform/hosted/identity/capabilities.ts';
import { nearest } from '../../src/registry/nearest.ts';
import { privilegeBit, privilegeNames } from '../../src/security/privileges.ts';
import { UsageError } from './usage-error.ts';

/** What is granted to a holder itself. */
export const grantedNames = (directory: Directory, holder: Holder): readonly string[] =>
  privilegeNames(directory.grantsTo(holder).reduce((mask, grant) => mask | grant.mask, 0n));

/** The exact name of a privilege, also where its end is left out or its letters are of another case. */
export function privilegeNamed(text: string): string {
  const found = allNames.find((name) =>
    [name, name.slice(0, -'Privilege'.length)].some((form) => form.toLowerCase() === text.toLowerCase()),
  );
  if (found !== undefined) return found;
  throw new UsageError(noPrivilege(text));
}

/** That there is none of that name, and which may be meant: people know capabilities of Linux. */
export function noPrivilege(text: string): string {
  const capability = `CAP_${text.toUpperCase().replace(/^CAP_/, '')}`;
  const giving = allNames.filter((name) => capabilityNames(capabilitiesOf(privilegeBit(name))).includes(capability));
  const meant = giving.length > 0 ? giving.join(' or ') : (nearest(text, allNames) ?? nearest(`${text}Privilege`, allNames));
  const hint = meant === null ? 'docs/identity.md has those that are capabilities of Linux' : `is ${meant} meant?`;
  return `there is no privilege ${text}; ${hint}`;
}

/** Throws a UsageError for one that is SYSTEM's alone. */
export function checkGrantable(names: readonly string[]): void {
  const mask = maskOf(names);
  if (typeof mask !== 'bigint') throw new UsageError(`the grant ${mask.what}`);
}

export const namesOf = (mask: bigint): readonly string[] => privilegeNames(mask);
