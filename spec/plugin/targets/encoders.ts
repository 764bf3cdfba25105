/** gen/PACKAGE/encode.ts: messages to JSON text by straight-line string building, members in the order of the schema. */
import type { EndpointFacts, FieldModel, MessageModel, MethodModel, PackageModel, SchemaModel, ServiceModel } from '../model.ts';
import { presenceOf, wireNameOf } from '../model.ts';
import { access, literal, lowerFirst, memberName, serviceStem } from '../names.ts';
import type { PrintedFile } from '../print.ts';
import { doc, sourceOf, typescriptFile } from '../print.ts';
import { alternativeAnswer, commandsType } from './handlers.ts';
import { requestMessages } from './types.ts';

export function printEncoders(schema: SchemaModel): readonly PrintedFile[] {
  const envelopes = envelopesOf(schema);
  const requests = requestMessages(schema);
  return schema.packages.flatMap((one) => {
    const messages = one.messages.filter(({ kind }) => kind === 'json');
    return messages.length === 0
      ? []
      : [typescriptFile(`gen/${one.name}/encode.ts`, sourceOf(one), body(one, messages, envelopes, requests))];
  });
}

/** What the framing puts before the members of a message. */
interface Envelope {
  /** Member that takes the id of the request; empty: none. */
  readonly correlation: string;
  readonly text: string;
}

function envelopesOf(schema: SchemaModel): ReadonlyMap<MessageModel, Envelope> {
  const envelopes = new Map<MessageModel, Envelope>();
  const add = ({ discriminator, correlation, outcome }: EndpointFacts, method: MethodModel): void => {
    envelopes.set(method.input, { correlation, text: `${JSON.stringify(discriminator)}:${JSON.stringify(wireNameOf(method))}` });
    const answered = outcome === '' ? '' : `${JSON.stringify(outcome)}:"ok"`;
    if (!method.streaming && (answered !== '' || correlation !== '')) envelopes.set(method.output, { correlation, text: answered });
  };
  for (const { endpoint, methods } of schema.packages.flatMap((one) => one.services))
    if (endpoint !== null) for (const method of methods) add(endpoint, method);
  return envelopes;
}

function body(
  one: PackageModel,
  messages: readonly MessageModel[],
  envelopes: ReadonlyMap<MessageModel, Envelope>,
  requests: ReadonlySet<MessageModel>,
): readonly string[] {
  const foreign = new Map<string, Set<string>>();
  const functions = messages.flatMap((message) => printEncoder(message, envelopes.get(message) ?? null, requests.has(message), foreign));
  const tables = one.services.flatMap((service) => (service.endpoint === null ? [] : printAnswers(service, service.endpoint)));
  const text = functions.join('\n');
  const runtime = ['integer', 'json', 'list', 'quote'].filter((name) => new RegExp(`(?<![."'\\w])${name}\\b(?=[(,)])`).test(text));
  return [
    ...(runtime.length === 0 ? [] : [`import { ${runtime.join(', ')} } from '../../src/json/text.ts';`]),
    ...[...foreign]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, used]) => `import { ${[...used].sort().join(', ')} } from '../${name}/encode.ts';`),
    ...(tables.length === 0 ? [] : [`import type { ${one.services.map(commandsType).sort().join(', ')} } from './handlers.ts';`]),
    `import type { ${messages
      .map(({ name }) => name)
      .sort()
      .join(', ')} } from './types.ts';`,
    '',
    ...functions,
    ...tables,
  ];
}

function printEncoder(
  message: MessageModel,
  envelope: Envelope | null,
  lenient: boolean,
  foreign: Map<string, Set<string>>,
): readonly string[] {
  const parts: string[] = [];
  // Whether something certainly stands before the next member, so that it begins with a comma.
  let follows = false;
  if (envelope !== null && envelope.correlation !== '') {
    parts.push(`'${JSON.stringify(envelope.correlation)}:' + integer(id)`);
    follows = true;
  }
  if (envelope !== null && envelope.text !== '') {
    parts.push(literal(`${follows ? ',' : ''}${envelope.text}`));
    follows = true;
  }
  // Until a member stands there for certain, all begin with a comma and the first one is cut off.
  const cut = !follows && message.fields[0] !== undefined && presenceOf(message.fields[0]) === 'optional';
  for (const field of message.fields) {
    const head = `${follows || cut ? ',' : ''}${JSON.stringify(field.member)}:`;
    parts.push(memberExpression(message, field, head, lenient, foreign));
    follows = true;
  }
  const unused = message.fields.length === 0;
  const value = unused ? '_message' : 'message';
  const id = envelope !== null && envelope.correlation !== '' ? ', id: number | bigint' : '';
  const joined = fold(parts);
  const text = parts.length === 0 ? "'{}'" : cut ? `'{' + (${joined}).slice(1) + '}'` : fold([`'{'`, joined, `'}'`]);
  return [
    doc(`{@link ${message.name}} as JSON text${id === '' ? '' : ', with the id of its request'}.`),
    `export const encode${message.name} = (${value}: ${message.name}${id}): string =>`,
    `  ${text};`,
    '',
  ];
}

