import { mountOf } from '../policy/definition/decode-mounts.ts';
import { foldName } from '../policy/definition/names.ts';
import type { DescriptorValue, SecurityValues } from '../policy/definition/security.ts';
import { controlSecurityIn, noSecurityValues, serviceSecurityIn } from '../policy/definition/security.ts';
import type { RawDefinition } from '../policy/definition/set.ts';
import type { Policy } from '../policy/view.ts';
import type { RegistryModel } from './model.ts';
import { systemKey } from './model.ts';

/** The security descriptors that are in force: those of the latest read, and those of services whose definition is gone. */
export interface Security {
  readonly values: SecurityValues;
  /** What was read holds from now on. */
  take(model: RegistryModel): void;
}

/** Services that nobody knows any more, of which events may still be told. */
const mostForgotten = 4096;

export function createSecurity(policy: Pick<Policy, 'service'>): Security {
  let values = noSecurityValues;

  /** A definition that is removed takes no guard away: neither from what still runs nor from what is told of it. */
  function ofRemoved(defined: ReadonlySet<string>): [string, DescriptorValue][] {
    const removed = [...values.own].filter(([key]) => !defined.has(key));
    let tooMany = removed.length - mostForgotten;
    return removed.filter(([key]) => tooMany-- <= 0 || policy.service(key) !== null);
  }

  return {
    get values() {
      return values;
    },
    take({ definitions, mounts, valuesByKey }) {
      const named: readonly (readonly [string, RawDefinition])[] = [
        ...definitions.map((raw) => [foldName(raw.name), raw] as const),
        ...mounts.map((raw) => [mountOf(raw), raw] as const),
      ];
      const own = new Map(ofRemoved(new Set(named.map(([key]) => key))));
      for (const [key, definition] of named) {
        // A key that lets nobody read it takes no guard away either.
        const value = definition.denied === true ? (values.own.get(key) ?? null) : serviceSecurityIn(definition.values);
        if (value !== null) own.set(key, value);
      }
      const at = (key: string) => valuesByKey.get(`${systemKey}\\${key}`.toLowerCase()) ?? [];
      values = { own, inherited: serviceSecurityIn(at('Services')), machine: controlSecurityIn(at('Init')) };
    },
  };
}
