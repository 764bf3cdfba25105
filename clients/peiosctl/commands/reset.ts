import { lifecycle } from '../lifecycle.ts';

export const reset = lifecycle({
  text: 'Clears failed, abandoned or skipped services.',
  more: ['The service is inactive then, and its restarts are counted from the beginning. start does that by itself.'],
  states: ['failed', 'abandoned', 'skipped'],
  waits: false,
  examples: [
    { line: 'reset web', text: 'forgets the failure of web' },
    { line: "reset 'web-*'", text: 'those of all whose names begin with web-' },
  ],
  failed: 'refused: the service is in another state',
  done: 'reset',
  ask: (client, { service }) => client.reset({ service }),
  succeeded: () => true,
});
