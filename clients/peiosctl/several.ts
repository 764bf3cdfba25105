import type { ControlClient } from '../typescript/generated/client.ts';
import { ConnectionError } from '../typescript/transport.ts';
import type { Context } from './command.ts';
import { exitStatus } from './exit-statuses.ts';
import type { FollowedLines } from './follow-lines.ts';
import type { OperationFollower } from './follow-operations.ts';
import { followOperations } from './follow-operations.ts';
import type { Answer } from './format-answer.ts';
import { formatAnswer } from './format-answer.ts';
import { formatTrouble } from './format-status.ts';
import type { Lifecycle } from './lifecycle.ts';
import { pendingNote } from './pending.ts';
import { refusedOne } from './service-names.ts';
import { inJson, troubleOf } from './trouble.ts';
import { patienceMs } from './waiting.ts';

/**
 * A command on several services (O-51): all requests go out in one piece on one connection and none waits, so that they happen side by
 * side and nothing is lost when one of them ends the caller itself. A second connection follows the operations, and each service is told
 * of as it ends.
 */
export async function runSeveral(
  shape: Lifecycle,
  context: Context,
  client: ControlClient,
  { names, waits, lines }: { readonly names: readonly string[]; readonly waits: boolean; readonly lines: FollowedLines | null },
): Promise<number> {
  const follower = waits ? await followOperations(context) : null;
  const open = new Set(names);
  const missed: string[] = [];
  const endWatch = watchOpen(context, open);

  async function each(service: string): Promise<void> {
    try {
      // Reset takes no word about waiting.
      const acknowledged = await shape.ask(client, { service, wait: false });
      const { answer, well } = await outcome(acknowledged, follower, client, shape, context);
      open.delete(service);
      if (!well && (waits || !shape.waits)) missed.push(answer.service);
      await tell(answer, waits && !well);
    } catch (error) {
      await refusedOne(context, client, service, error);
      open.delete(service);
      missed.push(service);
    }
  }

  async function tell(answer: Answer, trouble: boolean): Promise<void> {
    const { json, width } = context.options;
    const pending = waits || !shape.waits || json ? null : await pendingNote(client, answer);
    // Asked for first, so that nothing comes between the lines of one service.
    const more = trouble || (!json && answer.state === 'skipped') ? await troubleOf(client, answer) : null;
    await lines?.caughtUp();
    if (json) return context.print(JSON.stringify(inJson(answer, more)));
    for (const line of formatAnswer(answer, context, pending)) context.print(line);
    if (more !== null) for (const line of formatTrouble(more, width, lines === null)) context.print(line);
  }

  try {
    await Promise.all(names.map(each));
  } catch (error) {
    if (error instanceof ConnectionError && open.size > 0) context.complain(stillOpen(open));
    throw error;
  } finally {
    endWatch();
    follower?.close();
  }
  if (!context.options.json) context.print(summary(shape, waits, names.length, missed));
  return missed.length === 0 ? exitStatus.done : exitStatus.failed;
}

/** What became of a request, waited for where there is a follower. */
async function outcome(
  acknowledged: Answer,
  follower: OperationFollower | null,
  client: ControlClient,
  { succeeded }: Lifecycle,
  { options }: Context,
): Promise<{ readonly answer: Answer; readonly well: boolean }> {
  if (follower === null || !('operation_id' in acknowledged)) return { answer: acknowledged, well: succeeded(acknowledged, options) };
  const { operation_id, service, warnings: before } = acknowledged;
  // Nobody is told how it ends who may not query it.
  if (operation_id === '') return { answer: acknowledged, well: false };
  const { completed, seen, reason } = await follower.end(operation_id);
  const { state, cause, detail, forced } = await client.status({ service });
  // What its detail says already is not said twice.
  const news = reason === null || (detail !== null && reason.includes(detail)) ? [] : [reason.replaceAll('_', ' ')];
  const killed = forced === null || seen?.state !== 'inactive' ? [] : [forced];
  const warnings = [...before, ...news, ...killed];
  // How a reload went is not told by its operation, only whether it did.
  const answer = {
    status: 'ok',
    operation_id,
    service,
    state: seen?.state ?? state,
    cause: seen?.cause ?? cause,
    warnings,
    forced: killed.length > 0,
  };
  return { answer, well: completed && succeeded(answer, options) };
}

function summary({ done, waits: usual }: Lifecycle, waited: boolean, count: number, missed: readonly string[]): string {
  const what = waited || !usual ? done : 'asked for';
  if (missed.length === 0) return `${what}: all ${count}`;
  return `${what}: ${count - missed.length} of ${count}, not ${missed.join(', ')}`;
}

const stillOpen = (open: ReadonlySet<string>): string => `still under way: ${[...open].join(', ')}; peiosctl status NAME tells how far`;

/** Whoever looks on is told once what is waited for, and at Ctrl-C what goes on without them. Ends with what it returns. */
function watchOpen(context: Context, open: ReadonlySet<string>): () => void {
  const interrupted = (): void => {
    process.off('SIGINT', interrupted);
    context.complain(stillOpen(open));
    // As if nobody had been asked: the shell sees the signal.
    process.kill(process.pid, 'SIGINT');
  };
  process.on('SIGINT', interrupted);
  const timer = setTimeout(() => {
    if (context.options.attended) context.complain(`waiting for ${[...open].join(', ')}; Ctrl-C ends the waiting only`);
  }, patienceMs);
  return () => {
    process.off('SIGINT', interrupted);
    clearTimeout(timer);
  };
}
