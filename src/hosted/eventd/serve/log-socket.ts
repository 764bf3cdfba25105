import { endpoints } from '../../../../gen/output/facts.ts';
import type { PeerReader } from '../../../platform/identity.ts';
import type { LineServer } from '../../daemon/line-server.ts';
import { startLineServer } from '../../daemon/line-server.ts';
import { isTrusted, nameOf } from '../../daemon/trust.ts';
import type { Intake } from './intake.ts';

/** Where process 1 hands over; nobody else has anything to say there. O-112. */

export interface LogSocketOptions {
  readonly path: string;
  readonly peerOf: PeerReader;
  readonly intake: Intake;
  warn(text: string): void;
}

/** The present connection, a new one, and one to spare. */
const maxConnections = 3;

/** Rejects with Problem when the socket cannot be made. */
export function startLogSocket({ path, peerOf, intake, warn }: LogSocketOptions): Promise<LineServer> {
  const { maxLine } = endpoints.log;
  return startLineServer({
    path,
    mode: 0o600,
    maxLine,
    maxConnections,
    maxConnectionsPerUser: maxConnections,
    admit(descriptor) {
      const peer = peerOf(descriptor);
      if (peer !== null && isTrusted(peer)) return { peer, holder: { user: peer.uid, isSystem: true } };
      warn(`nobody but SYSTEM with SeTcbPrivilege hands over records, and so not ${nameOf(peer)}`);
      return { refusal: null };
    },
    full: () => null,
    tooLong() {
      warn(`the connection of process 1 is closed: a line has more than ${maxLine} bytes`);
      return null;
    },
    open: (connection, peer) => intake.open(connection, peer.pid === 1),
  });
}
