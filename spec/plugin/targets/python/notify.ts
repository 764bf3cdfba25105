/** The keys of the notify socket as a dataclass that writes the lines of a datagram. */
import { notifyVariables } from '../../derive.ts';
import type { MessageModel, SchemaModel } from '../../model.ts';
import type { PrintedFile } from '../../printed-file.ts';
import { sourceOf } from '../../printed-file.ts';
import { memberName } from './converters.ts';
import { Imports } from './imports.ts';
import { doc, literal, pythonFile } from './language.ts';

export const printNotify = (schema: SchemaModel): readonly PrintedFile[] =>
  schema.packages.flatMap((one) => {
    const imports = new Imports();
    const printed = one.messages.filter(({ kind }) => kind === 'notify').flatMap((message) => printKeys(message, imports));
    const variables = notifyVariables(schema).flatMap(({ wire, comment }) => [`${wire} = ${literal(wire)}`, doc(comment)]);
    return printed.length === 0
      ? []
      : [pythonFile(one.name, sourceOf(one), 'What a service tells its manager.', imports, [...variables, '', ...printed])];
  });

function printKeys(message: MessageModel, imports: Imports): readonly string[] {
  const fields = message.fields.flatMap((field) => {
    const { notify, type } = field;
    if (notify === null) return [];
    const name = memberName(field.member);
    if (type.kind === 'boolean')
      return [
        {
          field,
          declared: `${name}: bool = False`,
          written: [`        if self.${name}:`, `            lines.append(${literal(`${notify.name}=${notify.value}`)})`],
        },
      ];
    const text = type.kind === 'string';
    const value = text ? `${imports.ours('notify_text', 'one_line')}(self.${name})` : `self.${name}`;
    return [
      {
        field,
        declared: `${name}: ${text ? 'str' : 'int'} | None = None`,
        written: [`        if self.${name} is not None:`, `            lines.append(f"${notify.name}={${value}}")`],
      },
    ];
  });
  return [
    '',
    `@${imports.from('dataclasses', 'dataclass')}(frozen=True, slots=True, kw_only=True)`,
    `class ${message.name}:`,
    doc(message.comment, '    '),
    '',
    ...fields.flatMap(({ field, declared }) => [`    ${declared}`, doc(field.comment, '    ')]),
    '',
    '    def lines(self) -> list[str]:',
    '        """The lines of its datagram, in the order of the schema."""',
    '        lines: list[str] = []',
    ...fields.flatMap(({ written }) => written),
    '        return lines',
  ];
}
