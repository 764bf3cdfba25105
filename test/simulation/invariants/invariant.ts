/** What must hold after every event. An invariant sees what the policy does and says when something is wrong. */
import type { Effect } from '../../../src/policy/effects.ts';
import type { PolicyEvent } from '../../../src/policy/events.ts';
import type { StatefulPolicy } from '../../../src/policy/policy.ts';
import type { Stamp } from '../../../src/policy/time.ts';
import type { Handled } from '../../../src/policy/view.ts';
import type { OutputRoom } from '../output/room.ts';
import type { Plan } from '../plan.ts';
import type { World } from '../world.ts';
import type { Observed } from './observed.ts';

export interface Scene {
  readonly plan: Plan;
  readonly policy: StatefulPolicy;
  readonly world: World;
  readonly observed: Observed;
  /** Null: nobody writes in this life, and there is no event daemon. */
  readonly output: OutputRoom | null;
}

export interface Happening {
  readonly event: PolicyEvent;
  readonly step: Handled;
  readonly stamp: Stamp;
}

export interface Invariant {
  /** One effect of the event, before it is carried out. */
  effect?(effect: Effect, happening: Happening): void;
  /** After the event; its effects have been carried out as far as they are at once. */
  after?(happening: Happening): void;
  /** All of the machine, now and then. */
  sweep?(stamp: Stamp): void;
  /** Everything has been quiet for long: nothing may be left that never ends. */
  calm?(stamp: Stamp): void;
  /** Everything was stopped long ago and has no definition any more. */
  emptied?(stamp: Stamp): void;
  /** The shutdown is over. */
  end?(stamp: Stamp): void;
}

export class Violation extends Error {}

export function must(holds: boolean, message: () => string): asserts holds {
  if (!holds) throw new Violation(message());
}
