/** Who may have jobs run, and as whom they run. The kernel says who it is, when it connects. JFS-008, ID-017. */
import type { Submitter } from '../policy/events.ts';

/** Whoever is at the other end of a connection. */
export interface Candidate {
  /** SID of its user. */
  readonly sid: string;
  /** SID by which it is counted: Submitter. */
  readonly owner: string;
  readonly isSystem: boolean;
  /** Whether it may have jobs at all, as far as is known at once. Connections of those that may not make room for the others. */
  readonly mayHave: boolean;
}

export type Judgement =
  | { readonly kind: 'submitter'; readonly submitter: Submitter }
  /** `problem` is a clause without a full stop, `remedy` sentences: where more is known than that a privilege is missing. */
  | { readonly kind: 'denied'; readonly problem: string; readonly remedy?: string };

export interface Submitters<One extends Candidate = Candidate> {
  /** Null: it cannot be told who that is. */
  admit(fd: number): One | null;
  /** Whose token that is, by its descriptor, which stays the caller's; null: it cannot be told. */
  ofToken(fd: number): One | null;
  /** Whether it holds SeCreateJobPrivilege, and as whom; answered once, at once or later. The function returned takes it back. */
  judge(candidate: One, done: (judgement: Judgement) => void): () => void;
  /** What was found out about a submitter is not needed any more. */
  forget(submitter: Submitter): void;
}
