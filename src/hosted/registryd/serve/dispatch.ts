import { encodeRegistryErrorResponse, encodeRegistryResponse } from '../../../../gen/registry/encode.ts';
import type { CallName } from '../../../../gen/registry/facts.ts';
import { callNames } from '../../../../gen/registry/facts.ts';
import type { RegistryCommands } from '../../../../gen/registry/handlers.ts';
import { requests } from '../../../../gen/registry/requests.ts';
import { JsonFault, parseJsonLine } from '../../../json/parser.ts';
import type { JsonObject } from '../../../json/text.ts';
import { RegistryFailure } from '../../../registry/failure.ts';
import { messageOf } from '../../daemon/problem.ts';
import type { StoreConnection } from '../../sqlite/connection.ts';
import { registryFailureOf } from '../store/failures.ts';
import { handlers } from './handlers.ts';
import type { Plan } from './plan.ts';
import type { Session } from './session.ts';

/** From a line to its answer: decoding, the handler of its op, and one line back, or several for read-tree. */

type Commands = RegistryCommands;
type Send = (line: string) => void;

const isCallName = (op: unknown): op is CallName => (callNames as readonly unknown[]).includes(op);

/** Throws EINVAL naming the first member that is missing or wrong. */
function checkRequest<Name extends CallName>(op: Name, parsed: JsonObject): Commands[Name]['request'] {
  for (const member of requests[op].members) {
    if (!member.check(parsed[member.name])) {
      throw new RegistryFailure('EINVAL', `${op}: the member ${member.name} must be ${member.expected}`);
    }
  }
  // Every member of the request's type was checked just now.
  const request: unknown = parsed;
  return request as Commands[Name]['request'];
}

function failureLine(id: number, error: unknown): string {
  const known = registryFailureOf(error);
  if (known instanceof RegistryFailure) return encodeRegistryErrorResponse({ id, error: known.error, message: known.message });
  console.error(`registryd: internal error: ${error instanceof Error ? error.stack : String(error)}`);
  return encodeRegistryErrorResponse({ id, error: 'EIO', message: `internal error: ${messageOf(error)}` });
}

/** Answer to a line that is too long; the connection ends with it. */
export function tooLongLine(limit: number): string {
  return failureLine(0, new RegistryFailure('EINVAL', `the line has more than ${limit} bytes`));
}

/** The request's own id, 0 when it has no usable one. */
function idOf(parsed: JsonObject): number {
  const id = parsed['id'];
  return typeof id === 'number' && Number.isSafeInteger(id) && id >= 0 ? id : 0;
}

function carryOut<Name extends CallName>(
  op: Name,
  id: number,
  plan: Plan<Commands[Name]['response']>,
  session: Session,
  store: StoreConnection,
  send: Send,
): void {
  const encode = encodeRegistryResponse[op];
  const settled = {
    done: (response: Commands[Name]['response']) => send(encode(response, id)),
    failed: (error: unknown) => send(failureLine(id, error)),
  };
  switch (plan.kind) {
    case 'answer':
      settled.done(plan.response);
      return;
    case 'read':
      session.transactions.read(session, plan.transaction, plan.body, settled);
      return;
    case 'write':
      session.transactions.write(session, plan.transaction, plan.body, settled);
      return;
    case 'pieces': {
      const pieces = plan.body(store);
      const last = pieces.length - 1;
      pieces.forEach((piece, index) => {
        send(`{"id":${id},"status":"ok","nodes":[${piece}],"more":${index < last}}`);
      });
      return;
    }
    default: {
      const never: never = plan;
      throw new Error(`unknown plan ${String(never)}`);
    }
  }
}

function serve<Name extends CallName>(
  op: Name,
  id: number,
  parsed: JsonObject,
  session: Session,
  store: StoreConnection,
  send: Send,
): void {
  carryOut(op, id, handlers[op](session, checkRequest(op, parsed)), session, store, send);
}

/** Serves the line in `bytes`; `send` may be called later, or not at all when the session ends first. */
export function dispatchLine(bytes: Buffer, start: number, end: number, session: Session, store: StoreConnection, send: Send): void {
  const parsed = parseJsonLine(bytes, start, end);
  if (parsed instanceof JsonFault) {
    send(failureLine(0, new RegistryFailure('EINVAL', `the line ${parsed.message}`)));
    return;
  }
  const id = idOf(parsed);
  try {
    if (id === 0) throw new RegistryFailure('EINVAL', 'the member id must be an integer from 1 to 9007199254740991');
    const op = parsed['op'];
    if (!isCallName(op)) throw new RegistryFailure('EINVAL', `the member op must be one of ${callNames.join(', ')}`);
    serve(op, id, parsed, session, store, send);
  } catch (error) {
    send(failureLine(id, error));
  }
}
