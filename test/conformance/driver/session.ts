/** A connection whose lines are told apart: answers go to the calls that wait for them, lines of streams to these, and others are kept. */
import type { DriverReply, SocketKind } from '../../../gen/conformance/types.ts';
import type { Json, JsonObject } from '../json.ts';
import { isList, isObject, printJson } from '../json.ts';
import type { Connection } from './connection.ts';
import type { Framing } from './framing.ts';
import { framings, readLine } from './framing.ts';
import { Queue } from './queue.ts';

export type Reply = DriverReply;

export const failed = (kind: 'connection' | 'timeout' | 'cancelled' | 'protocol', message: string): Reply => ({
  failed: { kind, message },
});

/** A request whose answer has not been taken yet. */
export class Call {
  readonly id: number | null;
  readonly command: string;
  readonly answered: Promise<Reply>;
  settle: (reply: Reply) => void = () => {};
  /** What came so far of an answer in parts. */
  readonly nodes: Json[] = [];

  constructor(command: string, id: number | null) {
    this.command = command;
    this.id = id;
    this.answered = new Promise((resolve) => {
      this.settle = resolve;
    });
  }
}

export class Session {
  readonly kind: SocketKind;
  readonly connection: Connection;
  readonly #framing: Framing;
  readonly #calls: Call[] = [];
  /** Lines that belong to no call, as they came. */
  readonly loose: Queue<string> = new Queue<string>();
  /** The stream that has the connection to itself. */
  #alone: Queue<Json> | null = null;
  /** Streams by the number of their watch. */
  readonly #watches = new Map<number, Queue<Json>>();
  /** Streams by the number of their request. */
  readonly #followed = new Map<number, Queue<Json>>();
  #lastId = 0;

  constructor(kind: SocketKind, connection: Connection) {
    this.kind = kind;
    this.connection = connection;
    this.#framing = framings[kind];
    void this.#read();
  }

  call(command: string, members: JsonObject): Call {
    const { command: naming, id: correlation } = this.#framing;
    const id = correlation === null ? null : ++this.#lastId;
    const call = new Call(command, id);
    if (this.connection.ended) call.settle(failed('connection', 'the connection was closed'));
    else this.#calls.push(call);
    const line = {
      ...(correlation === null ? {} : { [correlation]: id }),
      ...(naming === null ? {} : { [naming]: command }),
      ...members,
    };
    this.connection.write(`${printJson(line)}\n`);
    return call;
  }

  /** Sends a request whose lines go to the queue, and waits for the first answer. */
  async stream(command: string, members: JsonObject, lines: Queue<Json>): Promise<Reply> {
    const call = this.call(command, members);
    if (this.kind === 'query' && call.id !== null) this.#followed.set(call.id, lines);
    if (this.kind === 'control' || this.kind === 'jobs') this.#alone = lines;
    const reply = await call.answered;
    if (reply.answer === undefined) {
      this.#alone = null;
      lines.end();
    }
    return reply;
  }

  async #read(): Promise<void> {
    for (;;) {
      const line = await this.connection.take();
      if (line === null || line === undefined) break;
      this.#received(line);
    }
    for (const call of this.#calls.splice(0)) call.settle(failed('connection', 'the connection was closed before the answer came'));
    for (const queue of [this.loose, this.#alone, ...this.#watches.values(), ...this.#followed.values()]) queue?.end();
  }

  #received(text: string): void {
    const told = readLine(text, this.#framing);
    const call = told.kind === 'answer' || told.kind === 'error' ? this.#calls.find(({ id }) => id === told.id) : this.#calls[0];
    if (told.kind === 'other' && this.#pushed(told.line)) return;
    if (call === undefined) {
      const followed = told.kind === 'answer' ? this.#followed.get(told.id ?? 0) : undefined;
      if (followed !== undefined && told.kind === 'answer') this.#part(followed, told.answer);
      else this.loose.put(text);
      return;
    }
    switch (told.kind) {
      case 'answer':
        this.#answered(call, told.answer);
        return;
      case 'error':
        this.#settle(call, { error: told.error as unknown as NonNullable<Reply['error']> });
        return;
      case 'other':
      case 'broken':
        // Only what nothing else explains is taken for the answer that is due.
        this.#settle(call, failed('protocol', told.kind === 'broken' ? told.why : `the line is no answer: ${text.slice(0, 300)}`));
        return;
      default:
        told satisfies never;
    }
  }

  /** Whether the line was one of a stream. */
  #pushed(line: JsonObject): boolean {
    const watch = this.kind === 'registry' && typeof line['watch'] === 'number' ? this.#watches.get(line['watch']) : undefined;
    const stream = watch ?? (this.#calls.length === 0 ? this.#alone : null);
    stream?.put(line);
    return stream !== null && stream !== undefined;
  }

  #answered(call: Call, answer: JsonObject): void {
    const followed = this.#followed.get(call.id ?? 0);
    if (followed !== undefined) {
      this.#settle(call, { answer: {} });
      this.#part(followed, answer);
      return;
    }
    if (call.command === 'read-tree' && isList(answer['nodes'])) {
      join(call.nodes, answer['nodes']);
      if (answer['more'] === true) return;
      this.#settle(call, { answer: { ...answer, nodes: call.nodes } as unknown as NonNullable<Reply['answer']> });
      return;
    }
    if (call.command === 'watch' && typeof answer['watch'] === 'number') {
      const number = answer['watch'];
      if (!this.#watches.has(number)) this.#watches.set(number, new Queue());
    }
    this.#settle(call, { answer: answer as unknown as NonNullable<Reply['answer']> });
  }

  /** The entries of one part of a stored stream, which ends with the part behind which no other one comes. */
  #part(lines: Queue<Json>, answer: JsonObject): void {
    for (const entry of isList(answer['entries']) ? answer['entries'] : []) lines.put(entry);
    if (answer['more'] !== true) lines.end();
  }

  #settle(call: Call, reply: Reply): void {
    this.#calls.splice(this.#calls.indexOf(call), 1);
    call.settle(reply);
  }

  /** Lines of a watch, from its acknowledgement on. */
  watched(number: number): Queue<Json> {
    const queue = this.#watches.get(number) ?? new Queue<Json>();
    this.#watches.set(number, queue);
    return queue;
  }
}

/** Nodes of the next part; one with the path of the last one before it continues that one. */
function join(nodes: Json[], more: readonly Json[]): void {
  const [first, ...rest] = more;
  const last = nodes.at(-1);
  if (isObject(first) && isObject(last) && first['path'] === last['path'] && isList(first['values']) && isList(last['values']))
    nodes.splice(-1, 1, { ...last, values: [...last['values'], ...first['values']] }, ...rest);
  else nodes.push(...more);
}
