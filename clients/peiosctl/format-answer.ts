import type { ReloadResponse, StartResponse, StatusResponse } from '../../gen/control/types.ts';
import type { Context } from './command.ts';
import { because } from './format-status.ts';
import { hanging, painter, paintState } from './paint.ts';

/** What the commands that act on a service are answered. */
export type Answer = StartResponse | ReloadResponse | StatusResponse;

/** Where a service is after an answer, on a line or more. `pending`: what keeps the operation from beginning. */
export function formatAnswer(answer: Answer, context: Context, pending: string | null = null): readonly string[] {
  const paint = painter(context.options.color);
  // While it reloads nothing is known of the outcome.
  const mode = 'mode' in answer && answer.state !== 'reloading' ? ` (reload ${answer.mode})` : '';
  const why = answer.cause === null ? '' : `, ${because(answer.cause)}`;
  // Whoever may not query the service hears of it only how it ends.
  const state = answer.state === null ? 'asked for; how it goes on is not yours to see' : paintState(paint, answer.state);
  const lines = [`${answer.service}: ${state}${why}${mode}${pending === null ? '' : `; ${pending}`}`];
  if (!('operation_id' in answer)) return [`${lines[0]} (nothing to do)`];
  if ('outcome' in answer && (answer.outcome === 'cancelled' || answer.outcome === 'aborted'))
    lines.push(`  its operation was ${answer.outcome}: another one took its place`);
  return [...lines, ...answer.warnings.flatMap((warning) => hanging('  ', `warning: ${warning}`, context.options.width))];
}
