/**
 * Services whose processes need a token of the authority want authd, written or not: nobody should have to, and a boot would race
 * otherwise. Not authd itself, nor what that needs in turn, so no cycle comes of it; nor what cannot run beside it. O-19.
 */
import type { ServiceDefinition } from '../definition/definition.ts';
import { isSystemIdentity } from '../definition/identity.ts';
import { authdKey } from '../platform-daemons.ts';

interface Node {
  readonly definition: ServiceDefinition | null;
  readonly hard: readonly this[];
  readonly wants: readonly this[];
  readonly conflicts: readonly this[];
}

/** Whether a start of it asks for a token that is not SYSTEM's. */
const needsAuthority = ({ execStartPost, execStartPre, hookIdentity, identity }: ServiceDefinition): boolean =>
  !isSystemIdentity(identity) ||
  (hookIdentity !== undefined && !isSystemIdentity(hookIdentity) && execStartPre.length + execStartPost.length > 0);

/** The services that want authd without saying so, and authd; null: it is not defined. */
export function impliedWants<N extends Node>(
  nodes: readonly N[],
  byKey: ReadonlyMap<string, N>,
): readonly [authd: N, those: readonly N[]] | null {
  const authd = byKey.get(authdKey);
  if (authd === undefined) return null;
  // A set visits what is added while it is walked.
  const needed = new Set<Node>([authd]);
  for (const node of needed) for (const target of [...node.hard, ...node.wants]) needed.add(target);
  const those = nodes.filter(
    (node) =>
      node.definition !== null &&
      needsAuthority(node.definition) &&
      !needed.has(node) &&
      ![...node.hard, ...node.wants, ...node.conflicts].includes(authd),
  );
  return [authd, those];
}
