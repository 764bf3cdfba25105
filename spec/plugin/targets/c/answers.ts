/** What the functions of C give back: the answer of a call, which may have two forms. */
import type { ClientSocket, Exchange } from '../../client-surface.ts';
import { clientSockets, exchangeOf } from '../../client-surface.ts';
import type { MessageModel, MethodModel, SchemaModel } from '../../model.ts';
import { snakeCase } from '../../names.ts';
import { functionName, typeName } from './names.ts';

export interface Alternatives {
  readonly name: string;
  readonly forms: readonly { readonly member: string; readonly of: MessageModel }[];
}

const member = (of: MessageModel): string => snakeCase(of.name.replace(/Response$/, ''));

function alternativesOf({ service }: ClientSocket, method: MethodModel, exchange: Exchange): Alternatives | null {
  if (exchange.kind !== 'answer' || exchange.other === null) return null;
  const forms = [method.output, exchange.other.message].map((of) => ({ member: member(of), of }));
  return { name: `${functionName(service, method)}_answer`, forms };
}

/** The answers of two forms, in the order of the schema. */
export const alternatives = (schema: SchemaModel): readonly Alternatives[] =>
  clientSockets(schema).flatMap((socket) =>
    socket.service.methods.flatMap((method) => alternativesOf(socket, method, exchangeOf(schema, socket, method)) ?? []),
  );

/** Type of the answer to a call. */
export const answerType = (socket: ClientSocket, method: MethodModel, exchange: Exchange): string =>
  alternativesOf(socket, method, exchange)?.name ?? typeName(method.output);
