/** Commands by their names on the wire, asked by the typed methods of the library. */

import { controlSocket, querySocket, registrySocket } from '../generated/shapes.ts';
import type { CallOptions, Control, Eventd, Registry } from '../index.ts';
import type { Lines } from '../lines.ts';
import type { ExchangeRow, SocketRow } from '../shape.ts';

export type Opened =
  | { readonly socket: 'control'; readonly client: Control }
  | { readonly socket: 'registry'; readonly client: Registry }
  | { readonly socket: 'query'; readonly client: Eventd };

type Methods = { readonly [method: string]: ((members: object, options: CallOptions) => unknown) | undefined };

const sockets: { readonly [S in Opened['socket']]: SocketRow } = { control: controlSocket, registry: registrySocket, query: querySocket };

/** Null: the library has no such command. */
export function exchangeOf({ socket }: Opened, command: string): ExchangeRow | null {
  const { exchanges } = sockets[socket];
  return Object.hasOwn(exchanges, command) ? (exchanges[command] ?? null) : null;
}

function asked({ client }: Opened, { method }: ExchangeRow, members: object, options: CallOptions): unknown {
  const methods = client as unknown as Methods;
  return methods[method]?.call(client, members, options);
}

export const call = (opened: Opened, row: ExchangeRow, members: object, options: CallOptions): Promise<unknown> =>
  asked(opened, row, members, options) as Promise<unknown>;

export const stream = (opened: Opened, row: ExchangeRow, members: object): Lines<unknown> =>
  asked(opened, row, members, {}) as Lines<unknown>;
