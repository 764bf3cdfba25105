/** The query socket of an event daemon that keeps records in a list, and may end at any byte. */
import { mkdtempSync, rmSync } from 'node:fs';
import type { Server, Socket } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';
import type { EventEntry, LogEntry, LogsRequest, StoredBoot } from '../../gen/output/types.ts';

type Entry = LogEntry | EventEntry;

interface Asked extends Pick<LogsRequest, 'services' | 'most' | 'order' | 'after' | 'follow' | 'text' | 'ignore_case' | 'boot'> {
  readonly id: number;
  readonly op: string;
}

export interface FakeQuery {
  readonly path: string;
  /** What was asked, in order, without ids. */
  readonly asked: Readonly<Record<string, unknown>>[];
  /** Stores them, and tells those who follow. */
  store(...entries: readonly Entry[]): void;
  /** After so many more bytes it ends all connections, in the middle of a line as well. Null: never. */
  endAfter(bytes: number | null): void;
  /** Ends all connections, and takes no new ones until it is started again. */
  stop(): Promise<void>;
  start(): Promise<void>;
  /** All that is stored is gone, and cursors mean nothing any more. */
  replace(): void;
  /** The next request is refused with it. */
  refuse(code: string, message: string): void;
  /** Whether answers say that something was left out. */
  hide(isHidden: boolean): void;
  readonly connections: number;
}

export interface FakeQueryOptions {
  readonly path?: string;
  readonly boots?: readonly StoredBoot[];
  /** How many entries a part has at most. */
  readonly partLength?: number;
}

