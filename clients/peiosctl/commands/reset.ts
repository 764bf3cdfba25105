import { lifecycle } from '../lifecycle.ts';

export const reset = lifecycle({
  usage: 'SERVICE',
  text: 'Clears failed, abandoned or skipped.',
  waits: 'never',
  ask: (client, { service }) => client.reset({ service }),
  succeeded: () => true,
});
