/**
 * What becomes of services, one change after the other, for as long as somebody takes them. A stream that ends is opened again after the
 * last event that was seen: events that peinit still holds are told then, and nothing was missed. Where some are gone, or another boot
 * answers, the reader is told to read states anew. O-115.
 */
import type { SubscribeResponse } from '../../gen/control/types.ts';
import { ControlClient } from '../typescript/generated/client.ts';
import { Patience } from '../typescript/patience.ts';
import type { ControlTransport } from '../typescript/transport.ts';
import { ConnectionError } from '../typescript/transport.ts';
import type { Context } from './command.ts';

type Told = Extract<SubscribeResponse, { readonly event: string }>;

export type Change =
  | { readonly kind: 'event'; readonly line: Told }
  /** Something may have happened that nobody tells any more; from here on nothing is missing. */
  | { readonly kind: 'anew'; readonly why: 'lost' | 'reboot' };

export interface ServiceChanges extends AsyncIterable<Change> {
  close(): void;
}

/** For how long a peinit that has gone is looked for. */
const patienceMs = 60_000;
/** Before a stream is opened again that ended without a word. */
const emptyPauseMs = 100;

interface Opened {
  readonly transport: ControlTransport;
  readonly lines: AsyncIterable<unknown>;
  readonly boot: string;
}

/** Resolves when nothing can be missed any more. `globs`: which events. `seen`: the last one that the reader knows; null: none. */
export async function followChanges(
  context: Pick<Context, 'connect' | 'complain'>,
  globs: readonly string[],
  seen: { readonly boot: string; readonly id: number } | null = null,
): Promise<ServiceChanges> {
  let lastId = seen === null ? null : seen.id;
  let isClosed = false;
  let current = await open(seen === null ? null : seen.boot);

  /** `boot`: the one whose events were seen; null: none. */
  async function open(boot: string | null): Promise<Opened> {
    const transport = await context.connect(true);
    try {
      // Nothing else can be asked once it streams.
      const { boot_id: now } = await new ControlClient(transport).machineStatus();
      const since = boot === now && lastId !== null ? { since: lastId } : {};
      const lines = transport.stream('subscribe', { events: globs, ...since });
      await lines.opened;
      return { transport, lines, boot: now };
    } catch (error) {
      transport.close();
      throw error;
    }
  }

  /** After an end that nobody wanted. */
  async function reopen({ transport, boot }: Opened): Promise<Opened> {
    transport.close();
    const patience = new Patience(patienceMs, () =>
      context.complain(`peinit is gone from its socket; looking for it for ${patienceMs / 1000} s`),
    );
    for (;;) {
      try {
        return await open(boot);
      } catch (error) {
        if (isClosed || !(error instanceof ConnectionError) || !(await patience.pause())) throw error;
      }
    }
  }

  async function* taken(): AsyncGenerator<Change> {
    for (let isFirst = true; ; isFirst = false) {
      let isHeard = false;
      for await (const each of current.lines) {
        const line = each as SubscribeResponse;
        // As the first line it says that some of what was asked for is gone; else it is the last one.
        if (line.event === undefined && !isHeard && !isFirst) yield { kind: 'anew', why: 'lost' };
        isHeard = true;
        if (line.event === undefined) continue;
        lastId = line.id ?? lastId;
        yield { kind: 'event', line };
      }
      if (isClosed) return;
      if (!isHeard) await new Promise((done) => setTimeout(done, emptyPauseMs));
      const { boot } = current;
      current = await reopen(current);
      const isOther = current.boot !== boot;
      if (isOther || lastId === null) yield { kind: 'anew', why: isOther ? 'reboot' : 'lost' };
      if (isOther) lastId = null;
    }
  }

  return {
    [Symbol.asyncIterator]: taken,
    close() {
      isClosed = true;
      current.transport.close();
    },
  };
}
