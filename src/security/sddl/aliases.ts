/** Two-letter words of SDDL, from the schema. */
import {
  aceFlagFacts,
  aceTypeFacts,
  integrityLevelFacts,
  labelRightFacts,
  principalFacts,
  sddlRightFacts,
  sddlSidFacts,
  standardRightFacts,
} from '../../../gen/security/facts.ts';
import type { AceType } from '../../../gen/security/types.ts';
import {
  aceTypeNames,
  integrityLevelNames,
  principalNames,
  sddlDomainAliasNames,
  sddlRightNames,
  sddlSidNames,
} from '../../../gen/security/types.ts';
import type { Sid } from '../sid.ts';

/** Those that have an alias, in their order. */
const bitsOf = (facts: {
  readonly [name: string]: { readonly bit: number; readonly sddl: string };
}): readonly (readonly [string, number])[] => Object.values(facts).flatMap(({ sddl, bit }) => (sddl === '' ? [] : [[sddl, bit] as const]));

export const labelRights: ReadonlyMap<string, number> = new Map(bitsOf(labelRightFacts));
export const aceFlags: ReadonlyMap<string, number> = new Map(bitsOf(aceFlagFacts));
export const accessRights: ReadonlyMap<string, number> = new Map([
  ...bitsOf(standardRightFacts),
  ...sddlRightNames.map((name) => [name, sddlRightFacts[name].bit] as const),
]);

const sidRows: readonly (readonly [string, Sid])[] = [
  ...principalNames.map((name) => [principalFacts[name].sddl, principalFacts[name].sid] as const),
  ...integrityLevelNames.map((name) => [integrityLevelFacts[name].sddl, integrityLevelFacts[name].sid] as const),
  ...sddlSidNames.map((name) => [name, sddlSidFacts[name].sid] as const),
].filter(([alias]) => alias !== '');

export const sidOf: ReadonlyMap<string, Sid> = new Map(sidRows);
export const aliasOf: ReadonlyMap<Sid, string> = new Map(sidRows.map(([alias, sid]) => [sid, alias]));
export const domainAliases: ReadonlySet<string> = new Set(sddlDomainAliasNames);

export const aceTypes: ReadonlyMap<string, AceType> = new Map(
  aceTypeNames.flatMap((type) => (aceTypeFacts[type].sddl === '' ? [] : [[aceTypeFacts[type].sddl, type]])),
);
