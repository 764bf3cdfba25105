/** PID 1's side of registryd's wire: one connection, calls with a deadline, watches. */
import {
  encodeCreateRequest,
  encodeQueryRequest,
  encodeReadTreeRequest,
  encodeSetRequest,
  encodeUnwatchRequest,
  encodeWatchRequest,
} from '../../../gen/registry/encode.ts';
import { endpoints } from '../../../gen/registry/facts.ts';
import type { RegistryAnswer, RegistryLine } from '../../../gen/registry/lines.ts';
import { registryLine } from '../../../gen/registry/lines.ts';
import { addReadTreePart } from '../../../gen/registry/parts.ts';
import type {
  CreateResponse,
  QueryResponse,
  ReadTreeResponse,
  RegistryError,
  WatchEvent,
  WatchResponse,
} from '../../../gen/registry/types.ts';
import type { Clock, Descriptors, Sockets } from '../../kernel/kernel.ts';
import type { Loop, LoopDeadline } from '../../kernel/loop.ts';
import type { RegistryValue } from '../../registry/value.ts';
import { createLineLink } from '../../wire/line-link.ts';
import type { LinkEvents } from '../../wire/link.ts';
import type {
  RegistryEvent,
  RegistryFailure,
  RegistryHost,
  RegistryNode,
  RegistryOutcome,
  RegistryPort,
  RegistryWatch,
} from '../registry.ts';
import { maxTreeBytes } from '../registry.ts';
import { fromWire, toWire } from './registry-values.ts';

const defaultDeadlineMs = 30_000;
const maxCalls = 1024;
/** Unsent bytes from which on no call is taken. */
const maxUnsentBytes = 8 * 1024 * 1024;
/** Events of one batch at most, as registryd has it. */
const maxBatchEvents = 4096;

export interface RegistryClientParts {
  readonly kernel: Sockets & Descriptors & Clock;
  readonly loop: Loop;
  readonly host: RegistryHost;
  readonly path?: string;
  readonly deadlineMs?: number;
}

interface PendingCall {
  /** For messages. */
  readonly what: string;
  readonly deadline: LoopDeadline;
  /** Whether further answers follow this one. */
  more(answer: RegistryAnswer): boolean;
  answer(answer: RegistryAnswer, bytes: number): void;
  fail(failure: RegistryFailure): void;
}

interface StandingWatch {
  readonly onEvents: (events: readonly RegistryEvent[]) => void;
  batch: RegistryEvent[];
}

const standsStill = 'it or its disk stands still: `peiosctl restart registryd` starts it anew';

const onlyOne = (): boolean => false;

const failure = (error: RegistryError, message: string): RegistryFailure => ({ ok: false, error, message });

