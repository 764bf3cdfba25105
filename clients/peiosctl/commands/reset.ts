import { lifecycle } from '../lifecycle.ts';

export const reset = lifecycle({
  text: 'Clears failed, abandoned or skipped.',
  more: ['The service is inactive then, and its restarts are counted from the beginning. start does that by itself.'],
  states: ['failed', 'abandoned', 'skipped'],
  waits: 'never',
  examples: [{ line: 'reset web', text: 'forgets the failure of web' }],
  failed: 'refused: the service is in another state',
  ask: (client, { service }) => client.reset({ service }),
  succeeded: () => true,
});
