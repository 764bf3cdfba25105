/** Tokens: what the identity of a process comes to on this machine. PSD-007 3.3. */
import type { Projection } from '../kernel/kernel.ts';
import { isSystemIdentity } from '../policy/definition/identity.ts';
import type { RequestToken, Token, TokenFacts } from '../policy/effects.ts';
import type { TokenDone } from '../policy/events.ts';

export interface Identities {
  /** Answers with token-done. */
  request(effect: RequestToken): void;
  /** The answer is not wanted any more. */
  cancel(job: string): void;
  /** What a process with this token runs with; the token is used up. Null: with what peinit itself has, as SYSTEM. */
  use(token: Token): Projection | null;
  /** Gives a token back unused. */
  drop(token: Token): void;
}

/**
 * SYSTEM is peinit's own to give; every other principal needs the authority, which is not there as long as authd is not. BOOT-003,
 * BOOT-045.
 */
/** Of SYSTEM: all that is granted so far. */
const facts: TokenFacts = {
  summary: {
    user: 'S-1-5-18',
    user_name: 'SYSTEM',
    groups: [],
    more_groups: 0,
    service_sid: null,
    privileges: [],
    integrity: 'system',
    token_id: null,
  },
  uid: 0,
};

export function createIdentities(post: (event: TokenDone) => void): Identities {
  const granted = new Map<Token, Projection | null>();
  let latest: Token = 0;

  return {
    request({ job, identity }) {
      if (isSystemIdentity(identity)) {
        latest += 1;
        granted.set(latest, null);
        return post({ kind: 'token-done', job, outcome: { ok: true, token: latest, facts } });
      }
      const remedy = 'set Identity to SYSTEM or make authd available';
      const message = `no token for Identity "${identity}": the authority (authd) is not available; ${remedy}`;
      post({ kind: 'token-done', job, outcome: { ok: false, message } });
    },
    // Every answer is given at once.
    cancel: () => undefined,
    use(token) {
      const projection = granted.get(token);
      if (projection === undefined) throw new Error(`token ${token} was not granted, or is used up`);
      granted.delete(token);
      return projection;
    },
    drop: (token) => void granted.delete(token),
  };
}
