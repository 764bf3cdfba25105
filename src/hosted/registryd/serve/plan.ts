import type { RegistryCommands } from '../../../../gen/registry/handlers.ts';
import { RegistryFailure } from '../../../registry/failure.ts';
import type { StoreConnection } from '../../sqlite/connection.ts';
import type { Change, Key } from '../store/keys.ts';
import { requireKey } from '../store/keys.ts';
import type { Session } from './session.ts';
import type { Written } from './transactions.ts';

/** What a handler makes of its request: the dispatcher carries it out, in the right transaction and once the store is free. */
export type Plan<Response> =
  | { readonly kind: 'answer'; readonly response: Response }
  | { readonly kind: 'read'; readonly transaction: number | undefined; readonly body: (store: StoreConnection) => Response }
  | { readonly kind: 'write'; readonly transaction: number | undefined; readonly body: (store: StoreConnection) => Written<Response> }
  /** Answered by several lines, JSON of the nodes of each. */
  | { readonly kind: 'pieces'; readonly body: (store: StoreConnection) => readonly string[] };

type Commands = RegistryCommands;

/** One handler for each op, typed by the schema. */
export type Handlers = {
  readonly [Name in keyof Commands]: (session: Session, request: Commands[Name]['request']) => Plan<Commands[Name]['response']>;
};

export const answer = <Response>(response: Response): Plan<Response> => ({ kind: 'answer', response });

export const read = <Response>(transaction: number | undefined, body: (store: StoreConnection) => Response): Plan<Response> => ({
  kind: 'read',
  transaction,
  body,
});

export const write = <Response>(transaction: number | undefined, body: (store: StoreConnection) => Written<Response>): Plan<Response> => ({
  kind: 'write',
  transaction,
  body,
});

export const written = <Response>(response: Response, changes: readonly Change[]): Written<Response> => ({ response, changes });

interface Located {
  readonly path: string;
  readonly handle?: number | undefined;
}

/** The key of the handle a path is relative to, null without one. Throws EBADF, or EACCES when the handle lacks a right. */
export function baseOf(session: Session, { handle }: Located, needed: number): Key | null {
  if (handle === undefined) return null;
  const found = session.handle(handle);
  if ((found.granted & needed) !== needed) {
    throw new RegistryFailure('EACCES', `handle ${handle} was opened without the right 0x${needed.toString(16)}`);
  }
  return found.key;
}

/** The key a request is about; on the handle's own key the right `needed` is asked for, a path below it is opened anew. */
export function locate(session: Session, store: StoreConnection, located: Located, needed: number): Key {
  return requireKey(store, baseOf(session, located, located.path === '' ? needed : 0), located.path);
}
