import { isUp, lifecycle } from '../lifecycle.ts';

export const restart = lifecycle({
  text: 'Stops services and starts them again.',
  more: ['A service that is down is started.'],
  states: null,
  waits: true,
  examples: [
    { line: 'restart web', text: 'restarts web and waits until it is up again' },
    { line: 'restart web worker', text: 'restarts both; a service may name itself here' },
    { line: 'restart web --no-wait', text: 'answers at once' },
  ],
  failed: 'refused, or the service did not come up again',
  done: 'restarted',
  ask: (client, request) => client.restart(request),
  succeeded: isUp,
});
