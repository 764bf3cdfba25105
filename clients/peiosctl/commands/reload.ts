import { isUp, lifecycle } from '../lifecycle.ts';

export const reload = lifecycle({
  usage: 'SERVICE [--wait]',
  text: 'Has a service read its configuration again.',
  waits: 'no',
  ask: (client, request) => client.reload(request),
  succeeded: (answer) => isUp(answer) && !('mode' in answer && answer.mode === 'failed'),
});
