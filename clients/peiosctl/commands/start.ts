import { isUp, lifecycle } from '../lifecycle.ts';

export const start = lifecycle({
  usage: 'SERVICE [--no-wait]',
  text: 'Starts a service with all it requires.',
  waits: 'yes',
  ask: (client, request) => client.start(request),
  succeeded: isUp,
});
