/** How messages are read and written, member by member: encoding/json does not tell a missing member from a null or a zero. */
import { expectation } from '../../json-shape.ts';
import type { FieldModel, MessageModel, UnionModel } from '../../model.ts';
import { quoted } from './language.ts';
import { goLocal, goName } from './names.ts';
import type { Member, Surface } from './surface.ts';

const mostMembers = 64;

export function printCodec(message: MessageModel, type: string, surface: Surface): readonly string[] {
  const { fields } = message;
  if (fields.length > mostMembers) throw new Error(`${message.name} has more members than a word has bits`);
  const members = fields.map((field) => ({ field, member: surface.member(message, field) }));
  const payload = members.find(({ member }) => member.isPayload);
  const name = members.find(({ member }) => member.named);
  const required = members.map(({ member }) => member.form === 'required' || member.form === 'nullable');
  const mask = required.reduce((sum, is, index) => (is ? sum | (1n << BigInt(index)) : sum), 0n);
  const table = `${goLocal(type)}Members`;
  return [
    ...(fields.length === 0
      ? []
      : [
          `var ${table} = []jsontext.Member{`,
          ...fields.map((field) => `\t{Name: ${quoted(field.member)}, Expected: ${quoted(expected(field))}},`),
          '}',
          '',
        ]),
    `func read${type}(r *jsontext.Reader) (m ${type}) {`,
    ...(fields.length === 0
      ? ['\tfor r.Begin(); r.Next(); {', '\t\tr.Skip()', '\t}']
      : [
          '\tvar seen jsontext.Seen',
          ...(payload === undefined ? [] : ['\tvar payload *jsontext.Reader']),
          '\tfor r.Begin(); r.Next(); {',
          '\t\tswitch string(r.Name()) {',
          ...members.flatMap(({ field, member }, index) => [
            `\t\tcase ${quoted(field.member)}:`,
            `\t\t\tr.Once(&seen, ${index})`,
            ...readMember(field, member).map((line) => `\t\t\t${line}`),
          ]),
          '\t\tdefault:',
          '\t\t\tr.Skip()',
          '\t\t}',
          '\t}',
          `\tr.Require(seen, 0x${mask.toString(16)}, ${table})`,
          ...(payload === undefined || name === undefined ? [] : readPayload(payload.member, name.member)),
        ]),
    '\treturn m',
    '}',
    '',
    ...(fields.length === 0
      ? [`func (m ${type}) writeMembers(*jsontext.Writer) {}`]
      : [
          `func (m ${type}) writeMembers(w *jsontext.Writer) {`,
          ...members.flatMap(({ field, member }) => writeMember(field, member).map((line) => `\t${line}`)),
          '}',
        ]),
    '',
    '// MarshalJSON writes the members as they stand on the wire.',
    `func (m ${type}) MarshalJSON() ([]byte, error) {`,
    '\treturn jsontext.Marshal(m.writeMembers)',
    '}',
    '',
    '// UnmarshalJSON reads the members as they stand on the wire; one that is missing or wrong is a ProtocolError.',
    `func (m *${type}) UnmarshalJSON(text []byte) error {`,
    `\treturn jsontext.Unmarshal(text, m, read${type})`,
    '}',
    '',
  ];
}

/** Enums are open: any text is one. */
const expected = (field: FieldModel): string => expectation(field.type.kind === 'enum' ? { ...field, type: { kind: 'string' } } : field);

/** A function that reads one value, and a statement that writes one. */
function readerOf(field: FieldModel, member: Member): string {
  const { type } = field;
  switch (type.kind) {
    case 'boolean':
      return '(*jsontext.Reader).Bool';
    case 'string':
      return member.named ? `jsontext.Text[${member.element}]` : '(*jsontext.Reader).String';
    case 'integer':
      if (field.wire?.decimalString === true) return '(*jsontext.Reader).Decimal';
      return `(*jsontext.Reader).${type.unsigned ? 'Uint' : 'Int'}${type.bits}`;
    case 'enum':
      return `jsontext.Text[${member.element}]`;
    case 'message':
      return `read${member.element}`;
    case 'json':
      return `(*jsontext.Reader).${type.shape === 'object' ? 'Object' : 'Value'}`;
    default:
      throw new Error(`field ${field.name} has no place in JSON`);
  }
}

/** The call of a function that reads. */
const called = (reader: string): string =>
  reader.replace(/^\(\*jsontext\.Reader\)\.(\w+)$/, 'r.$1') + (reader.startsWith('(') ? '()' : '(r)');

