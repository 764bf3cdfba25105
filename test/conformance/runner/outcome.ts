/** What came of a case. */
import type { Json } from '../json.ts';
import { printJson } from '../json.ts';
import type { Difference } from './patterns.ts';

export interface Failure {
  /** File and line of the step. */
  readonly at: string;
  /** What the step does, and its number. */
  readonly step: string;
  readonly sentence: string;
  /** The line that was sent last for it. */
  readonly sent: string | null;
  readonly expected: string | null;
  readonly received: string | null;
  readonly differences: readonly Difference[];
}

export interface Exchange {
  readonly driver: string;
  readonly sent: string;
  readonly received: string;
}

interface Base {
  readonly path: string;
  readonly title: string;
  readonly proves: readonly string[];
  readonly ms: number;
}

export type Outcome = Base &
  (
    | { readonly status: 'passed' }
    | { readonly status: 'skipped'; readonly reason: string }
    | { readonly status: 'failed'; readonly failure: Failure; readonly exchanges: readonly Exchange[] }
    /** It failed, as is known. */
    | { readonly status: 'known'; readonly reason: string; readonly failure: Failure; readonly exchanges: readonly Exchange[] }
  );

/** A step went otherwise than the case says. */
export class StepFailure extends Error {
  readonly sent: string | null;
  readonly expected: Json | undefined;
  readonly received: string | null;
  readonly differences: readonly Difference[];

  constructor(sentence: string, { sent = null, expected, received, differences = [] }: StepFacts = {}) {
    super(sentence);
    this.sent = sent;
    this.expected = expected;
    this.received = received === undefined ? null : typeof received === 'string' ? received : printJson(received);
    this.differences = differences;
  }
}

export interface StepFacts {
  readonly sent?: string | null;
  readonly expected?: Json | undefined;
  readonly received?: unknown;
  readonly differences?: readonly Difference[];
}

/** The driver cannot express what the case does. */
export class Unsupported extends Error {}
