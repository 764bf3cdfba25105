import { encodeRegistryErrorResponse, encodeRegistryResponse } from '../../../../gen/registry/encode.ts';
import { endpoints } from '../../../../gen/registry/facts.ts';
import type { RegistryCommands } from '../../../../gen/registry/handlers.ts';
import { requests } from '../../../../gen/registry/requests.ts';
import type { RegistryError } from '../../../../gen/registry/types.ts';
import type { PeerReader } from '../../../platform/identity.ts';
import { RegistryFailure } from '../../../registry/failure.ts';
import { BadRequest, createDispatch } from '../../daemon/dispatch.ts';
import type { LineServer } from '../../daemon/line-server.ts';
import { startLineServer } from '../../daemon/line-server.ts';
import { messageOf } from '../../daemon/problem.ts';
import { RareLines } from '../../daemon/rare-lines.ts';
import type { StoreConnection } from '../../sqlite/connection.ts';
import { registryFailureOf } from '../store/failures.ts';
import { keySecurity } from '../store/keys.ts';
import { Caller } from './caller.ts';
import { handlers } from './handlers.ts';
import { Quota } from './quota.ts';
import { Session } from './session.ts';
import { Transactions } from './transactions.ts';
import { WatchTable } from './watches.ts';

/** The registry's socket: its protocol on a line server, a session for each connection. */

const maxConnections = 256;
/** Of each user that is not SYSTEM. */
const maxConnectionsPerUser = 32;

const errorLine = (id: number, error: RegistryError, message: string): string => encodeRegistryErrorResponse({ id, error, message });

function failureLine(id: number, error: unknown): string {
  if (error instanceof BadRequest) return errorLine(id, 'EINVAL', error.message);
  const known = registryFailureOf(error);
  if (known instanceof RegistryFailure) return errorLine(id, known.error, known.message);
  console.error(`registryd: internal error: ${error instanceof Error ? error.stack : String(error)}`);
  return errorLine(id, 'EIO', `internal error: ${messageOf(error)}`);
}

export interface ServerOptions {
  readonly path: string;
  readonly store: StoreConnection;
  readonly openSecond: () => StoreConnection;
  readonly identityOf: PeerReader;
}

const fullWords = {
  own: `this user has ${maxConnectionsPerUser} connections already`,
  all: `there are ${maxConnections} connections already`,
  held: 'this user has begun lines of more than 16 MiB and ended none of them',
} as const;

/** Listens, to everybody: what each may do is asked with each call. Rejects with Problem when the socket cannot be made. */
export async function startServer({ path, store, openSecond, identityOf }: ServerOptions): Promise<LineServer> {
  const endpoint = endpoints.registry;
  const watchTable = new WatchTable((key) => {
    try {
      return keySecurity(store, key);
    } catch (error) {
      if (error instanceof RegistryFailure) return null;
      throw error;
    }
  });
  const quota = new Quota();
  const denials = new RareLines((line) => console.error(`registryd: ${line}`));
  const transactions = new Transactions(store, openSecond, (changes) => watchTable.publish(changes));
  const dispatch = createDispatch<RegistryCommands, Session>({
    endpoint,
    requests,
    handlers,
    encode: encodeRegistryResponse,
    failure: failureLine,
  });
  const server = await startLineServer({
    path,
    mode: 0o666,
    maxLine: endpoint.maxLine,
    maxConnections,
    maxConnectionsPerUser,
    admit(descriptor) {
      const identity = identityOf(descriptor);
      if (identity === null) return { refusal: errorLine(0, 'EACCES', 'the kernel does not tell who this is, so nothing can be granted') };
      const caller = new Caller(identity, denials);
      // However many there are, PID 1 reads its configuration here.
      return { peer: caller, holder: caller.holder, always: caller.holder.isSystem && identity.pid === 1 };
    },
    full: (lack) => errorLine(0, 'EBUSY', fullWords[lack]),
    tooLong: dispatch.tooLong,
    open(connection, caller) {
      const session = new Session({ caller, transactions, watchTable, quota, reader: connection });
      return {
        line: (bytes, start, end) => dispatch.line(bytes, start, end, session, connection.send),
        drained: () => session.flushWatches(),
        closed: () => session.end(),
      };
    },
  });
  return {
    get lastLineMs() {
      return server.lastLineMs;
    },
    get connections() {
      return server.connections;
    },
    async close() {
      await server.close();
      transactions.close();
    },
  };
}
