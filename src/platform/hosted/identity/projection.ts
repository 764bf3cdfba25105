/** What a token comes to on Linux: ids, groups and capabilities of its process. platform.md 6.2. */
import type { Projection } from '../../../kernel/kernel.ts';
import type { TokenSpec } from '../../../security/token-spec.ts';
import { wellKnown } from '../../../security/well-known.ts';
import { capabilitiesOf, capabilityNames } from './capabilities.ts';
import type { IdentityMachine } from './machine.ts';
import { ownToken } from './principals.ts';

export interface Projections {
  of(spec: TokenSpec, tag: number | null): Projection;
  /** What was left out so far, in words. */
  warnings(): readonly string[];
}

/** `warn` hears once of each capability that this machine does not have. */
export function createProjections(machine: IdentityMachine, warn: (text: string) => void): Projections {
  let missing = 0n;

  function possible(wanted: bigint): bigint {
    const lacking = wanted & ~machine.capabilities & ~missing;
    if (lacking !== 0n) {
      missing |= lacking;
      warn(withoutWords(lacking));
    }
    return wanted & machine.capabilities;
  }

  function projectionOf({ token, uid, gid, supplementary }: TokenSpec, tag: number | null): Projection {
    const groups = tag === null ? supplementary : [...supplementary, tag];
    const isSystem = token.user === wellKnown.system;
    // SYSTEM is what peinit itself is, as long as nothing was taken away.
    if (isSystem && token.privilegesPresent === ownToken.privilegesPresent)
      return { uid, gid, groups, capabilities: null, isRoot: true, noNewPrivileges: false };
    return { uid, gid, groups, capabilities: possible(capabilitiesOf(token.privilegesPresent)), isRoot: isSystem, noNewPrivileges: true };
  }

  return { of: projectionOf, warnings: () => (missing === 0n ? [] : [withoutWords(missing)]) };
}

const withoutWords = (capabilities: bigint): string =>
  `privileges of services come without ${capabilityNames(capabilities).join(', ')}: peinit itself does not have that here`;