/** Joins expressions with + and melts neighbouring literals into one. */
function fold(parts: readonly string[]): string {
  return parts.join(' + ').replaceAll(/(?<!\\)' \+ '/g, '');
}

function memberExpression(
  message: MessageModel,
  field: FieldModel,
  head: string,
  lenient: boolean,
  foreign: Map<string, Set<string>>,
): string {
  const value = access('message', field.member);
  const whole = field.list
    ? `list(${value}, ${elementFunction(message, field, foreign)})`
    : elementExpression(message, field, value, foreign);
  switch (presenceOf(field)) {
    case 'optional':
      return `(${value} === undefined ? '' : ${fold([literal(head), whole])})`;
    case 'nullable':
      return `(${value} === null${lenient ? ` || ${value} === undefined` : ''} ? ${literal(`${head}null`)} : ${fold([literal(head), whole])})`;
    default:
      return `${literal(head)} + ${whole}`;
  }
}

const elementFunction = (message: MessageModel, field: FieldModel, foreign: Map<string, Set<string>>): string => {
  if (field.type.kind === 'string' || field.wire?.decimalString === true) return 'quote';
  const expression = elementExpression(message, field, 'element', foreign);
  const plain = /^(\w+)\(element\)$/.exec(expression);
  return plain?.[1] ?? `(element) => ${expression}`;
};

function elementExpression(message: MessageModel, field: FieldModel, value: string, foreign: Map<string, Set<string>>): string {
  const { type } = field;
  switch (type.kind) {
    case 'boolean':
      return `(${value} ? 'true' : 'false')`;
    case 'string':
      return `quote(${value})`;
    case 'integer':
      return field.wire?.decimalString === true ? `quote(${value})` : `integer(${value})`;
    case 'enum':
      return `'"' + ${value} + '"'`;
    case 'json':
      return `json(${value})`;
    case 'message': {
      const name = `encode${type.of.name}`;
      if (type.of.package !== message.package) foreign.set(type.of.package, (foreign.get(type.of.package) ?? new Set()).add(name));
      return `${name}(${value})`;
    }
    default:
      throw new Error(`field ${message.name}.${field.name} has no place in JSON`);
  }
}

/** One table of encoders for each service: the answer to each command, whichever of its two forms it has. */
function printAnswers(service: ServiceModel, endpoint: EndpointFacts): readonly string[] {
  const stem = lowerFirst(serviceStem(service.name));
  const id = endpoint.correlation === '' ? '' : ', id: number | bigint';
  const pass = endpoint.correlation === '' ? 'response' : 'response, id';
  const rows = service.methods.map((method) => {
    const own = method.streaming && endpoint.correlation !== '' ? `(response) => encode${method.output.name}(response)` : null;
    const other = alternativeAnswer(service, method);
    if (other === null) return `  ${memberName(wireNameOf(method))}: ${own ?? `encode${method.output.name}`},`;
    const sign = method.output.fields.find(
      (field) => presenceOf(field) === 'required' && !other.fields.some(({ member }) => member === field.member),
    );
    if (sign === undefined)
      throw new Error(
        `answers of ${service.name}.${method.name} cannot be told apart: ${method.output.name} has no required member of its own`,
      );
    return `  ${memberName(wireNameOf(method))}: (response${id}) => (${literal(sign.member)} in response ? encode${method.output.name}(${pass}) : encode${other.name}(${pass})),`;
  });
  const commands = commandsType(service);
  return [
    '/** The answers to the commands as JSON text; of a stream, its lines. */',
    `export const encode${serviceStem(service.name)}Response: { readonly [C in keyof ${commands}]: (response: ${commands}[C]['response']${id}) => string } = {`,
    ...rows,
    '};',
    '',
    ...(service.methods.some(({ streaming }) => streaming) && endpoint.correlation === '' && endpoint.outcome !== ''
      ? [
          '/** What comes before the first line of a stream. */',
          `export const ${stem}Acknowledgement = ${literal(`{${JSON.stringify(endpoint.outcome)}:"ok"}`)};`,
          '',
        ]
      : []),
  ];
}
