/**
 * The driver of the suite itself. It knows sockets and JSON and nothing of any library, so it can say everything, and what it saw is what
 * was on the wire.
 */
import type { DriverRequest } from '../../../gen/conformance/types.ts';
import type { Json, JsonObject } from '../json.ts';
import { isObject, printJson } from '../json.ts';
import { Closed, Connection } from './connection.ts';
import { Queue } from './queue.ts';
import { inService } from './service.ts';
import type { Call, Reply } from './session.ts';
import { failed, Session } from './session.ts';

export interface Driver {
  request(request: DriverRequest): Promise<Reply>;
  /** Leaves everything. */
  close(): void;
}

interface Stream {
  readonly session: Session;
  readonly lines: Queue<Json>;
  /** The connection was made for it. */
  readonly isOwn: boolean;
  /** Number of the watch, on the registry's socket. */
  readonly watch: number | null;
}

const done: Reply = { done: true };
const unknown = (what: string, name: string): Reply => failed('protocol', `there is no ${what} ${name}`);

export function createRawDriver(): Driver {
  const sessions = new Map<string, Session>();
  const calls = new Map<string, { readonly call: Call; readonly reply: Promise<Reply>; cancel: () => void }>();
  const streams = new Map<string, Stream>();

  /** The connection of that name, or why there is none. */
  const session = (name: string): Session | null => sessions.get(name) ?? null;

  async function open(kind: Session['kind'], path: string): Promise<Session | Reply> {
    try {
      return new Session(kind, await Connection.open(path));
    } catch (error) {
      if (error instanceof Closed) return failed('connection', error.message);
      throw error;
    }
  }

  function begin(on: Session, name: string, command: string, members: JsonObject, timeoutMs: number | undefined): Reply {
    const call = on.call(command, members);
    let cancel = (): void => {};
    const cancelled = new Promise<Reply>((resolve) => {
      cancel = () => resolve(failed('cancelled', 'the call was given up'));
    });
    const late =
      timeoutMs === undefined
        ? []
        : [
            new Promise<Reply>((resolve) =>
              setTimeout(() => resolve(failed('timeout', `no answer within ${timeoutMs} ms`)), timeoutMs).unref(),
            ),
          ];
    calls.set(name, { call, reply: Promise.race([call.answered, cancelled, ...late]), cancel });
    return done;
  }

  async function stream(on: Session, name: string, command: string, members: JsonObject, isOwn: boolean): Promise<Reply> {
    const lines = new Queue<Json>();
    const reply = await on.stream(command, members, lines);
    const watch = on.kind === 'registry' && isObject(reply.answer) ? Number(reply.answer['watch']) : null;
    if (reply.answer !== undefined) streams.set(name, { session: on, lines: watch === null ? lines : on.watched(watch), isOwn, watch });
    else if (isOwn) on.connection.close();
    return reply;
  }

  async function request(asked: DriverRequest): Promise<Reply> {
    switch (asked.do) {
      case 'open': {
        const opened = await open(asked.socket, asked.path);
        if (!(opened instanceof Session)) return opened;
        sessions.get(asked.connection)?.connection.close();
        sessions.set(asked.connection, opened);
        return done;
      }
      case 'close':
        session(asked.connection)?.connection.close();
        sessions.delete(asked.connection);
        return done;
      case 'call': {
        const on = session(asked.connection);
        return on === null
          ? unknown('connection', asked.connection)
          : begin(on, asked.call, asked.command, asked.members as JsonObject, asked.timeout_ms);
      }
      case 'answer': {
        const call = calls.get(asked.call);
        calls.delete(asked.call);
        return call === undefined ? unknown('call', asked.call) : call.reply;
      }
      case 'cancel': {
        const call = calls.get(asked.call);
        call?.cancel();
        return call === undefined ? unknown('call', asked.call) : done;
      }
      case 'stream': {
        const on = session(asked.connection);
        return on === null
          ? unknown('connection', asked.connection)
          : stream(on, asked.stream, asked.command, asked.members as JsonObject, false);
      }
      case 'submit': {
        const opened = await open('jobs', asked.path);
        return opened instanceof Session ? stream(opened, asked.stream, 'submit', asked.members as JsonObject, true) : opened;
      }
      case 'take': {
        const found = streams.get(asked.stream);
        if (found === undefined) return unknown('stream', asked.stream);
        const { values, ended } = await found.lines.take(asked.count, asked.timeout_ms);
        return { lines: values as readonly unknown[] as NonNullable<Reply['lines']>, ended };
      }
      case 'leave': {
        const found = streams.get(asked.stream);
        if (found === undefined) return unknown('stream', asked.stream);
        streams.delete(asked.stream);
        if (found.watch === null) found.session.connection.close();
        else await found.session.call('unwatch', { watch: found.watch }).answered;
        return done;
      }
      case 'send': {
        const on = session(asked.connection);
        if (on === null) return unknown('connection', asked.connection);
        on.connection.write(Buffer.from(asked.base64, 'base64'));
        if (asked.last === true) on.connection.finish();
        return done;
      }
      case 'line': {
        const on = session(asked.connection);
        if (on === null) return unknown('connection', asked.connection);
        const { values, ended } = await on.loose.take(1, asked.timeout_ms);
        const [line] = values;
        if (line !== undefined) return { line };
        return ended ? { ended: true } : failed('timeout', `no line within ${asked.timeout_ms} ms`);
      }
      default:
        return inService(asked);
    }
  }

  return {
    request: async (asked) => {
      try {
        return await request(asked);
      } catch (error) {
        return failed(
          'protocol',
          `the driver itself failed at ${printJson(asked)}: ${error instanceof Error ? error.stack : String(error)}`,
        );
      }
    },
    close() {
      for (const { session: on, isOwn } of streams.values()) if (isOwn) on.connection.close();
      for (const { connection } of sessions.values()) connection.close();
      streams.clear();
      sessions.clear();
      calls.clear();
    },
  };
}
