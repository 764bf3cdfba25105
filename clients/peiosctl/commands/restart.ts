import { isUp, lifecycle } from '../lifecycle.ts';

export const restart = lifecycle({
  usage: 'SERVICE [--no-wait]',
  text: 'Stops a service and starts it again.',
  waits: 'yes',
  ask: (client, request) => client.restart(request),
  succeeded: isUp,
});
