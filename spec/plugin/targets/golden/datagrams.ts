/** gen/golden/PACKAGE/datagrams.jsonl: datagrams of KEY=VALUE lines, each beside what it says. */
import { typeRange } from '../../extract-fields.ts';
import type { FieldModel, MessageModel, SchemaModel } from '../../model.ts';
import type { PrintedFile } from '../../printed-file.ts';
import { exactText } from '../json/exact-text.ts';

type Said = string | bigint | true;

export const printGoldenDatagrams = (schema: SchemaModel): readonly PrintedFile[] =>
  schema.packages.flatMap((one) =>
    one.messages
      .filter(({ kind }) => kind === 'notify')
      .map((message) => ({
        path: `gen/golden/${one.name}/datagrams.jsonl`,
        content: datagramsOf(message)
          .map((lines) => exactText({ datagram: lines.map(([key, value]) => `${key}=${value.text}`).join('\n'), says: saysOf(lines) }, 0))
          .join('\n'),
      })),
  );

interface Value {
  readonly text: string;
  readonly said: Said;
}

type Line = readonly [key: string, value: Value, foreign: boolean];

/** Each key by itself with each of its values, and all keys at once. */
function datagramsOf(message: MessageModel): readonly (readonly Line[])[] {
  const each = message.fields.map((field): readonly Line[] =>
    valuesOf(field).map((value) => [field.notify?.name ?? '', value, field.notify?.foreign ?? false]),
  );
  return [...each.flat().map((line) => [line]), each.flatMap((lines) => lines.slice(0, 1))];
}

/** The last line of a key counts, and those for other managers say nothing. */
const saysOf = (lines: readonly Line[]): { readonly [key: string]: Said } =>
  Object.fromEntries(lines.flatMap(([key, { said }, foreign]) => (foreign ? [] : [[key, said]])));

function valuesOf({ type, notify }: FieldModel): readonly Value[] {
  switch (type.kind) {
    case 'boolean':
      return [{ text: notify?.value ?? '1', said: true }];
    case 'integer': {
      const { min, max } = typeRange(type);
      return [max, min].map((value) => ({ text: String(value), said: value }));
    }
    default:
      return ['half done: 50 % = "é 漢 🚀"', ''].map((text) => ({ text, said: text }));
  }
}
