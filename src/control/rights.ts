/** The rights on services and on the machine, by the schema. */
import { rights as bits } from '../../gen/options/facts.ts';
import type { Right } from '../../gen/options/types.ts';
import type { GuardedKind } from '../security/guard.ts';
import type { GenericMapping } from '../security/mappings.ts';
import { machineMapping, serviceMapping } from '../security/mappings.ts';

export interface Guarded extends GuardedKind {
  /** Names of rights in a mask. */
  names(mask: number): readonly Right[];
}

function guarded(mapping: GenericMapping, family: 'SERVICE' | 'SYSTEM'): Guarded {
  const known = (Object.keys(bits) as Right[]).filter((name) => name.startsWith(family));
  /** Answers about services all have one of these. */
  const byMask = new Map<number, readonly Right[]>();
  return {
    mapping,
    all: known.reduce((mask, name) => mask | bits[name], 0),
    names(mask) {
      const held = byMask.get(mask) ?? Object.freeze(known.filter((name) => (bits[name] & mask) !== 0));
      byMask.set(mask, held);
      return held;
    },
  };
}

export const ofService: Guarded = guarded(serviceMapping, 'SERVICE');
export const ofMachine: Guarded = guarded(machineMapping, 'SYSTEM');

export const queryStatus = bits.SERVICE_QUERY_STATUS;
