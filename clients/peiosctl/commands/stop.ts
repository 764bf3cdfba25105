import { lifecycle } from '../lifecycle.ts';

export const stop = lifecycle({
  text: 'Stops services.',
  more: ['What requires it or is bound to it stops as well. What does not end within its StopTimeout is killed.'],
  states: ['active', 'reloading', 'starting', 'backoff', 'completed'],
  waits: 'yes',
  examples: [
    { line: 'stop web', text: 'stops web and waits for its end' },
    { line: "stop 'web-*' db", text: 'stops them side by side' },
    { line: 'stop web --no-wait', text: 'answers at once' },
  ],
  failed: 'refused, or the service did not stop',
  done: 'stopped',
  ask: (client, request) => client.stop(request),
  succeeded: ({ state }) => state === 'inactive' || state === 'skipped' || state === 'failed',
});
