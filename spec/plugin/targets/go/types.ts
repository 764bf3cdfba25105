/** clients/go/wire/PACKAGE.go: texts with constants for enums, structs for messages, interfaces for what is one of several. */
import type { ClientPackage, ClientSocket } from '../../client-surface.ts';
import type { EnumModel, MessageModel, SchemaModel, UnionModel } from '../../model.ts';
import type { PrintedFile } from '../../printed-file.ts';
import { sourceOf } from '../../printed-file.ts';
import { printCodec, printUnionCodec } from './codec.ts';
import { doc, goFile, quoted } from './language.ts';
import { goName } from './names.ts';
import { payloadType, Surface, unknownEvent } from './surface.ts';

export function printGoTypes(schema: SchemaModel): readonly PrintedFile[] {
  const surface = new Surface(schema);
  return surface.packages
    .map((one) => ({ one, body: declarations(one, surface) }))
    .filter(({ body }) => body.length > 0)
    .map(({ one, body }) => goFile(`clients/go/wire/${one.package.name}.go`, sourceOf(one.package), 'wire', body));
}

function declarations(one: ClientPackage, surface: Surface): readonly string[] {
  const failures = surface.sockets.filter((socket) => socket.package === one.package);
  const codes = new Set(surface.sockets.flatMap(({ code }) => (code === null ? [] : [code.of])));
  return [
    ...one.enums.flatMap((declared) => printEnum(declared, codes.has(declared), surface)),
    ...one.messages.flatMap((message) => printMessage(message, surface)),
    ...failures.flatMap((socket) => printFailure(socket, surface)),
    ...(one.package.name === 'events' ? printEvents(surface) : []),
  ];
}

function printEnum(declared: EnumModel, isCode: boolean, surface: Surface): readonly string[] {
  const type = surface.names.give(surface.names.of(declared), `enum ${declared.name}`);
  const constants = declared.values.map((value) => ({
    name: surface.names.give(surface.names.value(declared, value), `a value of ${declared.name}`),
    value,
  }));
  const remedies = constants.filter(({ value }) => value.facts.remedy !== '');
  return [
    doc(`${declared.comment}\n\nOther values may come from a daemon that is newer; they are kept as they are.`),
    `type ${type} string`,
    '',
    `// Values of ${type}.`,
    'const (',
    ...constants.flatMap(({ name, value }, index) => [
      ...(index === 0 ? [] : ['']),
      doc(value.comment, '\t'),
      `\t${name} ${type} = ${quoted(value.wire)}`,
    ]),
    ')',
    '',
    ...(isCode
      ? [
          '// Error makes a code the error that stands in the chain of the failure with it: errors.Is finds it there.',
          `func (code ${type}) Error() string { return string(code) }`,
          '',
        ]
      : []),
    ...(remedies.length === 0
      ? []
      : [
          '// Remedy is what the caller can do; empty for a code that is not known here.',
          `func (code ${type}) Remedy() string {`,
          '\tswitch code {',
          ...remedies.flatMap(({ name, value }) => [`\tcase ${name}:`, `\t\treturn ${quoted(value.facts.remedy)}`]),
          '\t}',
          '\treturn ""',
          '}',
          '',
        ]),
  ];
}

function printMessage(message: MessageModel, surface: Surface): readonly string[] {
  const type = surface.names.give(surface.names.of(message), `message ${message.name}`);
  if (message.array) throw new Error(`${message.name} is an array on the wire, which the Go client has no form for`);
  if (message.union !== null) return printUnion(type, message, message.union, surface);
  return [
    doc(message.comment),
    ...(message.fields.length === 0 ? [`type ${type} struct{}`] : [`type ${type} struct {`]),
    ...message.fields.flatMap((field, index) => {
      const { name, type: of, isPointer } = surface.member(message, field);
      return [...(index === 0 ? [] : ['']), doc(field.comment, '\t'), `\t${name} ${isPointer ? '*' : ''}${of}`];
    }),
    ...(message.fields.length === 0 ? [''] : ['}', '']),
    ...printCodec(message, type, surface),
  ];
}

