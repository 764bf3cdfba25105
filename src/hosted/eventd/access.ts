/**
 * Who may read and remove what is stored: a descriptor for each beginning of a name, of events and of services apart. `job` is for
 * `job.started` and `job`, not for `jobs`; the longest one counts, and where none fits that of `*`, else the default. One that cannot be
 * evaluated lets nobody in. O-111.
 */
import { eventdRightFacts } from '../../../gen/security/facts.ts';
import type { EventdRight } from '../../../gen/security/types.ts';
import { eventdRightNames } from '../../../gen/security/types.ts';
import { foldName } from '../../registry/folding.ts';
import { defaultEventsSecurity, defaultLogsSecurity } from '../../security/defaults.ts';
import type { GuardedKind } from '../../security/guard.ts';
import { Guard, readGuard } from '../../security/guard.ts';
import { eventdMapping } from '../../security/mappings.ts';
import type { Token } from '../../security/token.ts';

const guarded: GuardedKind = {
  mapping: eventdMapping,
  all: eventdRightNames.reduce((mask, name) => mask | eventdRightFacts[name].bit, 0),
};

/** Name that output of ad-hoc jobs goes by. */
export const jobsName = 'jobs';

/** The bytes of a descriptor; or why there can be none. */
export type GivenDescriptor = Uint8Array | { readonly problem: string };

/** Descriptors by the beginnings of names that their keys are called after. */
export type GivenDescriptors = ReadonlyMap<string, GivenDescriptor>;

/** Descriptors of one kind of records. */
export class Guards {
  readonly #byBeginning: ReadonlyMap<string, Guard>;
  readonly #others: Guard;

  constructor(given: GivenDescriptors, byDefault: ReadonlyMap<string, Guard>) {
    const own = Array.from(given, ([name, value]): [string, Guard] => [
      foldName(name),
      value instanceof Uint8Array ? readGuard(value, guarded) : new Guard(value, guarded),
    ]);
    this.#byBeginning = new Map([...byDefault, ...own]);
    this.#others = this.#byBeginning.get(anyName) ?? nobody;
  }

  /** The one in force for a name. */
  of(name: string): Guard {
    for (let beginning = foldName(name); beginning !== ''; beginning = beginning.slice(0, Math.max(0, beginning.lastIndexOf('.')))) {
      const found = this.#byBeginning.get(beginning);
      if (found !== undefined) return found;
    }
    return this.#others;
  }

  holds(token: Token, name: string, wanted: EventdRight): boolean {
    return isHeld(this.of(name), token, wanted);
  }

  /** Whether something can have a name of this form, `*` standing for any characters, on which the token holds that. */
  mayHold(token: Token, form: string, wanted: EventdRight): boolean {
    const star = form.indexOf('*');
    if (star < 0) return this.holds(token, form, wanted);
    const beginning = foldName(form.slice(0, star));
    const within = [...this.#byBeginning].some(([name, guard]) => name.startsWith(beginning) && isHeld(guard, token, wanted));
    return within || this.holds(token, beginning, wanted);
  }

  /** Whether there is anything at all on which the token holds that. */
  holdsAnywhere(token: Token, wanted: EventdRight): boolean {
    return [...this.#byBeginning.values()].some((guard) => isHeld(guard, token, wanted));
  }
}

const anyName = '*';
const nobody = new Guard({ problem: 'there is none' }, guarded);

function isHeld(guard: Guard, token: Token, wanted: EventdRight): boolean {
  const held = guard.held(token);
  return typeof held === 'number' && (held & eventdRightFacts[wanted].bit) !== 0;
}

export interface Access {
  readonly events: Guards;
  readonly logs: Guards;
}

const administrative = new Guard(defaultEventsSecurity, guarded);
const eventDefaults = new Map([[anyName, administrative]]);
/** What a job writes is its submitter's, who gets it from process 1. */
const logDefaults = new Map([
  [anyName, new Guard(defaultLogsSecurity, guarded)],
  [jobsName, administrative],
]);

export const accessOf = (events: GivenDescriptors, logs: GivenDescriptors): Access => ({
  events: new Guards(events, eventDefaults),
  logs: new Guards(logs, logDefaults),
});

/** While nobody has said who may: those who always may. */
export const closedAccess: Access = { events: new Guards(new Map(), eventDefaults), logs: new Guards(new Map(), eventDefaults) };
