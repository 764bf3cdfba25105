/** Who may have jobs, by the tokens of this machine: what the kernel captured when a submitter connected is what its jobs run as. */

import type { EventOf } from '../../gen/events/events.ts';
import { accessDenied } from '../../gen/events/events.ts';
import type { Identities, PeerIdentity, TokenOutcome } from '../platform/identity.ts';
import { ownerOf } from '../security/owner.ts';
import { privilegeBit } from '../security/privileges.ts';
import type { Token } from '../security/token.ts';
import { wellKnown } from '../security/well-known.ts';
import type { Candidate, Judgement, Submitters } from './submitter.ts';

const privilege = 'SeCreateJobPrivilege';
const bit = privilegeBit(privilege);

/** JFS-005. */
const holds = ({ privilegesEnabled, privilegesPresent }: Token): boolean => (privilegesPresent & privilegesEnabled & bit) !== 0n;

export interface Captured extends Candidate {
  readonly peer: PeerIdentity;
}

export interface TokenSubmitters extends Submitters<Captured> {
  /** The answer to a wish for a token; false: it is not one of these. */
  answered(wish: string, outcome: TokenOutcome): boolean;
}

interface Waiting {
  readonly candidate: Captured;
  readonly done: (judgement: Judgement) => void;
}

interface Question {
  readonly wish: string;
  /** SID of the user that it is about. */
  readonly of: string;
  readonly waiting: Set<Waiting>;
}

/** Users of Linux that have no token of this machine: what they hold is the authority's to say. */
const isLinuxUser = ({ spec, token, tokenId }: PeerIdentity): boolean =>
  spec === null && tokenId === null && token.user !== wellKnown.system && token.user !== wellKnown.anonymous;

export function createSubmitters(
  identities: Pick<Identities, 'request' | 'cancel' | 'drop' | 'peer' | 'capture' | 'forget'>,
): TokenSubmitters {
  /** What is asked of the authority, by the name of the wish. */
  const asked = new Map<string, Question>();
  let count = 0;

  function judgementOf({ peer, isSystem, owner, sid }: Captured, may: boolean, name: string | null): Judgement {
    if (!may) {
      const problem = `${sid} does not hold ${privilege}`;
      if (!isLinuxUser(peer)) return { kind: 'denied', problem };
      return { kind: 'denied', problem, remedy: `\`peiosctl principal grant ${sid} ${privilege}\` gives it, from the next job on.` };
    }
    const identity = isSystem ? 'SYSTEM' : (name ?? sid);
    return { kind: 'submitter', submitter: { sid, owner, isSystem, identity, captured: identities.capture(peer) } };
  }

  /** However many connections a user makes, the authority is asked about it once at a time. */
  function askAuthority(candidate: Captured, done: (judgement: Judgement) => void): () => void {
    const { sid } = candidate;
    const one = { candidate, done };
    const underWay = Array.from(asked.values()).find(({ of }) => of === sid);
    const question = underWay ?? { wish: `submitter-${++count}`, of: sid, waiting: new Set<Waiting>() };
    const { waiting, wish } = question;
    waiting.add(one);
    if (underWay === undefined) {
      asked.set(wish, question);
      identities.request({ job: wish, service: null, identity: sid, requiredPrivileges: null });
    }
    return () => {
      if (waiting.delete(one) && waiting.size === 0 && asked.delete(wish)) identities.cancel(wish);
    };
  }

  /** The token is given back: each job has one of its own. */
  function told({ waiting }: Question, outcome: TokenOutcome): void {
    if (outcome.ok) identities.drop(outcome.token);
    for (const one of [...waiting]) if (waiting.delete(one)) one.done(judgementBy(one.candidate, outcome));
  }

  function judgementBy(candidate: Captured, outcome: TokenOutcome): Judgement {
    if (!outcome.ok) {
      const problem = `${candidate.sid} is not known to hold ${privilege}: ${outcome.message.replace(/\.$/, '')}`;
      return { kind: 'denied', problem, remedy: 'Submit it again once that is mended.' };
    }
    const { privileges, user_name: name } = outcome.facts.summary;
    return judgementOf(
      candidate,
      privileges.some((held) => held === privilege),
      name,
    );
  }

  return {
    admit(fd) {
      const peer = identities.peer(fd);
      if (peer === null) return null;
      const { user, userDenyOnly } = peer.token;
      return {
        sid: user,
        owner: ownerOf(peer.token),
        isSystem: user === wellKnown.system && !userDenyOnly,
        mayHave: holds(peer.token),
        peer,
      };
    },
    // Handles of tokens are the kernel's where it has the device; here nothing can tell whose one is.
    ofToken: () => null,
    judge(candidate, done) {
      const { peer } = candidate;
      if (!holds(peer.token) && isLinuxUser(peer)) return askAuthority(candidate, done);
      done(judgementOf(candidate, holds(peer.token), peer.summary.user_name));
      return () => undefined;
    },
    forget({ captured }) {
      if (captured !== null) identities.forget(captured);
    },
    answered(wish, outcome) {
      const question = asked.get(wish);
      if (question === undefined) return false;
      asked.delete(wish);
      told(question, outcome);
      return true;
    },
  };
}

/** A refusal for the record. SEC-007. */
export const deniedSubmitter = ({ peer, sid }: Captured): EventOf =>
  accessDenied({
    caller: `${sid} (process ${peer.pid})`,
    target: null,
    rights: [],
    requested: 0,
    granted: 0,
    sid,
    pid: peer.pid,
    token_id: peer.tokenId,
    privilege,
  });
