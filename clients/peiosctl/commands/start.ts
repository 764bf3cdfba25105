import { isUp, lifecycle } from '../lifecycle.ts';

export const start = lifecycle({
  text: 'Starts services with all they require.',
  states: ['inactive', 'failed', 'skipped', 'completed', 'backoff'],
  waits: true,
  examples: [
    { line: 'start web', text: 'starts web and waits until it is up' },
    { line: "start db 'web-*'", text: 'starts db and all whose names begin with web-, and tells of each as it is up' },
    { line: 'start web --no-wait', text: 'answers at once; status web tells how far it is' },
    { line: 'start web && deploy', text: 'goes on only when web is up' },
  ],
  failed: 'refused, or the service did not come up',
  done: 'started',
  ask: (client, request) => client.start(request),
  succeeded: isUp,
});
