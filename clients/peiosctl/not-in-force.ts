import type { ControlClient } from '../typescript/generated/client.ts';
import { ConnectionError, ControlError } from '../typescript/transport.ts';

/** Why peinit has not taken over what the registry holds; null: it has, or there is nobody to ask who would say. */
export async function notInForce(client: ControlClient): Promise<string | null> {
  try {
    const { warnings } = await client.machineStatus({});
    return warnings.find((warning) => warning.startsWith('changes of the registry are not taken over')) ?? null;
  } catch (error) {
    if (error instanceof ConnectionError || error instanceof ControlError) return null;
    throw error;
  }
}

/** What is to be done about a service that lacks a field; `what` does not take effect: `no other change`. */
export function untilComplete(path: string, missing: string, what: string): string {
  const name = path.split('\\').at(-1);
  return (
    `${name} is not complete (${missing} is missing), and until it is, ${what} takes effect. ` +
    `Set what is missing, or: peiosctl registry delete ${path.replaceAll('\\', '/')}`
  );
}
