import type { EventdRight } from '../../../../gen/security/types.ts';
import type { PeerIdentity } from '../../../platform/identity.ts';
import type { Token } from '../../../security/token.ts';
import { wellKnown } from '../../../security/well-known.ts';
import type { Holder } from '../../../wire/places.ts';
import type { RareLines } from '../../daemon/rare-lines.ts';
import type { Access, Guards } from '../access.ts';
import { jobsName } from '../access.ts';
import { eventsKey, logsKey } from '../configuration.ts';
import { Refusal } from './refusal.ts';

/** Who asks, and what of all that is stored is for that one. Each decision is an AccessCheck, SYSTEM's as well. */

export interface CallerParts {
  readonly identity: PeerIdentity;
  /** What holds now: it may change while an answer is on its way. */
  readonly access: () => Access;
  readonly denials: RareLines;
}

const verbs: { readonly [R in EventdRight]: string } = { EVENTD_READ: 'read', EVENTD_CLEAR: 'remove' };

export class Caller {
  readonly holder: Holder;
  readonly #token: Token;
  readonly #identity: PeerIdentity;
  readonly #access: () => Access;
  readonly #denials: RareLines;

  constructor({ identity, access, denials }: CallerParts) {
    const { token, uid } = identity;
    this.#identity = identity;
    this.#token = token;
    this.#access = access;
    this.#denials = denials;
    this.holder = { user: uid, isSystem: token.user === wellKnown.system };
  }

  /** Of a service; null: of ad-hoc jobs. */
  mayLines(wanted: EventdRight, service: string | null): boolean {
    return this.#access().logs.holds(this.#token, service ?? jobsName, wanted);
  }

  mayEvents(wanted: EventdRight, event: string): boolean {
    return this.#access().events.holds(this.#token, event, wanted);
  }

  /** Something of what was asked for by name, or of all there is where nothing was. Throws ACCESS_DENIED. */
  demandLines(wanted: EventdRight, services: readonly string[] | null): void {
    this.#demand(wanted, this.#access().logs, services, logsKey, 'output');
  }

  demandEvents(wanted: EventdRight, names: readonly string[] | null): void {
    this.#demand(wanted, this.#access().events, names, eventsKey, 'events');
  }

  /** Whether there is anything that it may read. */
  demandAnything(): void {
    const { events, logs } = this.#access();
    if (!events.holdsAnywhere(this.#token, 'EVENTD_READ')) this.#demand('EVENTD_READ', logs, null, logsKey, 'records');
  }

  #demand(wanted: EventdRight, guards: Guards, names: readonly string[] | null, key: string, what: string): void {
    const isGranted =
      names === null ? guards.holdsAnywhere(this.#token, wanted) : names.some((name) => guards.mayHold(this.#token, name, wanted));
    if (isGranted) return;
    const { summary, uid, pid } = this.#identity;
    const who = `${summary.user_name ?? summary.user} (uid ${uid})`;
    const of = names === null ? what : `${what} of ${names.join(', ')}`;
    this.#denials.tell(`${this.#token.user} ${uid}`, `access denied to ${who}, process ${pid}: ${wanted} on ${of}`);
    const [one = '*', ...others] = names ?? [];
    throw new Refusal(
      'ACCESS_DENIED',
      `${who} may not ${verbs[wanted]} ${of}; a descriptor that grants ${wanted}, in the value Security of ` +
        `${key}\\${others.length > 0 || one.includes('*') ? '*' : one}, would let it`,
    );
  }
}
