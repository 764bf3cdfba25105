import { lifecycle } from '../lifecycle.ts';

export const stop = lifecycle({
  usage: 'SERVICE [--no-wait]',
  text: 'Stops a service.',
  waits: 'yes',
  ask: (client, request) => client.stop(request),
  succeeded: ({ state }) => state === 'inactive' || state === 'skipped' || state === 'failed',
});
