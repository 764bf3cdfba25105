/** Whose a provisioned path is and who may do what with it, whatever kernel is below. BOOT-081, BOOT-083. */
import type { PathKind } from '../../gen/paths/types.ts';
import type { RegistryNode } from './registry.ts';

export interface PathOwnership {
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
  /** An owner or group that this machine has no id for, in words; root takes its place. */
  readonly missing: readonly string[];
  /** Principals that the descriptor speaks of and files here know nothing of, by name. */
  readonly unkept: readonly string[];
}

/**
 * What the descriptor comes to; a text says why it cannot be one. `descriptor` null: the built-in one. `authority`: the keys below
 * Authority.
 */
export type PathOwners = (authority: readonly RegistryNode[]) => (descriptor: Uint8Array | null, kind: PathKind) => PathOwnership | string;
