/** gen/PACKAGE/encode.ts: messages to JSON text by straight-line string building, members in the order of the schema. */
import type { Envelope, EventModel } from '../../derive.ts';
import { alternativeAnswer, envelopesOf, eventsIn, payloadMember, presenceOf, requestMessages, wireNameOf } from '../../derive.ts';
import type { EndpointFacts, FieldModel, MessageModel, PackageModel, SchemaModel, ServiceModel, UnionModel } from '../../model.ts';
import { pascalCase, serviceStem } from '../../names.ts';
import type { PrintedFile } from '../../printed-file.ts';
import { sourceOf } from '../../printed-file.ts';
import { commandsType } from './handlers.ts';
import { Imports, jsonModule } from './imports.ts';
import { doc, typescript, typescriptFile } from './language.ts';
import { access, literal } from './literals.ts';
import type { Part } from './text-parts.ts';
import { code, joined, text } from './text-parts.ts';

export function printEncoders(schema: SchemaModel): readonly PrintedFile[] {
  const envelopes = envelopesOf(schema);
  const requests = requestMessages(schema);
  return schema.packages.flatMap((one) => {
    const messages = one.messages.filter(({ kind }) => kind === 'json');
    if (messages.length === 0) return [];
    const imports = new Imports();
    const printed = [
      ...messages.flatMap((message) => printEncoder(message, envelopes.get(message) ?? null, requests.has(message), imports)),
      ...one.services.flatMap((service) => (service.endpoint === null ? [] : printAnswers(one, service, service.endpoint, imports))),
      ...printPayloads(eventsIn(messages), imports),
    ];
    return [typescriptFile(`gen/${one.name}/encode.ts`, sourceOf(one), [...imports.lines(), '', ...printed])];
  });
}

/** What the framing puts before the members. */
function envelopeParts(envelope: Envelope | null, imports: Imports): readonly Part[] {
  const parts: Part[] = [];
  if (envelope === null) return parts;
  const { correlation, fixed } = envelope;
  if (correlation !== '') parts.push(text(`${JSON.stringify(correlation)}:`), code(`${imports.value(jsonModule, 'integer')}(id)`));
  if (fixed !== null) parts.push(text(`${parts.length > 0 ? ',' : ''}${JSON.stringify(fixed.member)}:${JSON.stringify(fixed.value)}`));
  return parts;
}

function printEncoder(message: MessageModel, envelope: Envelope | null, lenient: boolean, imports: Imports): readonly string[] {
  if (message.union !== null) return printChoice(message, message.union, imports);
  const parts: Part[] = [...envelopeParts(envelope, imports)];
  // Whether something certainly stands before the next member, so that it begins with a comma.
  let follows = parts.length > 0;
  const withId = envelope !== null && envelope.correlation !== '';
  // Until a member stands there for certain, all begin with a comma and the first one is cut off.
  const cut = !follows && message.fields[0] !== undefined && presenceOf(message.fields[0]) === 'optional';
  const [open, close] = message.array ? ['[', ']'] : ['{', '}'];
  const around: { readonly field: FieldModel; readonly before: number }[] = [];
  for (const field of message.fields) {
    const head = text(`${follows || cut ? ',' : ''}${message.array ? '' : `${JSON.stringify(field.member)}:`}`);
    if (field.wire?.apart === true) around.push({ field, before: parts.length });
    parts.push(...memberParts(message, field, head, lenient, imports));
    follows = true;
  }
  const value = message.fields.length === 0 ? '_message' : 'message';
  const whole = cut ? [text(open), code(`(${joined(parts)}).slice(1)`), text(close)] : [text(open), ...parts, text(close)];
  const id = withId ? ', id: number | bigint' : '';
  return [
    ...around.flatMap(({ field, before }) => {
      const name = imports.type('./types.ts', message.name);
      const [head = text('')] = parts.slice(before);
      const type = message.array ? name : `Omit<${name}, ${literal(field.member)}>`;
      return printAround(message, field, type, [text(open), ...parts.slice(0, before), head], [...parts.slice(before + 2), text(close)]);
    }),
    doc(`{@link ${message.name}} as JSON text${withId ? ', with the id of its request' : ''}.`),
    `export const encode${message.name} = (${value}: ${imports.type('./types.ts', message.name)}${id}): string =>`,
    `  ${joined(whole)};`,
    '',
  ];
}

/** A function for whoever writes one member by other means. */
function printAround(
  message: MessageModel,
  field: FieldModel,
  type: string,
  before: readonly Part[],
  after: readonly Part[],
): readonly string[] {
  const [open, close] = field.list ? [text('['), text(']')] : [text(''), text('')];
  return [
    doc(
      `What stands before and after ${field.list ? 'the elements of ' : ''}${field.member} in {@link ${message.name}} as JSON text, ` +
        'where these are written by other means.',
    ),
    `export const around${message.name}${pascalCase(field.member)} = ` +
      `(message: ${type}): { readonly before: string; readonly after: string } => ({`,
    `  before: ${joined([...before, open])},`,
    `  after: ${joined([close, ...after])},`,
    '});',
    '',
  ];
}

/** The encoder of the form that the message has. */
const printChoice = (message: MessageModel, { member, forms }: UnionModel, imports: Imports): readonly string[] => [
  doc(`{@link ${message.name}} as JSON text.`),
  `export function encode${message.name}(message: ${imports.type('./types.ts', message.name)}): string {`,
  `  switch (${access('message', member)}) {`,
  ...forms.flatMap(({ value, of }) => [`    case ${literal(value)}:`, `      return encode${of.name}(message);`]),
  '    default:',
  '      return message satisfies never;',
  '  }',
  '}',
  '',
];

