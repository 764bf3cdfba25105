/** The message of the notify socket. */
import type { MessageModel, SchemaModel } from '../../model.ts';

export const notificationOf = (schema: SchemaModel): MessageModel | null =>
  schema.packages.flatMap((one) => one.messages).find(({ kind, datagram }) => kind === 'notify' && datagram !== null) ?? null;
