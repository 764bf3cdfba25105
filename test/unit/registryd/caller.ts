/** Callers as registryd sees them, without a connection. */

import { encodeRegistryResponse } from '../../../gen/registry/encode.ts';
import type { RegistryCommands } from '../../../gen/registry/handlers.ts';
import { RareLines } from '../../../src/hosted/daemon/rare-lines.ts';
import { Caller } from '../../../src/hosted/registryd/serve/caller.ts';
import { handlers } from '../../../src/hosted/registryd/serve/handlers.ts';
import { Quota } from '../../../src/hosted/registryd/serve/quota.ts';
import { Session } from '../../../src/hosted/registryd/serve/session.ts';
import { Transactions } from '../../../src/hosted/registryd/serve/transactions.ts';
import { WatchTable } from '../../../src/hosted/registryd/serve/watches.ts';
import { keySecurity } from '../../../src/hosted/registryd/store/keys.ts';
import type { StoreConnection } from '../../../src/hosted/sqlite/connection.ts';
import { linuxToken, ownToken } from '../../../src/platform/hosted/identity/principals.ts';
import { summaryOf } from '../../../src/platform/hosted/identity/summary.ts';
import { RegistryFailure } from '../../../src/registry/failure.ts';
import type { Token } from '../../../src/security/token.ts';

export const systemToken: Token = ownToken;
export const userToken = (uid: number, changes: Partial<Token> = {}): Token => ({ ...linuxToken(uid, [uid]), ...changes });

type Op = keyof RegistryCommands;

export interface Client {
  readonly session: Session;
  readonly events: unknown[];
  /** The answer, or the errno. */
  call<O extends Op>(op: O, request: RegistryCommands[O]['request']): RegistryCommands[O]['response'] | string;
  /** The message of a refusal. */
  refusal<O extends Op>(op: O, request: RegistryCommands[O]['request']): string;
}

export interface Registry {
  readonly denials: string[];
  client(token: Token, uid: number): Client;
}

/** The members of an answer as the client gets them. */
function asSent(op: Op, response: unknown): unknown {
  const encode = encodeRegistryResponse[op] as (response: unknown, id: number) => string;
  const { id: _id, status: _status, ...members } = JSON.parse(encode(response, 1)) as { readonly [member: string]: unknown };
  return members;
}

export function createRegistry(store: StoreConnection, openSecond: () => StoreConnection): Registry {
  const denials: string[] = [];
  const lines = new RareLines((line) => void denials.push(line));
  const watchTable = new WatchTable((key) => {
    try {
      return keySecurity(store, key);
    } catch {
      return null;
    }
  });
  const transactions = new Transactions(store, openSecond, (changes) => watchTable.publish(changes));
  const quota = new Quota();
  return {
    denials,
    client(token, uid) {
      const events: unknown[] = [];
      const reader = { congested: false, spend: (act: () => void) => act(), send: (line: string) => void events.push(JSON.parse(line)) };
      const caller = new Caller({ token, tokenId: null, spec: null, pid: 7, uid, summary: summaryOf(token, null) }, lines);
      const session = new Session({ caller, transactions, watchTable, quota, reader });
      const outcome = <O extends Op>(op: O, request: RegistryCommands[O]['request']): { done?: unknown; failed?: unknown } => {
        const found: { done?: unknown; failed?: unknown } = {};
        try {
          const run = handlers[op] as (session: Session, request: unknown) => (answer: object) => void;
          run(
            session,
            request,
          )({
            done(response: unknown) {
              found.done = asSent(op, response);
            },
            failed(error: unknown) {
              found.failed = error;
            },
          });
        } catch (error) {
          found.failed = error;
        }
        return found;
      };
      return {
        session,
        events,
        call(op, request) {
          const { done, failed } = outcome(op, request);
          if (failed === undefined) return done as never;
          if (failed instanceof RegistryFailure) return failed.error;
          throw failed;
        },
        refusal(op, request) {
          const { failed } = outcome(op, request);
          return failed instanceof RegistryFailure ? `${failed.error} ${failed.message}` : `no refusal: ${String(failed)}`;
        },
      };
    },
  };
}
