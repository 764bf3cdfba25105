import type { SubscribeResponse } from '../../gen/control/types.ts';
import type { Cause, State } from '../../gen/service/types.ts';
import { ConnectionError } from '../typescript/transport.ts';
import type { Context } from './command.ts';

interface Seen {
  readonly state: State;
  readonly cause: Cause | null;
}

/** How an operation ended. */
export interface OperationEnd {
  readonly completed: boolean;
  /** What the service was then; null where it is not told, as for what was not completed: its step comes later. */
  readonly seen: Seen | null;
  /** Why it was not completed, where more is known. */
  readonly reason: string | null;
}

export interface OperationFollower {
  /** Resolves at the end of the operation, however long ago that was; rejects with a ConnectionError when nobody tells any more. */
  end(operation: string): Promise<OperationEnd>;
  close(): void;
}

/**
 * Ends of operations as the events tell them, on a connection of its own; resolves when nothing can be missed any more. Waiting requests
 * would be answered one after the other: each is looked at when the one before it is over (D-68).
 */
export async function followOperations(context: Context): Promise<OperationFollower> {
  const transport = await context.connect(true);
  const events = transport.stream('subscribe', { events: ['operation.*', 'service.state'] });
  const ended = new Map<string, OperationEnd>();
  const causes = new Map<string, Cause>();
  /** Operations that joined another one. */
  const joined = new Map<string, string>();
  let look = (): void => undefined;
  let changed = new Promise<void>((resolve) => {
    look = resolve;
  });
  let lost = false;

  async function read(): Promise<void> {
    for await (const line of events) {
      const event = line as SubscribeResponse;
      if (event.kind === 'lagged') return;
      if (!note(event)) continue;
      const wake = look;
      changed = new Promise((resolve) => {
        look = resolve;
      });
      wake();
    }
  }

  function note(line: SubscribeResponse): boolean {
    switch (line.event) {
      case 'service.state':
        causes.set(line.payload.service, line.payload.cause);
        return false;
      case 'operation.completed': {
        const { operation_id, result, service } = line.payload;
        const seen = result === null ? null : { state: result, cause: causes.get(service) ?? null };
        ended.set(operation_id, { completed: true, seen, reason: null });
        return true;
      }
      case 'operation.failed':
        ended.set(line.payload.operation_id, { completed: false, seen: null, reason: line.payload.failure_reason });
        return true;
      case 'operation.cancelled':
      case 'operation.aborted':
        ended.set(line.payload.operation_id, { completed: false, seen: null, reason: line.payload.reason });
        return true;
      case 'operation.merged':
        if (line.payload.merged_into !== null) joined.set(line.payload.operation_id, line.payload.merged_into);
        return true;
      default:
        return false;
    }
  }

  read()
    .catch(() => undefined)
    .then(() => {
      lost = true;
      look();
    });
  await events.opened.catch(() => undefined);

  return {
    async end(operation) {
      for (;;) {
        let id = operation;
        for (let next = joined.get(id); next !== undefined; next = joined.get(id)) id = next;
        const how = ended.get(id);
        if (how !== undefined) return how;
        if (lost) throw new ConnectionError(`peinit tells no events any more; peiosctl operation-status ${id} tells what became of it`);
        await changed;
      }
    },
    close: () => transport.close(),
  };
}
