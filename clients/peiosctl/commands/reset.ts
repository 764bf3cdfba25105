import { lifecycle } from '../lifecycle.ts';

export const reset = lifecycle({
  text: 'Clears failed, abandoned or skipped services.',
  more: ['The service is inactive then, and its restarts are counted anew. start leaves failed by itself too, but keeps the count.'],
  states: ['failed', 'abandoned', 'skipped'],
  refusedElsewhere: true,
  waits: false,
  examples: [
    { line: 'reset web', text: 'forgets the failure of web' },
    { line: "reset '*'", text: 'all that are failed, abandoned or skipped' },
  ],
  failed: 'refused: the service is in another state',
  done: 'reset',
  ask: (client, { service }) => client.reset({ service }),
  succeeded: () => true,
});
