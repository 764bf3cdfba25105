import type { PeerIdentity } from '../../platform/identity.ts';
import { privilegeBit } from '../../security/privileges.ts';
import { wellKnown } from '../../security/well-known.ts';

const tcb = privilegeBit('SeTcbPrivilege');

/** Part of the trusted base, as peinit is: SYSTEM that nothing was taken from. SEC-022. */
export const isTrusted = ({ token }: PeerIdentity): boolean => token.user === wellKnown.system && (token.privilegesEnabled & tcb) !== 0n;

/** Who that is, for messages; null: it cannot be told. */
export const nameOf = (peer: PeerIdentity | null): string =>
  peer === null ? 'nobody that can be told' : `${peer.token.user} (uid ${peer.uid}, process ${peer.pid})`;