function memberParts(message: MessageModel, field: FieldModel, head: Part, lenient: boolean, imports: Imports): readonly Part[] {
  const carried = payloadMember(message);
  // The content of an event is there when its name is.
  const place = message.array ? `message[${message.fields.indexOf(field)}]` : access('message', field.member);
  const value = carried?.payload === field ? access('message', carried.name.member) : place;
  const writer = carried?.payload === field ? payloadWriter(access('message', field.member), imports) : writerOf(message, field, imports);
  const parts = [
    head,
    ...(field.list ? [listOf(value, field.wire?.nullElements === true ? orNull(writer) : writer, imports)] : writer(value)),
  ];
  switch (presenceOf(field)) {
    case 'optional':
      return [code(`(${value} === undefined ? '' : ${joined(parts)})`)];
    case 'nullable': {
      const absent = `${value} === null${lenient ? ` || ${value} === undefined` : ''}`;
      return [code(`(${absent} ? ${joined([head, text('null')])} : ${joined(parts)})`)];
    }
    default:
      return parts;
  }
}

/** Text of one value, given the expression of that value. */
type Writer = ((value: string) => readonly Part[]) & { readonly called?: string };

/** A writer that is a function already. */
const calling = (name: string): Writer => Object.assign((value: string) => [code(`${name}(${value})`)], { called: name });

function writerOf(message: MessageModel, field: FieldModel, imports: Imports): Writer {
  const runtime = (name: string): Writer => calling(imports.value(jsonModule, name));
  const { type } = field;
  switch (type.kind) {
    case 'boolean':
      return (value) => [code(`(${value} ? 'true' : 'false')`)];
    case 'string':
      return runtime('quote');
    case 'integer':
      return runtime(field.wire?.decimalString === true ? 'quote' : 'integer');
    case 'enum':
      return (value) => [text('"'), code(value), text('"')];
    case 'json':
      return runtime('json');
    case 'message': {
      const name = `encode${type.of.name}`;
      return calling(type.of.package === message.package ? name : imports.value(`../${type.of.package}/encode.ts`, name));
    }
    default:
      throw new Error(`field ${message.name}.${field.name} has no place in JSON`);
  }
}

/** Text of what an event says, given the expression of its name. */
const payloadWriter =
  (payload: string, imports: Imports): Writer =>
  (name) => [code(`${imports.value('../events/encode.ts', 'encodePayload')}(${name}, ${payload})`)];

/** A writer of elements that may be null. */
const orNull =
  (writer: Writer): Writer =>
  (value) => [code(`(${value} === null ? 'null' : ${joined(writer(value))})`)];

const listOf = (value: string, writer: Writer, imports: Imports): Part =>
  code(`${imports.value(jsonModule, 'list')}(${value}, ${writer.called ?? `(element) => ${joined(writer('element'))}`})`);

/** One table of encoders for the events: what an event says as JSON text. */
function printPayloads(events: readonly EventModel[], imports: Imports): readonly string[] {
  if (events.length === 0) return [];
  const name = imports.type('./events.ts', 'EventName');
  const payloads = imports.type('./events.ts', 'EventPayloads');
  return [
    `const payloadEncoders: { readonly [N in ${name}]: (payload: ${payloads}[N]) => string } = {`,
    ...events.map(({ message, facts }) => `  ${typescript.names.member(facts.name)}: encode${message.name},`),
    '};',
    '',
    '/** What an event of that name says as JSON text. */',
    `export const encodePayload = <N extends ${name}>(name: N, payload: ${payloads}[N]): string => payloadEncoders[name](payload);`,
    '',
  ];
}

/** One table of encoders for each service: the answer to each command, whichever of its two forms it has. */
function printAnswers(one: PackageModel, service: ServiceModel, endpoint: EndpointFacts, imports: Imports): readonly string[] {
  const stem = serviceStem(service.name);
  const id = endpoint.correlation === '' ? '' : ', id: number | bigint';
  const pass = endpoint.correlation === '' ? 'response' : 'response, id';
  const encoder = ({ name, package: from }: MessageModel): string =>
    from === one.name ? `encode${name}` : imports.value(`../${from}/encode.ts`, `encode${name}`);
  const rows = service.methods.map((method) => {
    const name = typescript.names.member(wireNameOf(method));
    const other = alternativeAnswer(service, method);
    if (other !== null)
      return (
        `  ${name}: (response${id}) => (${literal(other.sign.member)} in response ? ` +
        `${encoder(method.output)}(${pass}) : ${encoder(other.message)}(${pass})),`
      );
    return `  ${name}: ${encoder(method.output)},`;
  });
  const commands = imports.type('./handlers.ts', commandsType(service));
  return [
    '/** The answers to the commands as JSON text; of a stream, its lines. */',
    `export const encode${stem}Response: { readonly [C in keyof ${commands}]: (response: ${commands}[C]['response']${id}) => string } = {`,
    ...rows,
    '};',
    '',
    ...(service.methods.some(({ streaming }) => streaming) && endpoint.correlation === '' && endpoint.outcome !== ''
      ? [
          '/** What comes before the first line of a stream. */',
          `export const ${typescript.names.constant(stem)}Acknowledgement = ` +
            `${literal(JSON.stringify({ [endpoint.outcome]: endpoint.ok }))};`,
          '',
        ]
      : []),
  ];
}
