/** Writes into the registry through its socket, for cases that change definitions while the machine runs. */
import { Connection } from '../driver/connection.ts';
import type { Reply } from '../driver/session.ts';
import { Session } from '../driver/session.ts';
import type { Json, JsonObject } from '../json.ts';
import { isList, isObject, printJson } from '../json.ts';
import { StepFailure } from './outcome.ts';

/** Values of definitions that are one of a few: their names by their numbers. PSD-007 3.2. */
const numbered: { readonly [name: string]: readonly string[] } = {
  Type: ['Simple', 'Oneshot'],
  ErrorControl: ['Normal', 'Critical'],
  RestartPolicy: ['Never', 'OnFailure', 'Always'],
  Readiness: ['Notify', 'Alive'],
  NotifyAccess: ['Main'],
  StopMode: ['Main', 'All'],
  AbortMode: ['Kill', 'Stop'],
};

/** Type and data of a value as a registry file writes it. Throws a StepFailure. */
export function typed(name: string, value: Json): { readonly type: string; readonly data: Json } {
  const number = typeof value === 'string' ? (numbered[name]?.indexOf(value) ?? -1) : -1;
  if (number >= 0) return { type: 'DWORD', data: number };
  if (typeof value === 'string') return { type: 'SZ', data: value };
  if (typeof value === 'boolean') return { type: 'DWORD', data: value ? 1 : 0 };
  if (typeof value === 'number') return { type: 'DWORD', data: value };
  if (isList(value)) return { type: 'MULTI_SZ', data: value };
  if (isObject(value)) {
    const { qword, hex, type, data } = value;
    if (qword !== undefined) return { type: 'QWORD', data: qword };
    if (typeof hex === 'string') return { type: 'BINARY', data: Buffer.from(hex, 'hex').toString('base64') };
    if (typeof type === 'string' && data !== undefined) return { type, data };
  }
  throw new StepFailure(
    `${printJson(value)} is no value of a definition; write a text, a number, a list of texts, {qword}, {hex} or {type, data}`,
  );
}

/** All values in one transaction, so that nobody sees a part of them; null: the key is removed. Throws a StepFailure. */
export async function writeKey(socket: string, path: string, values: JsonObject | null): Promise<void> {
  const session = new Session('registry', await Connection.open(socket));
  const call = async (command: string, members: JsonObject, passing: readonly string[] = []): Promise<Reply> => {
    const reply: Reply = await session.call(command, members).answered;
    if (reply.answer === undefined && !passing.includes(reply.error?.code ?? ''))
      throw new StepFailure(`the registry refused ${command}`, { sent: printJson({ op: command, ...members }), received: reply });
    return reply;
  };
  try {
    if (values === null) {
      await call('delete-key', { path, recursive: true }, ['ENOENT']);
      return;
    }
    const { answer } = await call('begin', {});
    const transaction = isObject(answer) ? (answer['transaction'] ?? null) : null;
    await call('create', { path, transaction });
    for (const [name, value] of Object.entries(values)) {
      if (value === null) await call('delete-value', { path, name, transaction }, ['ENOENT']);
      else await call('set', { path, name, ...typed(name, value), transaction });
    }
    await call('commit', { transaction });
  } finally {
    session.connection.close();
  }
}
