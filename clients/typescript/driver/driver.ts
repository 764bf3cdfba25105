/** One request of the driver protocol after the other, by the library. */
import type { DriverReply, DriverRequest, OpenRequest, StreamRequest, SubmitJobRequest } from '../../../gen/conformance/types.ts';
import { requestMembers } from '../../../gen/jobs/check.ts';
import type { SubmitRequest, WatchRequest } from '../index.ts';
import { openControl, openEventd, openRegistry, submit } from '../index.ts';
import type { Opened } from './calls.ts';
import { call, exchangeOf, stream } from './calls.ts';
import { replyOf } from './failure.ts';
import { say, signals, stored } from './service.ts';
import { Taken } from './taken.ts';

interface Call {
  readonly reply: Promise<DriverReply>;
  readonly giveUp: AbortController;
}

const done: DriverReply = { done: true };
const asAnswer = (answer: unknown): DriverReply => ({ answer }) as DriverReply;
const each = (line: unknown): readonly unknown[] => [line];

const connections = new Map<string, Opened>();
const calls = new Map<string, Call>();
const streams = new Map<string, Taken>();

async function open({ socket, path }: OpenRequest): Promise<Opened> {
  switch (socket) {
    case 'control':
      return { socket, client: await openControl({ path, reconnects: false }) };
    case 'registry':
      return { socket, client: await openRegistry({ path }) };
    case 'query':
      return { socket, client: await openEventd({ path }) };
    case 'jobs':
      throw new Error('a job has a connection of its own, which submit makes');
    default:
      return socket satisfies never;
  }
}

function close(name: string): void {
  const opened = connections.get(name);
  connections.delete(name);
  if (opened?.socket === 'control') opened.client.close();
  else opened?.client.disconnect();
}

async function begin({ connection, stream: name, command, members }: StreamRequest): Promise<DriverReply> {
  const opened = connections.get(connection);
  if (opened === undefined) return unknown('connection', connection);
  const row = exchangeOf(opened, command);
  if (row?.kind === 'pushes' && opened.socket === 'registry') {
    const watched = await opened.client.watchKey(members as object as WatchRequest);
    streams.set(
      name,
      new Taken(
        watched,
        (batch) => batch as readonly unknown[],
        () => watched.close(),
      ),
    );
    return asAnswer({ watch: watched.watch });
  }
  if (row?.kind !== 'lines' && row?.kind !== 'parts') return { unsupported: `${command} is no stream of the library` };
  const lines = stream(opened, row, members);
  await lines.opened;
  const entries = (part: unknown): readonly unknown[] => (part as { readonly entries: readonly unknown[] }).entries;
  streams.set(name, new Taken(lines, row.kind === 'parts' ? entries : each, () => lines.leave()));
  return asAnswer({});
}

async function run({ stream: name, path, members }: SubmitJobRequest): Promise<DriverReply> {
  const unknown = Object.keys(members).find((member) => !requestMembers.SubmitRequest.some(({ name: known }) => known === member));
  if (unknown !== undefined) return { unsupported: `a job of the library has no member ${unknown}` };
  const job = await submit(members as object as SubmitRequest, { path });
  streams.set(name, new Taken(job, each, () => job.leave()));
  return asAnswer({ job_id: job.id });
}

const unknown = (what: string, name: string): DriverReply => ({ failed: { kind: 'connection', message: `there is no ${what} ${name}` } });

async function perform(asked: DriverRequest): Promise<DriverReply> {
  switch (asked.do) {
    case 'open':
      if (asked.socket === 'jobs') return { unsupported: 'a job has a connection of its own, which submit makes' };
      close(asked.connection);
      connections.set(asked.connection, await open(asked));
      return done;
    case 'close':
      close(asked.connection);
      return done;
    case 'call': {
      const opened = connections.get(asked.connection);
      if (opened === undefined) return unknown('connection', asked.connection);
      const row = exchangeOf(opened, asked.command);
      if (row === null) return { unsupported: `the library has no command ${asked.command}` };
      if (row.kind === 'lines' || row.kind === 'parts') return { unsupported: `${asked.command} is a stream of the library` };
      const giveUp = new AbortController();
      const options = { signal: giveUp.signal, timeoutMs: asked.timeout_ms };
      calls.set(asked.call, { giveUp, reply: call(opened, row, asked.members, options).then(asAnswer, replyOf) });
      return done;
    }
    case 'answer': {
      const made = calls.get(asked.call);
      calls.delete(asked.call);
      return made === undefined ? unknown('call', asked.call) : made.reply;
    }
    case 'cancel':
      calls.get(asked.call)?.giveUp.abort();
      return calls.has(asked.call) ? done : unknown('call', asked.call);
    case 'stream':
      return begin(asked);
    case 'submit':
      return run(asked);
    case 'take':
      return ((await streams.get(asked.stream)?.take(asked.count, asked.timeout_ms)) as DriverReply) ?? unknown('stream', asked.stream);
    case 'leave':
      streams.get(asked.stream)?.leave();
      return streams.delete(asked.stream) ? done : unknown('stream', asked.stream);
    case 'notify':
      return say(asked);
    case 'environment':
      return asAnswer(Object.fromEntries(asked.names.map((name) => [name, process.env[name] ?? null])));
    case 'stored':
      return asAnswer(stored());
    case 'signals':
      return asAnswer(await signals(asked.count, asked.timeout_ms));
    case 'exit':
      return process.exit(asked.status);
    case 'send':
    case 'line':
      return { unsupported: 'the library sends no bytes as they are, and gives no line as it came' };
    default:
      return asked satisfies never;
  }
}

export async function reply(asked: DriverRequest): Promise<DriverReply> {
  try {
    return await perform(asked);
  } catch (error) {
    return replyOf(error);
  }
}