export async function fakeQuery(t: Pick<Test, 'teardown'>, options: FakeQueryOptions = {}): Promise<FakeQuery> {
  const directory = mkdtempSync(join(tmpdir(), 'peinit-query-'));
  const path = options.path ?? join(directory, 'query.sock');
  const partLength = options.partLength ?? 3;
  const asked: Readonly<Record<string, unknown>>[] = [];
  const sockets = new Set<Socket>();
  const followers = new Set<() => void>();
  let entries: Entry[] = [];
  let generation = 0;
  let bytesLeft = Number.POSITIVE_INFINITY;
  let refusal: { readonly code: string; readonly message: string } | null = null;
  let connections = 0;
  let isHidden = false;
  let server: Server | null = null;

  function send(socket: Socket, line: object): void {
    const bytes = Buffer.from(`${JSON.stringify(line)}\n`);
    if (socket.destroyed) return;
    if (bytes.length <= bytesLeft) socket.write(bytes);
    else {
      const all = [...sockets];
      sockets.clear();
      socket.write(bytes.subarray(0, bytesLeft), () => {
        for (const each of all) each.destroy();
      });
      socket.end();
      bytesLeft = 0;
      return;
    }
    bytesLeft -= bytes.length;
  }

  const isAsked = (entry: Entry, { services, text, ignore_case: ignoresCase, boot }: Asked): boolean => {
    if (boot !== undefined && entry.boot_id !== boot) return false;
    if (entry.kind === 'gap') return true;
    const service = entry.kind === 'line' ? entry.service : ((entry.payload as { service?: string | null }).service ?? null);
    if (services !== undefined && !services.some((name) => name.toLowerCase() === service?.toLowerCase())) return false;
    const fold = (words: string): string => (ignoresCase === true ? words.toLowerCase() : words);
    return text === undefined || (entry.kind === 'line' && fold(entry.text).includes(fold(text)));
  };

  function answer(socket: Socket, request: Asked): void {
    const { id, after, follow, most, order } = request;
    const [of, place] = (after ?? '').split(':').map(Number);
    if (after !== undefined && of !== generation)
      return send(socket, { id, status: 'error', code: 'INVALID_CURSOR', message: `cursor: ${after} is none of this database` });
    const backwards = order === 'newest' && follow !== true;
    const places = entries.map((_, at) => at).filter((at) => isAsked(entries[at]!, request));
    const behind = places.filter((at) => after === undefined || (backwards ? at < place! : at > place!));
    const lines = behind.filter((at) => entries[at]!.kind !== 'gap');
    const oldest = most === undefined || order !== 'newest' ? 0 : most === 0 ? Number.POSITIVE_INFINITY : (lines.at(-most) ?? 0);
    const newest =
      most === undefined || order === 'newest' ? Number.POSITIVE_INFINITY : most === 0 ? -1 : (lines[most - 1] ?? Number.POSITIVE_INFINITY);
    const wanted = behind.filter((at) => at >= oldest && at <= newest);
    if (backwards) wanted.reverse();
    let end = follow === true ? entries.length - 1 : null;
    do {
      const part = wanted.splice(0, partLength);
      const isLast = wanted.length === 0;
      const at = isLast && end !== null ? end : (part.at(-1) ?? null);
      const cursor = at === null ? null : `${generation}:${at}`;
      send(socket, {
        id,
        status: 'ok',
        entries: part.map((each) => entries[each]),
        more: follow === true || !isLast,
        caught_up: isLast,
        cursor,
        ...(isHidden ? { left_out: true } : {}),
      });
    } while (wanted.length > 0);
    if (end === null) return;
    const later = (): void => {
      for (let at = end! + 1; at < entries.length; at++)
        if (isAsked(entries[at]!, request))
          send(socket, { id, status: 'ok', entries: [entries[at]], more: true, caught_up: true, cursor: `${generation}:${at}` });
      end = entries.length - 1;
    };
    followers.add(later);
    socket.once('close', () => followers.delete(later));
  }

  function received(socket: Socket, line: string): void {
    const request = JSON.parse(line) as Asked;
    const { id, ...rest } = request;
    asked.push(rest);
    if (refusal !== null) {
      send(socket, { id, status: 'error', ...refusal });
      refusal = null;
    } else if (request.op === 'boots') send(socket, { id, status: 'ok', boots: options.boots ?? [] });
    else answer(socket, request);
  }

  const start = (): Promise<void> =>
    new Promise((resolve) => {
      rmSync(path, { force: true });
      server = createServer((socket) => {
        connections += 1;
        sockets.add(socket);
        let pending = '';
        socket.on('error', () => undefined).once('close', () => sockets.delete(socket));
        socket.setEncoding('utf8').on('data', (text: string) => {
          const lines = (pending + text).split('\n');
          pending = lines.pop() ?? '';
          for (const each of lines) received(socket, each);
        });
      });
      server.listen(path, resolve);
    });

  const stop = (): Promise<void> =>
    new Promise((resolve) => {
      for (const socket of sockets) socket.destroy();
      if (server === null) return resolve();
      server.close(() => resolve());
      server = null;
    });

  t.teardown(async () => {
    await stop();
    rmSync(directory, { recursive: true, force: true });
  });
  await start();
  return {
    path,
    asked,
    store(...more) {
      entries.push(...more);
      for (const follower of [...followers]) follower();
    },
    endAfter(bytes) {
      bytesLeft = bytes ?? Number.POSITIVE_INFINITY;
    },
    stop,
    start,
    replace() {
      entries = [];
      generation += 1;
      followers.clear();
      for (const socket of sockets) socket.destroy();
    },
    refuse(code, message) {
      refusal = { code, message };
    },
    hide(hidden) {
      isHidden = hidden;
    },
    get connections() {
      return connections;
    },
  };
}

/** A line of the service web; its text is its id unless told. */
export const line = (id: number, more: Partial<Extract<LogEntry, { readonly kind: 'line' }>> = {}): LogEntry => ({
  kind: 'line',
  boot_id: 'boot-1',
  id,
  service: 'web',
  origin: 'web',
  job_id: 'job-1',
  is_error: false,
  timestamp: `2026-06-01T12:00:00.${`${id}`.padStart(9, '0')}Z`,
  text: `${id}`,
  ...more,
});

export const lines = (from: number, to: number): LogEntry[] => Array.from({ length: to - from + 1 }, (_, at) => line(from + at));
