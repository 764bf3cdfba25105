import type { Policy } from '../policy/view.ts';
import type { Connection } from '../wire/control/protocol.ts';
import type { Caller } from './caller.ts';

/** A connection of the control socket with who is at its other end. */
export type Client = Connection<Caller>;

/** What control may ask the policy without an event. */
export type PolicyReader = Pick<
  Policy,
  'service' | 'services' | 'names' | 'operation' | 'jobs' | 'job' | 'machine' | 'explain' | 'firstStarts'
>;
