/** What a token comes to on Linux: ids, groups and capabilities of its process. platform.md 6.2. */
import type { Projection } from '../../../kernel/kernel.ts';
import type { TokenSpec } from '../../../security/token-spec.ts';
import { wellKnown } from '../../../security/well-known.ts';
import type { TokenWish } from '../../identity.ts';
import { capabilitiesOf, capabilityNames } from './capabilities.ts';
import type { IdentityMachine } from './machine.ts';

export type Project = (spec: TokenSpec, wish: Pick<TokenWish, 'requiredPrivileges'>, tag: number | null) => Projection;

/** `warn` hears once of each capability that this machine does not have. */
export function createProjections(machine: IdentityMachine, warn: (text: string) => void): Project {
  let missing = 0n;

  function possible(wanted: bigint): bigint {
    const lacking = wanted & ~machine.capabilities & ~missing;
    if (lacking !== 0n) {
      missing |= lacking;
      warn(`privileges of services come without ${capabilityNames(lacking).join(', ')}: peinit itself does not have that here`);
    }
    return wanted & machine.capabilities;
  }

  return ({ token, uid, gid, supplementary }, { requiredPrivileges }, tag) => {
    const groups = tag === null ? supplementary : [...supplementary, tag];
    const isSystem = token.user === wellKnown.system;
    // SYSTEM is what peinit itself is; only what its definition takes away is gone.
    if (isSystem && requiredPrivileges === null) return { uid, gid, groups, capabilities: null, isRoot: true, noNewPrivileges: false };
    return { uid, gid, groups, capabilities: possible(capabilitiesOf(token.privilegesPresent)), isRoot: isSystem, noNewPrivileges: true };
  };
}
