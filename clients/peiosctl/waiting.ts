import type { StatusResponse } from '../../gen/control/types.ts';
import { ControlClient } from '../typescript/generated/client.ts';
import type { Context } from './command.ts';
import { inWords } from './paint.ts';
import { formatSpan } from './time.ts';

/** So long a command is silent before it says what it waits for. */
export const patienceMs = 2000;

/** The answer; where somebody looks on and it takes a while, standard error tells once what is being waited for. */
export async function tellingWhy<Answer>(context: Context, service: string, answer: Promise<Answer>): Promise<Answer> {
  if (!context.options.attended) return answer;
  const timer = setTimeout(() => {
    // The answer itself tells of a peinit that is gone.
    tell(context, service).catch(() => undefined);
  }, patienceMs);
  try {
    return await answer;
  } finally {
    clearTimeout(timer);
  }
}

/** On a connection of its own: requests behind one that waits are answered after it. */
async function tell(context: Context, service: string): Promise<void> {
  const transport = await context.connect();
  try {
    const status = await new ControlClient(transport).status({ service });
    // It is over, and the answer is on its way.
    if (status.current_operation === null && status.waiting_for.length === 0) return;
    context.complain(`${waitedFor(status)}; Ctrl-C ends the waiting only`);
  } finally {
    transport.close();
  }
}

/** `web is in backoff, its next attempt comes in 8 s`. */
export function waitedFor({ service, state, restart, waiting_for }: StatusResponse): string {
  if (state === 'backoff' && restart?.next_attempt_seconds != null)
    return (
      `${service} is in backoff, its next attempt comes in ${formatSpan(restart.next_attempt_seconds)} ` +
      '(stop and start do not wait for it)'
    );
  return waiting_for.length === 0
    ? `${service} is ${inWords(state)}`
    : `${service} is ${inWords(state)} and waits for ${waiting_for.join(', ')}`;
}
