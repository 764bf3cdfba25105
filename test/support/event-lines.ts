/** Lines that subscribe streams, judged by the schema. */
import { isPayload } from '../../gen/events/check.ts';
import type { EventName } from '../../gen/events/events.ts';
import { eventNames } from '../../gen/events/events.ts';

const isEventName = (name: unknown): name is EventName => (eventNames as readonly unknown[]).includes(name);

/** Whether a line carries an event of the schema that says what the schema wants it to say. */
export const isEventLine = ({ kind, event, payload }: { readonly [member: string]: unknown }): boolean =>
  kind === 'event' && isEventName(event) && isPayload[event](payload);
