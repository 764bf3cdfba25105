/** What somebody would get, right by right, and what decides it. */
import type { AccessStep } from '../../../src/security/access-check.ts';
import { accessCheck } from '../../../src/security/access-check.ts';
import type { SecurityDescriptor } from '../../../src/security/descriptor.ts';
import { access } from '../../../src/security/masks.ts';
import type { Sid } from '../../../src/security/sid.ts';
import type { Token } from '../../../src/security/token.ts';
import { integrityName } from '../../../src/security/well-known.ts';
import type { Kind } from './words.ts';
import { effectInWords } from './words.ts';

export interface Decision {
  readonly right: string;
  readonly granted: boolean;
  readonly because: string;
  /** Counted from 1; null: no ACE decides it. */
  readonly ace: number | null;
}

/** `failed`: no request can be decided. */
export type Decisions = { readonly decisions: readonly Decision[] } | { readonly failed: string };

export function decide(descriptor: SecurityDescriptor, token: Token, kind: Kind, nameOf: (sid: Sid) => string): Decisions {
  const steps: AccessStep[] = [];
  const onStep = (step: AccessStep) => steps.push(step);
  const answer = accessCheck({ token, descriptor, desired: access.maximumAllowed, mapping: kind.mapping, onStep });
  if (answer.status === 'failed') return { failed: answer.reason };
  return {
    decisions: kind.rights.map(({ bit, words }) => {
      const granted = (answer.granted & bit) !== 0;
      const step = decidingStep(steps, bit);
      return { right: words, granted, because: reason(step, token, nameOf), ace: step?.by === 'ace' ? step.index + 1 : null };
    }),
  };
}

/** The last one that took the right away, else the first one that is about it. */
const decidingStep = (steps: readonly AccessStep[], bit: number): AccessStep | undefined => {
  const about = steps.filter((step) => (step.bits & bit) !== 0);
  return about.findLast(({ by }) => by === 'restricted' || by === 'confined' || by === 'policy') ?? about[0];
};

function reason(step: AccessStep | undefined, token: Token, nameOf: (sid: Sid) => string): string {
  switch (step?.by) {
    case undefined:
      return 'no ACE grants it';
    case 'ace':
      return `ACE ${step.index + 1} ${effectInWords(step.ace)} it to ${nameOf(step.ace.sid)}`.replace('denies it to', 'denies it for');
    case 'owner':
      return 'the owner always may';
    case 'no_dacl':
      return 'there is no DACL, so everybody may';
    case 'privilege':
      return `${step.privilege} grants it`;
    case 'label':
      return `the integrity label: a caller of ${integrityName(token.integrity) ?? 'that'} integrity is below it`;
    case 'trust':
      return 'the trust label: the process of the caller is below it';
    case 'restricted':
      return 'the token is restricted, and its restricting SIDs are not granted it';
    case 'confined':
      return 'the token is confined, and its confinement is not granted it';
    case 'policy':
      return 'the descriptor names a policy that this machine does not know';
    default:
      return step satisfies never;
  }
}
