import type { ControlClient } from '../typescript/generated/client.ts';
import { ControlError } from '../typescript/transport.ts';
import type { Answer } from './format-answer.ts';

/** Behind an answer that came at once: what keeps the operation from beginning; null: it has begun, or is over. */
export async function pendingNote(client: ControlClient, answer: Answer): Promise<string | null> {
  if (!('operation_id' in answer) || answer.operation_id === '') return null;
  const { operation_id: id, service } = answer;
  try {
    const { operation } = await client.operationStatus({ operation_id: id });
    if (operation.state !== 'pending') return null;
    const { waiting_for: waits, current_operation: current } = await client.status({ service });
    if (current !== null && current.id !== id) return `its ${operation.type} comes after its ${current.type}`;
    return `its ${operation.type} ${waits.length === 0 ? 'is still to come' : `waits for ${waits.join(', ')}`}`;
  } catch (error) {
    // It is over and forgotten, or nobody is to know.
    if (error instanceof ControlError) return null;
    throw error;
  }
}
