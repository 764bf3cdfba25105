import { encodeRegistryErrorResponse, encodeRegistryResponse } from '../../../../gen/registry/encode.ts';
import { endpoints } from '../../../../gen/registry/facts.ts';
import type { RegistryCommands } from '../../../../gen/registry/handlers.ts';
import { requests } from '../../../../gen/registry/requests.ts';
import type { RegistryError } from '../../../../gen/registry/types.ts';
import { RegistryFailure } from '../../../registry/failure.ts';
import { BadRequest, createDispatch } from '../../daemon/dispatch.ts';
import type { LineServer } from '../../daemon/line-server.ts';
import { startLineServer } from '../../daemon/line-server.ts';
import type { PeerReader } from '../../daemon/peers.ts';
import { messageOf } from '../../daemon/problem.ts';
import type { StoreConnection } from '../../sqlite/connection.ts';
import { registryFailureOf } from '../store/failures.ts';
import { handlers } from './handlers.ts';
import { Session } from './session.ts';
import { Transactions } from './transactions.ts';
import { WatchTable } from './watches.ts';

/** The registry's socket: its protocol on a line server, a session for each connection. */

const maxConnections = 256;

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
  readonly peerOf: PeerReader;
}

/** Listens; only uid 0 is served until descriptors are checked. Rejects with Problem when the socket cannot be made. */
export async function startServer({ path, store, openSecond, peerOf }: ServerOptions): Promise<LineServer> {
  const endpoint = endpoints.registry;
  const watchTable = new WatchTable();
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
    mode: 0o600,
    maxLine: endpoint.maxLine,
    maxConnections,
    maxConnectionsPerUser: maxConnections / 2,
    admit(descriptor) {
      const peer = peerOf(descriptor);
      return peer?.uid === 0
        ? { peer, holder: { user: peer.uid, isSystem: true } }
        : { refusal: errorLine(0, 'EACCES', 'only uid 0 is admitted until descriptors are checked') };
    },
    full: () => errorLine(0, 'EBUSY', `there are ${maxConnections} connections already`),
    tooLong: dispatch.tooLong,
    open(connection) {
      const session = new Session(transactions, watchTable, connection);
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
