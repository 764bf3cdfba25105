import type { ReloadResponse, StartResponse, StatusResponse } from '../../gen/control/types.ts';
import type { State } from '../../gen/service/types.ts';
import type { ControlClient } from '../typescript/generated/client.ts';
import type { Command, Context } from './command.ts';
import { exitStatus } from './exit-statuses.ts';
import { because, formatTrouble } from './format-status.ts';
import { painter, paintState } from './paint.ts';
import { tellingWhy } from './waiting.ts';

type Answer = StartResponse | ReloadResponse | StatusResponse;

/** What is particular to a command that acts on a service. */
interface Lifecycle extends Pick<Command, 'text' | 'more' | 'examples'> {
  /** States of the services that completions offer; null: all. */
  readonly states: readonly State[] | null;
  /** Whether the command waits for the end by itself; never: it is over when it is answered. */
  readonly waits: 'yes' | 'no' | 'never';
  /** What exit status 1 means. */
  readonly failed: string;
  readonly ask: (client: ControlClient, request: { service: string; wait?: boolean }) => Promise<Answer>;
  /** Whether the service ended up where the command wanted it. */
  readonly succeeded: (answer: Answer) => boolean;
}

export const isUp = ({ state }: Answer): boolean => state !== 'failed' && state !== 'backoff' && state !== 'abandoned';

/** A command that acts on a service and tells where the service ended up, and why where that is not where it should be. */
export function lifecycle({ text, more = [], examples, states, waits, failed, ask, succeeded }: Lifecycle): Command {
  return {
    text,
    more,
    examples,
    group: 'services',
    arguments: [{ name: 'SERVICE', is: { kind: 'service', ...(states === null ? {} : { states }) }, text: 'name of the service' }],
    options: waits === 'never' ? [] : [waits === 'yes' ? 'no-wait' : 'wait'],
    alsoTakes: waits === 'never' ? [] : [waits === 'yes' ? 'wait' : 'no-wait'],
    exits: { failed },
    async run(context) {
      const [service = ''] = context.arguments;
      const { wait, json } = context.options;
      const client = await context.control();
      const answer = await tellingWhy(context, service, ask(client, wait === null ? { service } : { service, wait }));
      const missed = (wait ?? waits !== 'no') && !succeeded(answer);
      if (json) context.print(JSON.stringify(answer));
      else for (const line of describe(answer, context)) context.print(line);
      if ((missed || answer.state === 'skipped') && !json)
        for (const line of formatTrouble(await client.status({ service }), context.options.width)) context.print(line);
      return missed ? exitStatus.failed : exitStatus.done;
    },
  };
}

function describe(answer: Answer, context: Context): readonly string[] {
  const paint = painter(context.options.color);
  // While it reloads nothing is known of the outcome.
  const mode = 'mode' in answer && answer.state !== 'reloading' ? ` (reload ${answer.mode})` : '';
  const why = answer.cause === null ? '' : `, ${because(answer.cause)}`;
  const lines = [`${answer.service}: ${paintState(paint, answer.state)}${why}${mode}`];
  if (!('operation_id' in answer)) return [`${lines[0]} (nothing to do)`];
  return [...lines, ...answer.warnings.map((warning) => `  warning: ${warning}`)];
}
