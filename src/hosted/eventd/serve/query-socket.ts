import { encodeQueryErrorResponse, encodeQueryResponse } from '../../../../gen/output/encode.ts';
import { endpoints } from '../../../../gen/output/facts.ts';
import type { QueryCommands } from '../../../../gen/output/handlers.ts';
import { requests } from '../../../../gen/output/requests.ts';
import type { QueryError } from '../../../../gen/output/types.ts';
import type { PeerReader } from '../../../platform/identity.ts';
import type { Handlers } from '../../daemon/dispatch.ts';
import { BadRequest, createDispatch } from '../../daemon/dispatch.ts';
import type { LineServer } from '../../daemon/line-server.ts';
import { startLineServer } from '../../daemon/line-server.ts';
import { messageOf } from '../../daemon/problem.ts';
import { RareLines } from '../../daemon/rare-lines.ts';
import type { Access } from '../access.ts';
import { StoreFailure } from '../store/failures.ts';
import { Caller } from './caller.ts';
import { Refusal } from './refusal.ts';
import type { Questions } from './session.ts';
import { Session } from './session.ts';

/** Where records are asked for: by everybody, and what each may read is asked with each question. */

const maxConnections = 256;
/** Of each user that is not SYSTEM. */
const maxConnectionsPerUser = 32;

const fullWords = {
  own: `this user has ${maxConnectionsPerUser} connections already`,
  all: `there are ${maxConnections} connections already`,
  held: 'this user has begun lines of more than 16 MiB and ended none of them',
} as const;

export interface QuerySocketOptions {
  readonly path: string;
  readonly peerOf: PeerReader;
  readonly access: () => Access;
  readonly handlers: Handlers<QueryCommands, Session>;
  readonly questions: Questions;
  warn(text: string): void;
}

const errorLine = (id: number, code: QueryError, message: string): string =>
  encodeQueryErrorResponse({ id, status: 'error', code, message });

/** Rejects with Problem when the socket cannot be made. */
export function startQuerySocket({ path, peerOf, access, handlers, questions, warn }: QuerySocketOptions): Promise<LineServer> {
  const endpoint = endpoints.query;
  const denials = new RareLines(warn);

  function failureLine(id: number, error: unknown): string {
    if (error instanceof BadRequest) return errorLine(id, 'INVALID_REQUEST', error.message);
    if (error instanceof Refusal) return errorLine(id, error.code, error.message);
    if (error instanceof StoreFailure) return errorLine(id, 'STORE_FAILED', `${error.message}: ${error.remedy}`);
    warn(`internal error: ${error instanceof Error ? error.stack : String(error)}`);
    return errorLine(id, 'INTERNAL', `internal error: ${messageOf(error)}`);
  }

  const dispatch = createDispatch<QueryCommands, Session>({
    endpoint,
    requests,
    handlers,
    encode: encodeQueryResponse,
    failure: failureLine,
  });
  return startLineServer({
    path,
    mode: 0o666,
    maxLine: endpoint.maxLine,
    maxConnections,
    maxConnectionsPerUser,
    admit(descriptor) {
      const identity = peerOf(descriptor);
      if (identity === null)
        return { refusal: errorLine(0, 'ACCESS_DENIED', 'the kernel does not tell who this is, so nothing can be granted') };
      const caller = new Caller({ identity, access, denials });
      return { peer: caller, holder: caller.holder };
    },
    full: (lack) => errorLine(0, 'BUSY', fullWords[lack]),
    tooLong: dispatch.tooLong,
    open(connection, caller) {
      const session = new Session(caller, connection, questions);
      return {
        line: (bytes, start, end) => dispatch.line(bytes, start, end, session, connection.send),
        drained: () => session.drained(),
        closed: () => session.close(),
      };
    },
  });
}
