/**
 * A registry daemon in memory for machines on the simulated kernel. It speaks the real wire, keeps its tree over its restarts as a store on
 * disk would, and misbehaves by switches that a test may turn at any time.
 */
import {
  encodeCreateResponse,
  encodeQueryResponse,
  encodeReadTreeResponse,
  encodeRegistryErrorResponse,
  encodeSetResponse,
  encodeUnwatchResponse,
  encodeWatchEvent,
  encodeWatchResponse,
} from '../../gen/registry/encode.ts';
import { endpoints } from '../../gen/registry/facts.ts';
import type { RegistryError, RegistryType, WatchEvent, WatchType } from '../../gen/registry/types.ts';
import type { JsonValue } from '../../src/json/text.ts';
import type { Program, SimulatedProcess } from '../../src/linux/simulated/processes.ts';
import type { SimulatedMachine } from '../../src/linux/simulated/simulated-kernel.ts';
import type { SimulatedClient } from '../../src/linux/simulated/stream-sockets.ts';

/** A number is a DWORD, text SZ, a list MULTI_SZ; anything else says its type. */
export type Value = number | string | readonly string[] | { readonly type: RegistryType; readonly data: JsonValue };
export type Values = Readonly<Record<string, Value>>;
/** Path of a key from the hive on, and its values. */
export type Tree = Readonly<Record<string, Values>>;

export const servicesKey = 'Machine\\System\\Services';

/** What a test may turn; everything at its default serves. */
export interface Switches {
  /** Until it serves and says READY=1. */
  startMs: number;
  /** It says READY=1. */
  ready: boolean;
  /** It ends with this status instead of serving. */
  exitCode: number | null;
  /** Calls that are never answered: all of a name, or with a key behind it those of that key. */
  readonly mute: Set<string>;
  /** Calls that fail. */
  readonly failing: Map<string, RegistryError>;
  /** Keys in one answer of read-tree. */
  keysPerAnswer: number;
  /** Until a call is answered. */
  answerMs: number;
}

interface Key {
  readonly path: string;
  readonly values: Map<string, { readonly name: string; readonly type: RegistryType; readonly data: JsonValue }>;
}

interface StandingWatch {
  readonly number: number;
  readonly path: string;
  readonly subtree: boolean;
}

interface Connection {
  readonly client: SimulatedClient;
  readonly watches: StandingWatch[];
}

interface Call {
  readonly id: number;
  readonly op: string;
  readonly path: string;
  readonly name: string;
  readonly subtree?: boolean;
  readonly watch?: number;
  readonly type?: RegistryType;
  readonly data?: JsonValue;
}

type Change = Pick<WatchEvent, 'type' | 'path' | 'name'>;

const fold = (path: string): string => path.toLowerCase();
const parentOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('\\')));
const lastOf = (path: string): string => path.slice(path.lastIndexOf('\\') + 1);

export class FakeRegistryd {
  readonly switches: Switches = {
    startMs: 20,
    ready: true,
    exitCode: null,
    mute: new Set(),
    failing: new Map(),
    keysPerAnswer: 100,
    answerMs: 0,
  };
  /** Names of the calls that came, in order. */
  readonly calls: string[] = [];
  readonly #machine: SimulatedMachine;
  readonly #keys = new Map<string, Key>();
  #connections: Connection[] = [];
  #process: SimulatedProcess | null = null;
  #stop: (() => void) | null = null;
  #lastWatch = 0;
  #sequence = 1;

  constructor(machine: SimulatedMachine, tree: Tree) {
    this.#machine = machine;
    for (const [path, values] of Object.entries({ [servicesKey]: { SchemaVersion: 1 }, 'Machine\\System\\Init': {}, ...tree }))
      this.#put(path, values);
  }

  /** What /usr/sbin/registryd does. */
  readonly program: Program = (process) => {
    const { switches } = this;
    this.#process = process;
    process.after(switches.startMs, () => {
      if (switches.exitCode !== null) return process.exit(switches.exitCode);
      this.#stop = this.#machine.streams.serve(endpoints.registry.path, (client) => this.#accepted(process, client));
      if (switches.ready) process.notify('READY=1\nSTATUS=serving');
    });
  };

  get process(): SimulatedProcess | null {
    return this.#process?.alive === true ? this.#process : null;
  }

  get connections(): number {
    return this.#connections.length;
  }

  /** Sets values of a key, which is made if it is not there: one commit. */
  set(path: string, values: Values): void {
    this.#tell(this.#put(path, values));
  }

  /** What it holds; undefined: there is no such value. */
  value(path: string, name: string): { readonly type: RegistryType; readonly data: JsonValue } | undefined {
    return this.#keys.get(fold(path))?.values.get(fold(name));
  }

