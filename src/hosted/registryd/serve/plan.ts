import type { RegistryCommands } from '../../../../gen/registry/handlers.ts';
import { RegistryFailure } from '../../../registry/failure.ts';
import { rightNames } from '../../../registry/security/rights.ts';
import type { Answer, Handlers } from '../../daemon/dispatch.ts';
import type { StoreConnection } from '../../sqlite/connection.ts';
import type { Change, Key } from '../store/keys.ts';
import { keySecurity, requireKey } from '../store/keys.ts';
import type { Session } from './session.ts';
import type { Written } from './transactions.ts';

/** What a handler makes of its request. */
type Outcome<Response> = (answer: Answer<Response>) => void;

/** One handler for each op, typed by the schema. */
export type RegistryHandlers = Handlers<RegistryCommands, Session>;

/** Answered at once. */
export const answer =
  <Response>(response: Response): Outcome<Response> =>
  ({ done }) =>
    done(response);

/** Read in the right transaction. */
export const read =
  <Response>(session: Session, transaction: number | undefined, body: (store: StoreConnection) => Response): Outcome<Response> =>
  (to) =>
    session.transactions.read(session, transaction, body, to);

/** Written in the right transaction, or as one of its own once the store is free. */
export const write =
  <Response>(session: Session, transaction: number | undefined, body: (store: StoreConnection) => Written<Response>): Outcome<Response> =>
  (to) =>
    session.transactions.write(session, transaction, body, to);

/** As read, with an answer in several parts. */
export const readParts =
  <Response>(session: Session, transaction: number | undefined, body: (store: StoreConnection) => readonly Response[]): Outcome<Response> =>
  ({ done, failed }) =>
    session.transactions.read(session, transaction, body, { done: (parts) => parts.forEach((part) => void done(part)), failed });

export const written = <Response>(response: Response, changes: readonly Change[]): Written<Response> => ({ response, changes });

interface Located {
  readonly path: string;
  readonly handle?: number | undefined;
}

/** The key of the handle a path is relative to, null without one. Throws EBADF, or EACCES when the handle lacks a right. */
export function baseOf(session: Session, { handle }: Located, needed: number): Key | null {
  if (handle === undefined) return null;
  const { key, granted } = session.handle(handle);
  const missing = needed & ~granted;
  if (missing !== 0) {
    throw new RegistryFailure(
      'EACCES',
      `handle ${handle} of ${key.path} was opened without ${rightNames(missing)}; open the key with that`,
    );
  }
  return key;
}

/**
 * The key a request is about, which its caller may treat so: on the handle's own key by what that was opened with, any other is opened
 * anew. Throws ENOENT, EACCES.
 */
export function locate(session: Session, store: StoreConnection, located: Located, needed: number): Key {
  const isOwn = located.handle !== undefined && located.path === '';
  const key = requireKey(store, baseOf(session, located, isOwn ? needed : 0), located.path);
  if (!isOwn) session.caller.demand(key, keySecurity(store, key), needed);
  return key;
}
