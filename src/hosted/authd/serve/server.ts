import { encodeTokenResponse } from '../../../../gen/authority/encode.ts';
import { endpoints } from '../../../../gen/authority/facts.ts';
import type { Minted } from '../../../authority/mint.ts';
import { Refused } from '../../../authority/refused.ts';
import type { Shim } from '../../../linux/shim.ts';
import type { PeerReader } from '../../../platform/identity.ts';
import { encodeTokenSpec } from '../../../security/token-spec.ts';
import type { LineServer } from '../../daemon/line-server.ts';
import { startLineServer } from '../../daemon/line-server.ts';
import { RareLines } from '../../daemon/rare-lines.ts';
import { isTrusted, nameOf } from '../../daemon/trust.ts';
import type { Batches } from './batches.ts';
import { createOutbox } from './outbox.ts';
import { errorLine, parseRequest, refusalLine } from './requests.ts';

/** The authority's socket: lines in, lines with descriptors out. */

const maxConnections = 16;
/** Requests of one connection that wait for their answers; it is not read beyond that. */
const maxWaiting = 4096;

export interface ServerOptions {
  readonly path: string;
  readonly shim: Shim;
  readonly peerOf: PeerReader;
  readonly batches: Batches;
  warn(text: string): void;
}

/** Listens; who is not SYSTEM with SeTcbPrivilege gets no token, which is told. Rejects with Problem when the socket cannot be made. */
export function startServer({ path, shim, peerOf, batches, warn }: ServerOptions): Promise<LineServer> {
  const { maxLine } = endpoints.authority;
  const denials = new RareLines(warn);

  /** Memory that holds a token and can never change; the line that goes with it. */
  function answerOf(outcome: Minted | Refused): { readonly line: string; readonly descriptor: number } {
    if (outcome instanceof Refused) return { line: refusalLine(outcome), descriptor: -1 };
    const { name, home, shell } = outcome;
    const descriptor = shim.sealedMemory('token', encodeTokenSpec(outcome.spec));
    if (descriptor < 0) {
      warn(`no memory for a token: errno ${-descriptor}`);
      return { line: errorLine('INTERNAL', `no memory for a token: errno ${-descriptor}`), descriptor: -1 };
    }
    return { line: encodeTokenResponse({ ...(name === null ? {} : { name }), home, shell }), descriptor };
  }

  return startLineServer({
    path,
    mode: 0o600,
    maxLine,
    maxConnections,
    maxConnectionsPerUser: maxConnections,
    admit(descriptor) {
      const peer = peerOf(descriptor);
      if (peer !== null && isTrusted(peer)) return { peer, holder: { user: peer.uid, isSystem: true } };
      denials.tell(peer?.token.user ?? '', `tokens of others are refused to ${nameOf(peer)}`);
      return { refusal: errorLine('DENIED', 'only SYSTEM with SeTcbPrivilege gets tokens of others') };
    },
    full: () => errorLine('BUSY', `there are ${maxConnections} connections already`),
    tooLong: () => errorLine('INVALID_REQUEST', `the line has more than ${maxLine} bytes`),
    open(connection) {
      let unanswered = 0;
      let isOver = false;
      const outbox = createOutbox({
        shim,
        descriptor: () => connection.descriptor,
        onEmpty: () => connection.goOn(),
        onFailure: () => connection.end(),
      });
      return {
        line(bytes, start, end) {
          unanswered += 1;
          batches.add(parseRequest(bytes, start, end), (outcome) => {
            unanswered -= 1;
            if (isOver) return;
            const { line, descriptor } = answerOf(outcome);
            outbox.send(line, descriptor);
          });
        },
        get full() {
          return unanswered + outbox.waiting >= maxWaiting;
        },
        drained: () => undefined,
        closed() {
          isOver = true;
          outbox.close();
        },
      };
    },
  });
}
