import type { PeerIdentity } from '../platform/identity.ts';
import type { Sid } from '../security/sid.ts';
import { wellKnown } from '../security/well-known.ts';

/** The client of a connection: who it was when it connected. SEC-029. */
export type Caller = PeerIdentity;

export const sidOf = ({ token }: Caller): Sid => token.user;

/** Its user in words, for the record. OP-004. */
export const summaryOf = (caller: Caller): string => `${sidOf(caller)} (process ${caller.pid})`;

export const isSystem = ({ token }: Caller): boolean => token.user === wellKnown.system && !token.userDenyOnly;
