/**
 * Who processes are, and who is at the other end of a connection: a port, whatever kernel is below. A token is asked for each process, used
 * for that one and for no other, and dead when nothing of it lives any more. PSD-007 3.3, 3.4.
 */
import type { IdentityMode } from '../../gen/control/types.ts';
import type { TokenSummary } from '../../gen/service/types.ts';
import type { Projection } from '../kernel/kernel.ts';
import type { Token } from '../security/token.ts';
import type { TokenSpec } from '../security/token-spec.ts';

/** Who is at the other end of a connection, as the kernel captured it when that was made. It stays what it is as long as the connection. */
export interface PeerIdentity {
  readonly token: Token;
  /** Of a process of this machine; null: it has no token of its own (what came from outside, peinit itself, nobody). */
  readonly tokenId: string | null;
  /** The token with what it comes to on this machine; null: it has none of its own. */
  readonly spec: TokenSpec | null;
  /** As the kernel tells it; 0: a process that is not in the namespace of this one. Only for words: it may be another's by now. */
  readonly pid: number;
  readonly uid: number;
  readonly summary: TokenSummary;
}

/** Identity of whoever is behind the descriptor of a connection; null: it cannot be told, and nothing may be granted. */
export type PeerReader = (fd: number) => PeerIdentity | null;

/** For which process a token is wanted. */
export interface TokenWish {
  readonly job: string;
  /** Null: it is of no service. */
  readonly service: string | null;
  /** Principal: SYSTEM or a name for the authority. */
  readonly identity: string;
  /** The only privileges that the token keeps, by exact name; null: all. ID-010. */
  readonly requiredPrivileges: readonly string[] | null;
  /** The token is a duplicate of what that submitter had (`capture`); the identity is for words only. ID-017. */
  readonly captured?: number;
}

/** What programs are told of the account that they run as. O-28. */
export interface Account {
  readonly name: string;
  readonly home: string;
  readonly shell: string;
}

/** What became of a wish. */
export type TokenOutcome =
  /** `token` names it to `use` and `drop`. */
  | {
      readonly ok: true;
      readonly token: number;
      readonly facts: { readonly summary: TokenSummary; readonly uid: number };
      /** Null: the machine's file of users tells. */
      readonly account: Account | null;
    }
  /** Why there is none, and the next step for the administrator. */
  | { readonly ok: false; readonly message: string };

/** The token of a process that is about to be made. */
export interface ProcessToken {
  readonly id: string;
  /** Group id that marks every process of this token; null: this machine has no such ids. */
  readonly tag: number | null;
  /** Null: the process runs with what peinit itself has. */
  readonly projection: Projection | null;
  /** Owner of what is made for it. */
  readonly uid: number;
  readonly gid: number;
}

export interface Identities {
  /** Answers once, at once or later, unless it is cancelled. */
  request(wish: TokenWish): void;
  /** The answer is not wanted any more. */
  cancel(job: string): void;
  /** Hands a granted token out for its process, once; a text says why that failed, and then it is gone. */
  use(token: number): ProcessToken | string;
  /**
   * The token of SYSTEM for processes of peinit's own, outside of all services, by a name for them; the same one each time. A text says why
   * there is none.
   */
  own(id: string): ProcessToken | string;
  /** Gives a granted token back unused. */
  drop(token: number): void;
  /** Nothing of it lives any more. It is known a moment longer, for what its last process said before. */
  ended(id: string): void;
  readonly peer: PeerReader;
  /** Tells the daemons of all living tokens again, when somebody removed what they are told by. */
  restore(): void;
  /** Keeps what a submitter is, for a token like his; until `forget`. */
  capture(peer: PeerIdentity): number;
  forget(captured: number): void;
  readonly mode: IdentityMode;
  /** What this machine cannot give to identities, in words. */
  warnings(): readonly string[];
}