  deleteValue(path: string, name: string): void {
    if (this.#keys.get(fold(path))?.values.delete(fold(name)) === true) this.#tell([{ type: 'value_deleted', path, name }]);
  }

  /** Deletes a key with all below it. */
  deleteKey(path: string): void {
    const changes: Change[] = [];
    for (const key of [...this.#keys.values()].reverse()) {
      if (fold(key.path) !== fold(path) && !fold(key.path).startsWith(`${fold(path)}\\`)) continue;
      this.#keys.delete(fold(key.path));
      changes.push({ type: 'subkey_deleted', path: parentOf(key.path), name: lastOf(key.path) });
    }
    this.#tell(changes);
  }

  /** Tells every watch that events were lost. */
  overflow(): void {
    for (const { client, watches } of this.#connections)
      for (const watch of watches) this.#send(client, watch, [{ type: 'overflow', path: watch.path, name: '' }]);
  }

  /** Watches that stand, on all connections. */
  get watches(): number {
    return this.#connections.reduce((sum, { watches }) => sum + watches.length, 0);
  }

  /** Changes that no watch is told of. */
  silently(change: () => void): void {
    const connections = this.#connections;
    this.#connections = [];
    change();
    this.#connections = connections;
  }

  /** From now on nothing that comes is taken. */
  stopReading(): void {
    for (const { client } of this.#connections) client.reading = false;
  }

  /** Ends every connection while the daemon goes on. */
  hangUp(): void {
    for (const { client } of this.#connections) client.close();
    this.#connections = [];
  }

  /** To be called after every step of the world: a daemon that died takes its socket and connections along. */
  tick(): void {
    if (this.#process === null || this.#process.alive) return;
    this.#process = null;
    this.#stop?.();
    this.#stop = null;
    this.hangUp();
  }

  #put(path: string, values: Values): Change[] {
    const changes: Change[] = [];
    const parts = path.split('\\');
    for (let depth = 1; depth <= parts.length; depth++) {
      const part = parts.slice(0, depth).join('\\');
      if (this.#keys.has(fold(part))) continue;
      this.#keys.set(fold(part), { path: part, values: new Map() });
      changes.push({ type: 'subkey_created', path: parentOf(part), name: lastOf(part) });
    }
    const key = this.#keys.get(fold(path)) as Key;
    for (const [name, value] of Object.entries(values)) {
      key.values.set(fold(name), { name, ...wireForm(value) });
      changes.push({ type: 'value_set', path: key.path, name });
    }
    return changes;
  }

  #tell(changes: readonly Change[]): void {
    for (const { client, watches } of this.#connections)
      for (const watch of watches) {
        const seen = changes.filter(({ path }) => {
          const below = fold(path);
          return below === fold(watch.path) || (watch.subtree && below.startsWith(`${fold(watch.path)}\\`));
        });
        this.#send(client, watch, seen);
      }
  }

  #send(client: SimulatedClient, watch: StandingWatch, changes: readonly Change[]): void {
    for (const [at, change] of changes.entries())
      client.send(
        `${encodeWatchEvent({ watch: watch.number, ...change, type: change.type as WatchType, more: at < changes.length - 1 })}\n`,
      );
  }

  #accepted(process: SimulatedProcess, client: SimulatedClient): void {
    if (!process.alive) return client.close();
    const connection: Connection = { client, watches: [] };
    this.#connections.push(connection);
    client.onChange = () => {
      if (client.ended) {
        this.#connections = this.#connections.filter((each) => each !== connection);
        client.close();
        return;
      }
      for (const line of client.takeLines()) {
        const call = JSON.parse(line) as Call;
        this.calls.push(call.op);
        process.after(this.switches.answerMs, () => this.#serve(connection, call));
      }
    };
  }

  #serve(connection: Connection, call: Call): void {
    const { id, op } = call;
    const ofKey = `${op} ${call.path}`;
    if (this.switches.mute.has(op) || this.switches.mute.has(ofKey)) return;
    const answer = (text: string): void => connection.client.send(`${text}\n`);
    const refuse = (error: RegistryError, message: string): void => answer(encodeRegistryErrorResponse({ id, error, message }));
    const failing = this.switches.failing.get(op) ?? this.switches.failing.get(ofKey);
    if (failing !== undefined) return refuse(failing, `${op} is made to fail`);
    const key = this.#keys.get(fold(call.path ?? ''));
    switch (op) {
      case 'query': {
        const value = key?.values.get(fold(call.name));
        if (value === undefined) return refuse('ENOENT', `there is no value ${call.name} of ${call.path}`);
        return answer(encodeQueryResponse({ type: value.type, data: value.data, sequence: this.#sequence }, id));
      }
      case 'read-tree':
        return this.#readTree(call, answer, refuse);
      case 'watch': {
        if (key === undefined) return refuse('ENOENT', `there is no key ${call.path}`);
        const number = ++this.#lastWatch;
        connection.watches.push({ number, path: call.path, subtree: call.subtree === true });
        return answer(encodeWatchResponse({ watch: number }, id));
      }
      case 'unwatch':
        connection.watches.splice(0, connection.watches.length, ...connection.watches.filter(({ number }) => number !== call.watch));
        return answer(encodeUnwatchResponse({}, id));
      case 'set':
        this.set(call.path, { [call.name]: { type: call.type ?? 'NONE', data: call.data ?? '' } });
        return answer(encodeSetResponse({ sequence: ++this.#sequence }, id));
      case 'create':
        if (key === undefined) this.set(call.path, {});
        return answer(encodeCreateResponse({ created: key === undefined }, id));
      default:
        return refuse('ENOTSUP', `${op} is not played here`);
    }
  }

  #readTree({ id, path }: Call, answer: (text: string) => void, refuse: (error: RegistryError, message: string) => void): void {
    const top = fold(path);
    const nodes = [...this.#keys.values()]
      .filter((key) => fold(key.path) === top || fold(key.path).startsWith(`${top}\\`))
      .sort((one, other) => (fold(one.path) < fold(other.path) ? -1 : 1))
      .map((key) => ({ path: key.path.slice(path.length + 1), values: [...key.values.values()] }));
    if (nodes.length === 0) return refuse('ENOENT', `there is no key ${path}`);
    for (let at = 0; at < nodes.length; at += this.switches.keysPerAnswer) {
      const end = at + this.switches.keysPerAnswer;
      answer(encodeReadTreeResponse({ nodes: nodes.slice(at, end), more: end < nodes.length }, id));
    }
  }
}

function wireForm(value: Value): { readonly type: RegistryType; readonly data: JsonValue } {
  if (typeof value === 'number') return { type: 'DWORD', data: value };
  if (typeof value === 'string') return { type: 'SZ', data: value };
  return 'type' in value ? value : { type: 'MULTI_SZ', data: value };
}
