/** clients/go/notify/lines/lines.go: what a service says in a datagram, a line for each key. */
import { notifyVariables } from '../../derive.ts';
import type { FieldModel, SchemaModel } from '../../model.ts';
import { snakeCase } from '../../names.ts';
import type { PrintedFile } from '../../printed-file.ts';
import { sourceOf } from '../../printed-file.ts';
import { doc, goFile, quoted } from './language.ts';
import { goName } from './names.ts';

const intro = 'Package lines has what a service can say of itself, a line for each; notify.Send sends them.';

export function printGoNotify(schema: SchemaModel): readonly PrintedFile[] {
  return schema.packages.flatMap((one) => {
    const datagrams = one.messages.filter(({ kind, datagram }) => kind === 'notify' && datagram !== null);
    const [message] = datagrams;
    if (message === undefined) return [];
    const fixed = message.fields.filter(({ notify }) => (notify?.value ?? '') !== '');
    const open = message.fields.filter(({ notify }) => notify?.value === '');
    const body = [
      doc(`Line is one line of a datagram.\n\n${message.comment}`),
      'type Line string',
      '',
      '// Path is where the socket is inside a machine; a service is told it by NOTIFY_SOCKET.',
      `const Path = ${quoted(message.datagram?.path ?? '')}`,
      '',
      '// MaxDatagram is how many bytes a datagram may have.',
      `const MaxDatagram = ${message.datagram?.maxLine ?? 0}`,
      '',
      ...variables(schema),
      '// Lines that always say the same.',
      'const (',
      ...fixed.flatMap((field, index) => [
        ...(index === 0 ? [] : ['']),
        doc(field.comment, '\t'),
        `\t${lineName(field)} Line = ${quoted(`${field.notify?.name ?? ''}=${field.notify?.value ?? ''}`)}`,
      ]),
      ')',
      '',
      ...open.flatMap((field) => [
        doc(field.comment),
        `func ${lineName(field)}(value ${typeOf(field)}) Line {`,
        `\treturn Line(notifytext.Line(${quoted(field.notify?.name ?? '')}, value))`,
        '}',
        '',
      ]),
    ];
    return [goFile('clients/go/notify/lines/lines.go', sourceOf(one), 'lines', body, intro)];
  });
}

const lineName = (field: FieldModel): string => goName(snakeCase(field.member));

function typeOf({ type }: FieldModel): string {
  if (type.kind === 'integer') return `${type.unsigned ? 'uint' : 'int'}${type.bits}`;
  return type.kind === 'boolean' ? 'bool' : 'string';
}

function variables(schema: SchemaModel): readonly string[] {
  const declared = notifyVariables(schema);
  if (declared.length === 0) return [];
  return [
    '// Variables of the environment that tell a service of its manager.',
    'const (',
    ...declared.flatMap(({ wire, comment }, index) => [
      ...(index === 0 ? [] : ['']),
      doc(comment, '\t'),
      `\tVariable${goName(wire.toLowerCase())} = ${quoted(wire)}`,
    ]),
    ')',
    '',
  ];
}
