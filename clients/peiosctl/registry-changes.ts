import { placed } from '../../src/seed/seed-error.ts';
import { unknownFields } from '../../src/seed/unknown-fields.ts';
import type { RegistryConnection } from '../typescript/registry.ts';
import type { Context } from './command.ts';

/** All of it happens, or nothing does. */
export async function atomically<Result>(registry: RegistryConnection, act: (transaction: number) => Promise<Result>): Promise<Result> {
  const { transaction } = await registry.begin({});
  let result: Result;
  try {
    result = await act(transaction);
  } catch (error) {
    await registry.abort({ transaction }).catch(() => undefined);
    throw error;
  }
  await registry.commit({ transaction });
  return result;
}

/** Makes the keys of a path that are missing; the hive is always there. */
export async function createPath(registry: RegistryConnection, path: readonly string[], transaction: number): Promise<void> {
  for (let depth = 2; depth <= path.length; depth++) await registry.create({ path: path.slice(0, depth).join('\\'), transaction });
}

/** `file` null: the values come from the command line. */
export function warnOfUnknown(keys: Parameters<typeof unknownFields>[0], context: Context, file: string | null): void {
  for (const { line, message } of unknownFields(keys))
    context.complain(`${file === null ? '' : `${placed(file, line)}: `}warning: ${message}`);
}
