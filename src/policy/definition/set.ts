import type { RegistryValue } from '../../registry/value.ts';
import type { ServiceDefinition } from './definition.ts';

/** One key below Services, undecoded. */
export interface RawDefinition {
  readonly name: string;
  readonly values: readonly RegistryValue[];
  /** The key does not let peinit read it. */
  readonly denied?: true;
}

/** One thing wrong with a definition: which field and why, and what to do, in one sentence. */
export interface Finding {
  readonly service: string;
  /** Registry name of the field; null where it is about the service as a whole. */
  readonly field: string | null;
  readonly message: string;
  /** `dependency` and `cycle` are graph findings; the others make the definition itself invalid. */
  readonly kind: 'undecodable' | 'invalid' | 'cycle' | 'dependency' | 'conflict' | 'warning';
}

export type Decoded =
  | { readonly name: string; readonly definition: ServiceDefinition; readonly findings: readonly Finding[] }
  /** Broken; the findings say why. The service is known and failed. */
  | { readonly name: string; readonly definition: null; readonly findings: readonly Finding[] };

/** All definitions of one read of the registry. Plain data. */
export interface DefinitionSet {
  readonly services: readonly Decoded[];
  /** Keys below Services and Init in lower case, for registry: checks. */
  readonly keys: ReadonlySet<string>;
}
