import type { State } from '../../gen/service/types.ts';
import type { ControlClient } from '../typescript/generated/client.ts';
import type { Command, Context } from './command.ts';
import { exitStatus } from './exit-statuses.ts';
import type { FollowedLines } from './follow-lines.ts';
import type { Answer } from './format-answer.ts';
import { formatAnswer } from './format-answer.ts';
import { formatTrouble } from './format-status.ts';
import type { OptionName } from './options.ts';
import { pendingNote } from './pending.ts';
import { serviceNames } from './service-names.ts';
import { inJson, troubleOf } from './trouble.ts';
import { UsageError } from './usage-error.ts';
import { tellingWhy } from './waiting.ts';

/** What is particular to a command that acts on services. */
export interface Lifecycle extends Pick<Command, 'text' | 'more' | 'examples'> {
  /** States of the services that completions offer; null: all. */
  readonly states: readonly State[] | null;
  /** In all other states it is refused, so a pattern names only those in `states`. */
  readonly refusedElsewhere?: boolean;
  /** It waits for the end unless told otherwise, whatever the wire's default is; false: it is over when it is answered. */
  readonly waits: boolean;
  /** What exit status 1 means. */
  readonly failed: string;
  /** Said of the services in the summary: `started`. */
  readonly done: string;
  readonly ask: (client: ControlClient, request: { service: string; wait?: boolean }) => Promise<Answer>;
  /** Options of its own. */
  readonly own?: readonly OptionName[];
  /** Whether the service ended up where the command wanted it. */
  readonly succeeded: (answer: Answer, options: Context['options']) => boolean;
}

/** Whether this call of it waits for the end. */
const doesWait = ({ waits }: Lifecycle, { wait }: Context['options']): boolean => waits && (wait ?? true);

/** One that was stopped meanwhile is down without having failed: then the operation says so. O-39. */
export const isUp = (answer: Answer): boolean => {
  const { state } = answer;
  const carriedOut = !('outcome' in answer) || answer.outcome === undefined || answer.outcome === 'completed';
  return carriedOut && state !== 'failed' && state !== 'backoff' && state !== 'abandoned';
};

/** Told by each command that takes services. */
export const globs = 'Several names and patterns (`web-*`, quoted) are taken at once; a service that is named twice counts once.';

/** A command that acts on services and tells where each ended up, and why where that is not where it should be. */
export function lifecycle(shape: Lifecycle): Command {
  const { text, more = [], examples, own = [], states, waits, failed } = shape;
  return {
    text,
    more: [...more, ...(waits ? ['--follow shows what the services write meanwhile.'] : []), globs],
    examples,
    group: 'services',
    arguments: [
      {
        name: 'SERVICE',
        is: { kind: 'service', ...(states === null ? {} : { states }) },
        text: 'name of a service, or a pattern that matches names',
        count: 'several',
      },
    ],
    options: [...(waits ? (['no-wait', 'follow'] as const) : []), ...own],
    alsoTakes: waits ? ['wait'] : [],
    exits: { failed },
    async run(context) {
      const willWait = doesWait(shape, context.options);
      const follows = context.options.values.follow === true;
      if (follows && !willWait) throw new UsageError('--follow and --no-wait contradict each other');
      const client = await context.control(willWait);
      const names = await serviceNames(client, context.arguments, shape.refusedElsewhere === true ? states : null);
      const [only] = names;
      if (only === undefined) {
        if (!context.options.json) context.print(`${shape.done}: none; no service that matches is ${(states ?? []).join(' or ')}`);
        return exitStatus.done;
      }
      const lines = follows ? await (await import('./follow-lines.ts')).followLines(context, client, names) : null;
      try {
        if (names.length === 1) return await one(shape, context, client, { service: only, wait: willWait, lines });
        const { runSeveral } = await import('./several.ts');
        return await runSeveral(shape, context, client, { names, waits: willWait, lines });
      } finally {
        lines?.close();
      }
    },
  };
}

/** peinit itself waits for the end, and its answer counts. */
async function one(
  { waits, ask, succeeded }: Lifecycle,
  context: Context,
  client: ControlClient,
  { service, wait, lines }: { readonly service: string; readonly wait: boolean; readonly lines: FollowedLines | null },
): Promise<number> {
  const { json } = context.options;
  const answer = await tellingWhy(context, service, ask(client, { service, wait }));
  const missed = (wait || !waits) && !succeeded(answer, context.options);
  const more = missed || (!json && answer.state === 'skipped') ? await troubleOf(client, answer) : null;
  await lines?.caughtUp();
  if (json) context.print(JSON.stringify(inJson(answer, more)));
  else for (const line of formatAnswer(answer, context, wait || !waits ? null : await pendingNote(client, answer))) context.print(line);
  if (!json && more !== null) for (const line of formatTrouble(more, context.options.width, lines === null)) context.print(line);
  return missed ? exitStatus.failed : exitStatus.done;
}
