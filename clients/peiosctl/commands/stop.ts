import { lifecycle } from '../lifecycle.ts';

export const stop = lifecycle({
  text: 'Stops services.',
  more: ['What is bound to it (BindsTo) stops as well; what only requires it goes on. What does not end within its StopTimeout is killed.'],
  states: ['active', 'reloading', 'starting', 'backoff', 'completed'],
  waits: true,
  examples: [
    { line: 'stop web', text: 'stops web and waits for its end' },
    { line: "stop 'web-*' db", text: 'stops them side by side' },
    { line: 'stop web --strict', text: 'exits with 1 as well where something did not end and was killed' },
    { line: 'stop web --no-wait', text: 'answers at once' },
  ],
  failed: 'refused, or the service did not stop; with --strict: or it had to be killed',
  done: 'stopped',
  ask: (client, request) => client.stop(request),
  own: ['strict'],
  succeeded(answer, { values }) {
    const { state } = answer;
    // Of a service that was down already the status says what had to be killed then.
    if (values.strict === true && 'operation_id' in answer && 'forced' in answer && answer.forced === true) return false;
    return state === 'inactive' || state === 'skipped' || state === 'failed';
  },
});
