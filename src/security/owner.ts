import { isServiceSid } from './service-sid.ts';
import type { Sid } from './sid.ts';
import type { Token } from './token.ts';
import { wellKnown } from './well-known.ts';

/** Users that services share which are strangers to each other. */
const shared: ReadonlySet<Sid> = new Set([wellKnown.localService, wellKnown.networkService]);

/** By whom what somebody does is counted and known as its own: its user, or its service where services share one. O-31. */
export const ownerOf = ({ groups, user }: Pick<Token, 'groups' | 'user'>): Sid =>
  (shared.has(user) ? groups.find(({ sid }) => isServiceSid(sid))?.sid : undefined) ?? user;
