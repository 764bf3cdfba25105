import type { Handler } from '../context.ts';
import { permitted } from '../permitted.ts';
import { timersOf } from '../timer-shape.ts';

/** Command timers: those of the services that the caller may query. O-133. */
export const timers: Handler<'timers'> = (context) => {
  const { desk, caller } = context;
  // Of services without timers nothing is told, so nothing is denied.
  const services = desk.policy.services().filter((service) => service.timers.length > 0);
  return {
    timers: Array.from(permitted(context, services)).flatMap(({ service }) => timersOf(desk, caller, service)),
    zone: desk.policy.machine().zone,
  };
};