export function createRegistryClient(parts: RegistryClientParts): RegistryPort {
  const { kernel, loop, host, path = endpoints.registry.path, deadlineMs = defaultDeadlineMs } = parts;
  const calls = new Map<number, PendingCall>();
  const watches = new Map<number, StandingWatch>();
  let connecting: ((outcome: RegistryOutcome<null>) => void)[] = [];
  let lastId = 0;

  const events: LinkEvents = {
    opened(reason) {
      const waiting = connecting;
      connecting = [];
      for (const done of waiting) done(reason === null ? { ok: true, value: null } : failure('EIO', reason));
    },
    line: received,
    lost(reason) {
      endAll(reason);
      host.onLost(reason);
    },
  };
  const { maxLine } = endpoints.registry;
  const link = createLineLink({ kernel, loop, lane: 'control', path, name: 'registryd', maxLine, maxUnsentBytes, events });

  function endAll(reason: string): void {
    const pending = [...calls.values()];
    calls.clear();
    watches.clear();
    for (const call of pending) {
      call.deadline.cancel();
      call.fail(failure('EIO', `${call.what}: ${reason}`));
    }
  }

  type Handling = Pick<PendingCall, 'what' | 'more' | 'answer' | 'fail'>;

  function call(handling: Handling, encode: (id: number) => string): void {
    const { what, fail } = handling;
    if (link.state !== 'open') return loop.defer(() => fail(failure('EIO', `${what}: there is no connection to registryd`)));
    if (calls.size >= maxCalls) return loop.defer(() => fail(failure('EBUSY', `${what}: ${maxCalls} calls are under way already`)));
    lastId = lastId >= Number.MAX_SAFE_INTEGER ? 1 : lastId + 1;
    const id = lastId;
    if (!link.send(encode(id))) return loop.defer(() => fail(failure('EBUSY', `${what}: registryd takes nothing more`)));
    const deadline = loop.at(kernel.monotonicNs() + BigInt(deadlineMs) * 1_000_000n, () => {
      calls.delete(id);
      fail(failure('ETIMEDOUT', `${what}: registryd did not answer within ${deadlineMs / 1000} s; ${standsStill}`));
    });
    calls.set(id, { ...handling, deadline });
  }

  function received(bytes: Buffer, start: number, end: number): void {
    const line = parse(bytes.toString('utf8', start, end));
    if (line === null) return;
    if (line.kind === 'pushed') return receivedEvent(line.pushed);
    const pending = calls.get(line.id);
    if (pending === undefined) return;
    if (line.kind === 'failure' || !pending.more(line.answer)) {
      calls.delete(line.id);
      pending.deadline.cancel();
    }
    if (line.kind === 'answer') pending.answer(line.answer, end - start);
    else pending.fail(failure(line.failure.error, `${pending.what}: ${line.failure.message}`));
  }

  function receivedEvent({ watch, type, path: key, name, more }: WatchEvent): void {
    const standing = watches.get(watch);
    if (standing === undefined) return;
    if (standing.batch.length < maxBatchEvents) standing.batch.push({ type, path: key, name });
    if (more) return;
    const { batch } = standing;
    standing.batch = [];
    standing.onEvents(batch);
  }

  /** A call with one answer. */
  function single<Answer extends RegistryAnswer, T>(
    what: string,
    encode: (id: number) => string,
    read: (answer: Answer) => RegistryOutcome<T>,
    done: (outcome: RegistryOutcome<T>) => void,
  ): void {
    const handling = { what, more: onlyOne, answer: (answer: Answer) => done(read(answer)), fail: done };
    call(handling, encode);
  }

  function readTree(key: string, depth: number | null, done: (outcome: RegistryOutcome<readonly RegistryNode[]>) => void): void {
    const what = `reading the keys below ${key}`;
    let nodes: RegistryNode[] = [];
    let bytes = 0;
    let broken: RegistryFailure | null = null;
    const more = (part: ReadTreeResponse): boolean => part.more;
    const answer = (part: ReadTreeResponse, length: number): void => {
      bytes += length;
      if (bytes > maxTreeBytes) broken ??= failure('ENOSPC', `${what}: the tree has more than ${maxTreeBytes} bytes`);
      broken ??= addNodes(nodes, part.nodes, what);
      if (broken !== null) nodes = [];
      if (!part.more) done(broken ?? { ok: true, value: nodes });
    };
    const request = depth === null ? { path: key } : { path: key, depth };
    call({ what, more, answer, fail: done }, (id) => encodeReadTreeRequest(request, id));
  }

  function startWatch(
    key: string,
    subtree: boolean,
    onEvents: StandingWatch['onEvents'],
    done: (outcome: RegistryOutcome<null>) => void,
  ): RegistryWatch {
    const standing: StandingWatch = { onEvents, batch: [] };
    let number: number | null = null;
    let closed = false;
    const end = (watch: number): void => {
      watches.delete(watch);
      const nothing = (): void => undefined;
      call({ what: `ending the watch of ${key}`, more: onlyOne, answer: nothing, fail: nothing }, (id) =>
        encodeUnwatchRequest({ watch }, id),
      );
    };
    const answer = ({ watch }: WatchResponse): void => {
      number = watch;
      if (closed) return end(watch);
      watches.set(watch, standing);
      done({ ok: true, value: null });
    };
    const fail = (outcome: RegistryFailure): void => {
      if (!closed) done(outcome);
    };
    call({ what: `watching ${key}`, more: onlyOne, answer, fail }, (id) => encodeWatchRequest({ path: key, subtree }, id));
    return {
      close() {
        if (closed) return;
        closed = true;
        // Numbers begin anew with each connection: only a watch of this one is ended.
        if (number !== null && watches.get(number) === standing) end(number);
      },
    };
  }

  return {
    get connected() {
      return link.state === 'open';
    },
    connect(done) {
      if (link.state === 'open') return loop.defer(() => done({ ok: true, value: null }));
      connecting.push(done);
      if (link.state === 'closed') link.open();
    },
    readTree,
    query(key, name, done) {
      const read = ({ type, data }: QueryResponse): RegistryOutcome<RegistryValue> => {
        const value = fromWire(name, type, data);
        return value === null ? failure('EIO', `registryd sent ${key}\\${name} in a form that is not ${type}`) : { ok: true, value };
      };
      single(`reading ${key}\\${name}`, (id) => encodeQueryRequest({ path: key, name }, id), read, done);
    },
    set(key, value, done) {
      const what = `setting ${key}\\${value.name}`;
      const wire = toWire(value);
      if (wire === null) return loop.defer(() => done(failure('EINVAL', `${what}: registryd has no such type`)));
      single(
        what,
        (id) => encodeSetRequest({ path: key, name: value.name, ...wire }, id),
        () => ({ ok: true, value: null }),
        done,
      );
    },
    createKey(key, done) {
      const read = ({ created }: CreateResponse): RegistryOutcome<boolean> => ({ ok: true, value: created });
      single(`creating ${key}`, (id) => encodeCreateRequest({ path: key }, id), read, done);
    },
    watch: startWatch,
    close() {
      const waiting = connecting;
      connecting = [];
      link.close();
      loop.defer(() => {
        for (const done of waiting) done(failure('EIO', 'the connection was closed'));
        endAll('the connection was closed');
      });
    },
  };
}

/** registryd is part of the trusted base and writes its answers from the schema; what it could not have written is skipped. */
function parse(text: string): RegistryLine | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? registryLine(value as Readonly<Record<string, unknown>>) : null;
  } catch {
    return null;
  }
}

/** Decodes the nodes of one part of a tree and adds them. */
function addNodes(nodes: RegistryNode[], further: ReadTreeResponse['nodes'], what: string): RegistryFailure | null {
  for (const { path, values, denied } of further) {
    const decoded: RegistryValue[] = [];
    for (const { name, type, data } of values) {
      const value = fromWire(name, type, data);
      if (value === null) return failure('EIO', `${what}: registryd sent ${path}\\${name} in a form that is not ${type}`);
      decoded.push(value);
    }
    addReadTreePart(nodes, [denied === true ? { path, values: decoded, denied } : { path, values: decoded }]);
  }
  return null;
}
