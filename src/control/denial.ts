/** What a caller is told, and what is recorded, of what it may not do. SEC-007, PRIN-007. */
import type { AccessDenied } from '../../gen/events/types.ts';
import { foldName } from '../policy/definition/names.ts';
import type { Refusal } from '../policy/view.ts';
import type { Broken } from '../security/guard.ts';
import type { Access } from './access.ts';
import type { Caller } from './caller.ts';
import { sidOf, summaryOf } from './caller.ts';
import { refuse } from './refusal.ts';
import { ofMachine, ofService } from './rights.ts';

/** A refusal for the record. */
export interface Denial {
  readonly caller: Caller;
  /** Service, or null for the machine. */
  readonly service: string | null;
  readonly requested: number;
  /** What it holds. */
  readonly held: number | Broken;
}

const namesOf = (service: string | null, mask: number) => (service === null ? ofMachine : ofService).names(mask);

export const recordOf = ({ caller, service, requested, held }: Denial): AccessDenied => ({
  caller: summaryOf(caller),
  target: service,
  rights: namesOf(service, requested),
  requested,
  granted: typeof held === 'number' ? held & requested : 0,
  sid: sidOf(caller),
  pid: caller.pid,
  token_id: caller.tokenId,
});

/**
 * Which right is missing on what, and how to come by it. `subject`: what the request named, where that is not the service itself: whose
 * operation it is tells of the service.
 */
export function refuseDenied(command: string, { caller, service, requested, held }: Denial, subject: string | null = null): Refusal {
  const missing = namesOf(service, requested & ~(typeof held === 'number' ? held : 0));
  const target = subject ?? (service === null ? 'the machine' : `service ${service}`);
  const problem = `${command} needs ${missing.join(' and ')} on ${target}, which ${sidOf(caller)} does not hold`;
  const named = subject !== null ? 'SERVICE' : service === null ? '--machine' : service;
  return refuse(
    'ACCESS_DENIED',
    problem,
    `\`peiosctl security check ${named} ${sidOf(caller)}\` tells an administrator what decides, and ` +
      `\`peiosctl security grant ${named} ${sidOf(caller)} ${missing.join(' ')}\` grants it.`,
  );
}

/** The descriptor cannot be evaluated: nothing is done, for nobody. SEC-028. */
export function refuseBroken(access: Access, service: string | null, { problem }: Broken, subject: string | null = null): Refusal {
  const target = subject ?? (service === null ? 'the machine' : `service ${service}`);
  const value = subject === null ? `: ${access.valueOf(service === null ? null : foldName(service))} ${problem}` : '';
  return refuse(
    'INTERNAL_ERROR',
    `the security descriptor of ${target} cannot be evaluated, so nothing was done${value}`,
    'Write a sound one with `peiosctl security set` or the registry; it holds from the next request on.',
  );
}
