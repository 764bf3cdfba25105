/** What a service says of itself, in Rust: a line for each key. */
import { notificationOf, notifyVariables } from '../../derive.ts';
import type { FieldModel, SchemaModel } from '../../model.ts';
import { doc, printFunction, quoted } from './language.ts';
import { rustName } from './names.ts';

/** Null: nothing is said in the schema. */
export function printNotification(schema: SchemaModel): readonly string[] | null {
  const message = notificationOf(schema);
  if (message === null) return null;
  return [
    '/// Where the socket is inside a machine; a service is told it by NOTIFY_SOCKET.',
    `pub const PATH: &str = ${quoted(message.datagram?.path ?? '')};`,
    '',
    '/// How many bytes a datagram may have.',
    `pub const MAX_DATAGRAM: usize = ${message.datagram?.maxLine ?? 0};`,
    '',
    ...notifyVariables(schema).flatMap(({ wire, comment }) => [
      doc(`Variable of the environment: ${comment}`),
      `pub const ${wire}: &str = ${quoted(wire)};`,
      '',
    ]),
    'impl crate::notify::Notification {',
    ...message.fields.flatMap((field, index) => [...(index === 0 ? [] : ['']), doc(field.comment, '    '), ...printLine(field)]),
    '}',
  ];
}

function printLine(field: FieldModel): readonly string[] {
  const { name, value } = field.notify ?? { name: '', value: '' };
  const fixed = value !== '';
  return [
    ...printFunction(`pub fn ${rustName(field.name)}`, ['self', ...(fixed ? [] : [`value: ${typeOf(field)}`])], 'Self', [
      `self.line(${quoted(name)}, ${fixed ? quoted(value) : 'value'})`,
    ]),
  ];
}

function typeOf({ type }: FieldModel): string {
  if (type.kind === 'integer') return `${type.unsigned ? 'u' : 'i'}${type.bits}`;
  return type.kind === 'boolean' ? 'bool' : '&str';
}
