import { isUtf8 } from 'node:buffer';
import { notifyKeys } from '../../../gen/notify/facts.ts';
import type { Assignment, Notification } from '../../../gen/notify/types.ts';
import type { NotifyRow } from '../../../gen/options/rows.ts';

/** Reading of one datagram of the notify socket by the keys of the schema. PSD-007 1.4, NTF-002, NTF-021. */
export type DecodedNotification =
  | {
      readonly kind: 'notification';
      /** In the order of the lines. */
      readonly assignments: readonly Assignment[];
      /** The last line of each key: what is said about the descriptors of a datagram is said of all of them. */
      readonly notification: Notification;
    }
  | { readonly kind: 'void'; readonly reason: string };

const rows: ReadonlyMap<string, NotifyRow> = new Map(Object.values(notifyKeys).flatMap((row) => (row.foreign ? [] : [[row.name, row]])));
const decimal = /^-?[0-9]{1,20}$/;

type Value = string | boolean | number | bigint;

/**
 * Lines of KEY=VALUE, each of which counts in its place. Unknown keys, and values that a key does not define, are passed over. One
 * line without an equal sign or with an empty key, or bytes that are not UTF-8, void the whole datagram.
 */
export function decodeNotification(data: Uint8Array): DecodedNotification {
  if (!isUtf8(data)) return { kind: 'void', reason: 'the datagram is not UTF-8' };
  const text = Buffer.from(data.buffer, data.byteOffset, data.length).toString();
  const assignments: { readonly member: string; readonly value: Value }[] = [];
  const lines = text.split('\n');
  for (let index = 0; index < lines.length; index++) {
    const ended = lines[index] ?? '';
    const line = ended.endsWith('\r') ? ended.slice(0, -1) : ended;
    if (line === '') continue;
    const equal = line.indexOf('=');
    if (equal < 0) return { kind: 'void', reason: `line ${index + 1} has no equal sign` };
    if (equal === 0) return { kind: 'void', reason: `line ${index + 1} has an empty key` };
    const row = rows.get(line.slice(0, equal));
    const value = row === undefined ? undefined : meaningOf(row, line.slice(equal + 1));
    if (row !== undefined && value !== undefined) assignments.push({ member: row.member, value });
  }
  const notification: Notification = Object.fromEntries(assignments.map(({ member, value }) => [member, value]));
  return { kind: 'notification', assignments: assignments as Assignment[], notification };
}

/** Undefined: the key does not define this value. */
function meaningOf(row: NotifyRow, text: string): Value | undefined {
  if (row.kind === 'boolean') return text === row.value ? true : undefined;
  if (row.kind === 'string') return text;
  if (!decimal.test(text)) return undefined;
  const value = BigInt(text);
  if (row.min !== null && value < BigInt(row.min)) return undefined;
  if (row.max !== null && value > BigInt(row.max)) return undefined;
  return row.kind === 'bigint' ? value : Number(value);
}
