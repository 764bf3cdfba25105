/** What can be told of a descriptor before anybody asks for anything. */
import { accessCheck } from './access-check.ts';
import { decodeDescriptor } from './descriptor.ts';
import { serviceMapping } from './mappings.ts';
import type { Token } from './token.ts';
import { integrity, wellKnown } from './well-known.ts';

export interface Soundness {
  /** Why every check against it fails, in words that follow its name; null: none does. */
  readonly problem: string | null;
  /** What is hardly meant, likewise. */
  readonly warning: string | null;
}

export const nothingWrong: Soundness = { problem: null, warning: null };

/** Nobody in particular: that a check fails does not depend on who is checked. */
const anybody: Token = {
  user: wellKnown.anonymous,
  userDenyOnly: false,
  groups: [],
  type: 'primary',
  level: 0,
  privilegesPresent: 0n,
  privilegesEnabled: 0n,
  integrity: integrity.untrusted,
  mandatoryPolicy: 0,
  restricted: [],
  writeRestricted: false,
  confinement: null,
  capabilities: [],
  confinementExempt: false,
};

export function soundness(bytes: Uint8Array): Soundness {
  const descriptor = decodeDescriptor(bytes);
  if ('malformed' in descriptor) return { problem: `is no security descriptor: ${descriptor.malformed}`, warning: null };
  const answer = accessCheck({ token: anybody, descriptor, desired: 0, mapping: serviceMapping });
  if (answer.status === 'failed') return { problem: `cannot be evaluated: ${answer.reason}`, warning: null };
  return descriptor.dacl === null ? { problem: null, warning: 'has no DACL, so everybody may do everything' } : nothingWrong;
}
