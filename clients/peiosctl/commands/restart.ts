import { isUp, lifecycle } from '../lifecycle.ts';

export const restart = lifecycle({
  text: 'Stops a service and starts it again.',
  more: ['A service that is down is started.'],
  states: null,
  waits: 'yes',
  examples: [
    { line: 'restart web', text: 'restarts web and waits until it is up again' },
    { line: 'restart web --no-wait', text: 'answers at once' },
  ],
  failed: 'refused, or the service did not come up again',
  ask: (client, request) => client.restart(request),
  succeeded: isUp,
});