function readMember(field: FieldModel, member: Member): readonly string[] {
  if (member.isPayload) return ['payload = r.Later()'];
  const one = readerOf(field, member);
  const into = `m.${member.name}`;
  const isNullable = member.form === 'nullable' || member.form === 'lenient';
  const inner = field.wire?.nullElements === true ? `jsontext.Perhaps(${one})` : one;
  if (member.isPointer) return [`${into} = jsontext.${isNullable ? 'OrNull' : 'Some'}(r, ${one})`];
  const value = field.list ? `jsontext.List(r, ${inner})` : called(one);
  return isNullable ? ['if !r.Null() {', `\t${into} = ${value}`, '}'] : [`${into} = ${value}`];
}

/** What the event says can be read when its name is known. */
function readPayload(payload: Member, name: Member): readonly string[] {
  const known = name.isPointer ? `*m.${name.name}` : `m.${name.name}`;
  const both = name.isPointer ? `payload != nil && m.${name.name} != nil` : 'payload != nil';
  return [`\tif ${both} {`, `\t\tm.${payload.name} = readEventPayload(payload, ${known})`, '\t\tr.Settle(payload)', '\t}'];
}

function writeValue(field: FieldModel, member: Member, value: string): readonly string[] {
  const { type } = field;
  switch (type.kind) {
    case 'boolean':
      return [`w.Bool(${value})`];
    case 'string':
      return [member.named ? `w.String(string(${value}))` : `w.String(${value})`];
    case 'integer':
      if (field.wire?.decimalString === true) return [`w.Decimal(${value})`];
      return [
        type.unsigned
          ? `w.Uint(${type.bits === 64 ? value : `uint64(${value})`})`
          : `w.Int(${type.bits === 64 ? value : `int64(${value})`})`,
      ];
    case 'enum':
      return [`w.String(string(${value}))`];
    case 'message':
      return type.of.union === null
        ? ['w.Begin()', `${value.replace(/^\*/, '')}.writeMembers(w)`, 'w.End()']
        : [`write${member.element}(w, ${value})`];
    case 'json':
      return type.shape === 'object' ? [`w.Object(${value})`] : [`w.Value(${value})`];
    default:
      throw new Error(`field ${field.name} has no place in JSON`);
  }
}

function writeMember(field: FieldModel, member: Member): readonly string[] {
  const place = `m.${member.name}`;
  const head = `w.Member(${quoted(field.member)})`;
  const value = writeWhole(field, member, place);
  const indented = value.map((line) => `\t${line}`);
  if (member.form === 'nullable') return [head, `if ${place} == nil {`, '\tw.Null()', '} else {', ...indented, '}'];
  const isAlways = member.form === 'required' && !member.isPayload;
  return isAlways ? [head, ...value] : [`if ${place} != nil {`, `\t${head}`, ...indented, '}'];
}

function writeWhole(field: FieldModel, member: Member, place: string): readonly string[] {
  if (member.isPayload) return ['w.Begin()', `${place}.writeMembers(w)`, 'w.End()'];
  if (!field.list) return writeValue(field, member, member.isPointer ? `*${place}` : place);
  const isNullable = field.wire?.nullElements === true;
  const element = writeValue(field, member, isNullable ? '*element' : 'element');
  return [
    'w.BeginList()',
    `for _, element := range ${place} {`,
    '\tw.Element()',
    ...(isNullable
      ? ['\tif element == nil {', '\t\tw.Null()', '\t} else {', ...element.map((line) => `\t\t${line}`), '\t}']
      : element.map((line) => `\t${line}`)),
    '}',
    'w.EndList()',
  ];
}

/** A union begins with the member that tells its form. */
export function printUnionCodec(
  type: string,
  unknown: string,
  method: string,
  { member, forms }: UnionModel,
  surface: Surface,
): readonly string[] {
  return [
    `func read${type}(r *jsontext.Reader) ${type} {`,
    `\tkind := r.Peek(${quoted(member)})`,
    '\tswitch kind {',
    ...forms.flatMap(({ value, of }) => [`\tcase ${quoted(value)}:`, `\t\treturn read${surface.names.of(of)}(r)`]),
    '\t}',
    '\tmembers := r.Object()',
    `\tdelete(members, ${quoted(member)})`,
    `\treturn ${unknown}{${goName(member)}: kind, Members: members}`,
    '}',
    '',
    `func write${type}(w *jsontext.Writer, one ${type}) {`,
    '\tif one == nil {',
    `\t\tw.Fail(${quoted(`a ${type} is nil`)})`,
    '\t\treturn',
    '\t}',
    '\tw.Begin()',
    `\tw.Member(${quoted(member)})`,
    `\tw.String(one.${method}())`,
    '\tone.writeMembers(w)',
    '\tw.End()',
    '}',
    '',
  ];
}
