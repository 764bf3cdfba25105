import type { ControlClient } from '../../typescript/generated/client.ts';
import { ConnectionError, ControlError } from '../../typescript/transport.ts';
import type { Context } from '../command.ts';

export interface Unknown {
  readonly client: ControlClient;
  readonly error: ControlError;
}

/** What peinit says where it knows no such service; null: it knows it, or cannot be asked. */
export async function unknownService(context: Context, service: string): Promise<Unknown | null> {
  try {
    const client = await context.control();
    try {
      await client.status({ service });
      return null;
    } catch (error) {
      if (!(error instanceof ControlError)) throw error;
      return error.code === 'UNKNOWN_SERVICE' ? { client, error } : null;
    }
  } catch (error) {
    if (error instanceof ConnectionError) return null;
    throw error;
  }
}