function printUnion(type: string, message: MessageModel, union: UnionModel, surface: Surface): readonly string[] {
  const unknown = surface.names.give(`Unknown${type}`, `a form of ${message.name}`);
  const method = `is${type}`;
  const forms = union.forms.map(({ value, comment, of }) => ({ value, comment, of: surface.names.of(of) }));
  return [
    doc(
      `${message.comment}\n\n${type} is one of ${forms.map(({ of }) => of).join(', ')}, ` +
        `or ${unknown} where a newer daemon tells something else.`,
    ),
    `type ${type} interface {`,
    `\t${method}() string`,
    '\twriteMembers(w *jsontext.Writer)',
    '}',
    '',
    ...forms.flatMap(({ value, of }) => [`func (${of}) ${method}() string { return ${quoted(value)} }`, '']),
    doc(`${unknown} is what this version does not know.`),
    `type ${unknown} struct {`,
    `\t// Value of the member ${union.member}.`,
    `\t${goName(union.member)} string`,
    '',
    '\t// All other members.',
    '\tMembers map[string]any',
    '}',
    '',
    `func (m ${unknown}) ${method}() string { return m.${goName(union.member)} }`,
    '',
    `func (m ${unknown}) writeMembers(w *jsontext.Writer) { w.Members(m.Members) }`,
    '',
    ...printUnionCodec(type, unknown, method, union, surface),
  ];
}

/** A failure is an error, with its code in the chain. */
function printFailure({ failure, code, message }: ClientSocket, surface: Surface): readonly string[] {
  const type = surface.names.of(failure);
  const text = message === null ? quoted(failure.comment) : `m.${surface.nameOf(failure, message)}`;
  const known = code === null ? null : `m.${surface.nameOf(failure, code.field)}`;
  return [
    '// Error is what went wrong, for people.',
    `func (m *${type}) Error() string {`,
    `\treturn ${known === null ? text : `string(${known}) + ": " + ${text}`}`,
    '}',
    '',
    ...(known === null
      ? []
      : ['// Unwrap gives the code, so that errors.Is finds it.', `func (m *${type}) Unwrap() error { return ${known} }`, '']),
  ];
}

function printEvents(surface: Surface): readonly string[] {
  const { events, names } = surface;
  if (events.length === 0) return [];
  const known = events.map(({ message, facts }) => ({
    type: names.of(message),
    name: facts.name,
    constant: names.give(`EventName${goName(facts.name)}`, `the name of ${message.name}`),
    message,
  }));
  return [
    '// EventName is the dotted name of an event. A newer daemon may have others.',
    `type ${names.give('EventName', 'the names of events')} string`,
    '',
    '// Names of events.',
    'const (',
    ...known.flatMap(({ constant, name, message }, index) => [
      ...(index === 0 ? [] : ['']),
      doc(message.comment, '\t'),
      `\t${constant} EventName = ${quoted(name)}`,
    ]),
    ')',
    '',
    doc(`${payloadType} is what an event says: the message of its name, or ${unknownEvent} where a newer daemon tells of something else.`),
    `type ${names.give(payloadType, 'what events say')} interface {`,
    '\t// EventName is the name of the event that says this.',
    '\tEventName() EventName',
    '\twriteMembers(w *jsontext.Writer)',
    '}',
    '',
    ...known.flatMap(({ type, constant }) => [
      '// EventName is the name of the event that says this.',
      `func (${type}) EventName() EventName { return ${constant} }`,
      '',
    ]),
    `// ${unknownEvent} is what an event says that this version does not know.`,
    `type ${names.give(unknownEvent, 'an unknown event')} struct {`,
    '\t// Name of the event.',
    '\tName EventName',
    '',
    '\t// What it says.',
    '\tMembers map[string]any',
    '}',
    '',
    '// EventName is the name of the event that says this.',
    `func (m ${unknownEvent}) EventName() EventName { return m.Name }`,
    '',
    `func (m ${unknownEvent}) writeMembers(w *jsontext.Writer) { w.Members(m.Members) }`,
    '',
    `func read${payloadType}(r *jsontext.Reader, name EventName) ${payloadType} {`,
    '\tswitch name {',
    ...known.flatMap(({ type, constant }) => [`\tcase ${constant}:`, `\t\treturn read${type}(r)`]),
    '\t}',
    `\treturn ${unknownEvent}{Name: name, Members: r.Object()}`,
    '}',
    '',
  ];
}
