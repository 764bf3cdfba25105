import { isUp, lifecycle } from '../lifecycle.ts';

export const reload = lifecycle({
  text: 'Has services read their configuration again.',
  more: [
    'It gets SIGHUP, or what its ExecReload says. A reload is confirmed when the service says READY=1, advisory when it says nothing, ' +
      'failed when its command fails.',
    'This is about the configuration of the program; changes of its definition count without it (reload-config).',
  ],
  states: ['active'],
  refusedElsewhere: true,
  waits: true,
  examples: [
    { line: 'reload web', text: 'waits until the service has said that it is ready again, or two seconds where it says nothing' },
    { line: 'reload web --no-wait', text: 'answers at once, and says nothing of how it went' },
  ],
  failed: 'refused, the reload failed, or the service went down',
  done: 'reloaded',
  ask: (client, request) => client.reload(request),
  succeeded: (answer) => isUp(answer) && !('mode' in answer && answer.mode === 'failed'),
});
