import { controlAcknowledgement, encodeFollowResponse } from '../../gen/control/encode.ts';
import { foldName } from '../policy/definition/names.ts';
import type { Origin } from '../policy/origin.ts';
import { originText } from '../policy/origin.ts';
import { formatTimestamp } from '../wire/timestamp.ts';
import type { Access } from './access.ts';
import type { Client } from './client.ts';
import type { Discretion } from './discretion.ts';

/** Whose lines they are. */
export interface LineWriter {
  readonly origin: Origin;
  readonly job: string;
  readonly isError: boolean;
}

/**
 * Whole lines of one stream that were read together, each ended by a newline, in `bytes` between `from` and `to` until this returns. `at`:
 * CLOCK_REALTIME nanoseconds.
 */
export type TakeLines = (writer: LineWriter, at: bigint, bytes: Uint8Array, from: number, to: number, lines: number) => void;

/**
 * Clients that read what services write, as it is written. What finds no room is lost to that client, counted and told before the next
 * lines that do: nobody who reads slowly holds memory of PID 1, or a service. O-116.
 */
export interface LineFollowers {
  /** Turns the client's connection into a stream. `services`: their keys; null: all that the caller may query. */
  open(client: Client, services: ReadonlySet<string> | null): void;
  readonly take: TakeLines;
  forget(client: Client): void;
  readonly size: number;
}

interface Follower {
  readonly services: ReadonlySet<string> | null;
  /** Lines that it was not told of yet. */
  lost: number;
  /** When something was refused last. */
  refusedAt: bigint;
}

/** Whoever has no room has none at once: until then lines are counted, and not made text. */
const pauseNs = 20_000_000n;

export function createLineFollowers(access: Access, discretion: Discretion): LineFollowers {
  const followers = new Map<Client, Follower>();
  const decoder = new TextDecoder();

  function textOf({ origin, job, isError }: LineWriter, at: bigint, bytes: Uint8Array): string {
    return encodeFollowResponse({
      kind: 'output',
      service: origin.service,
      origin: originText(origin),
      job_id: job,
      is_error: isError,
      timestamp: formatTimestamp(at),
      lines: decoder.decode(bytes).split('\n'),
    });
  }

  return {
    open(client, services) {
      followers.set(client, { services, lost: 0, refusedAt: -pauseNs });
      client.stream(controlAcknowledgement);
    },
    take(writer, at, bytes, from, to, lines) {
      if (followers.size === 0) return;
      const { service } = writer.origin;
      const key = foldName(service);
      let text: string | null = null;
      for (const [client, follower] of followers) {
        if (follower.services?.has(key) === false) continue;
        if (!discretion.sees(client.peer, service)) {
          if (access.hasStanding(client.peer)) continue;
          followers.delete(client);
          client.finish(null);
          continue;
        }
        const since = at - follower.refusedAt;
        if (since < 0n || since >= pauseNs) {
          // The last newline ends the last line.
          text ??= textOf(writer, at, bytes.subarray(from, to - 1));
          // Together or not at all: where there is room for the word alone, the next lines would find none again.
          if (client.send(follower.lost === 0 ? text : `${encodeFollowResponse({ kind: 'lagged', lost: follower.lost })}\n${text}`)) {
            follower.lost = 0;
            continue;
          }
          follower.refusedAt = at;
        }
        follower.lost += lines;
      }
    },
    forget(client) {
      followers.delete(client);
    },
    get size() {
      return followers.size;
    },
  };
}
