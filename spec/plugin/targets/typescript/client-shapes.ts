/**
 * clients/typescript/generated/shapes.ts: what answers must have, as a table that clients/typescript/check-answer.ts walks through; and
 * what is asked by which method, for programs that go by the names on the wire.
 */
import type { ClientSocket } from '../../client-surface.ts';
import { clientPackages, exchangeOf } from '../../client-surface.ts';
import type { MemberForm } from '../../derive.ts';
import {
  alternativeAnswer,
  answersOf,
  eventsIn,
  memberForm,
  payloadMember,
  pushesOf,
  reachable,
  requestMessages,
  wireNameOf,
} from '../../derive.ts';
import type { FieldModel, MessageModel, SchemaModel } from '../../model.ts';
import { lowerFirst, serviceStem } from '../../names.ts';
import type { PrintedFile } from '../../printed-file.ts';
import { Imports } from './imports.ts';
import { doc, typescript, typescriptFile } from './language.ts';
import { literal, memberName } from './literals.ts';

export function printClientShapes(schema: SchemaModel): readonly PrintedFile[] {
  const packages = clientPackages(schema);
  if (packages.length === 0) return [];
  const sockets = packages.flatMap((one) => one.sockets);
  const requests = requestMessages(schema);
  const events = eventsIn(packages.flatMap(({ messages }) => messages));
  const told = reachable([
    ...events.map(({ message }) => message),
    ...sockets.flatMap(({ service, failure }) => [
      failure,
      ...service.methods.flatMap((method) => {
        const pushes = pushesOf(schema, method);
        return [...answersOf(service, method), ...(pushes === null ? [] : [pushes.message])];
      }),
    ]),
  ]);
  const messages = packages.flatMap((one) => one.messages).filter((message) => told.has(message));
  const imports = new Imports();
  const body = [
    '/** Messages that clients get, by their packages and names. */',
    `export const shapes: { readonly [message: string]: ${imports.type('../shape.ts', 'Shape')} } = {`,
    ...messages.flatMap((message) => printShape(message, requests.has(message))),
    '};',
    '',
    '/** Messages of events, by the names of these. */',
    'export const eventShapes: { readonly [event: string]: string } = {',
    ...events.map(({ message, facts }) => `  ${memberName(facts.name)}: ${nameOf(message)},`),
    '};',
    '',
    ...sockets.flatMap((socket) => printExchanges(schema, socket, imports)),
  ];
  return [
    typescriptFile('clients/typescript/generated/shapes.ts', packages.map(({ package: { name } }) => `peinit/${name}`).join(', '), [
      ...imports.lines(),
      '',
      ...body,
    ]),
  ];
}

const nameOf = (message: MessageModel): string => literal(`${message.package}.${message.name}`);

function printShape(message: MessageModel, read: boolean): readonly string[] {
  if (message.union !== null) {
    const forms = message.union.forms.map(({ value, of }) => `${memberName(value)}: ${nameOf(of)}`);
    return [`  ${nameOf(message)}: { by: ${literal(message.union.member)}, forms: { ${forms.join(', ')} } },`];
  }
  if (message.array) return [`  ${nameOf(message)}: { items: [${message.fields.map((field) => row(message, field, read)).join(', ')}] },`];
  return [
    `  ${nameOf(message)}: {`,
    '    members: {',
    ...message.fields.map((field) => `      ${memberName(field.member)}: ${row(message, field, read)},`),
    '    },',
    '  },',
  ];
}

const forms: { readonly [F in MemberForm]: string | null } = {
  required: null,
  nullable: 'null',
  optional: 'left out',
  lenient: 'null or left out',
};

function row(message: MessageModel, field: FieldModel, read: boolean): string {
  const { type, wire } = field;
  const form = forms[memberForm(message, field, read)];
  const carried = payloadMember(message);
  const parts = [
    `is: ${literal(kindOf(field))}`,
    ...(type.kind === 'message' ? [`of: ${nameOf(type.of)}`] : []),
    ...(type.kind === 'integer' && wire !== null ? [`min: ${bound(wire.range.min)}`, `max: ${bound(wire.range.max)}`] : []),
    ...(field === carried?.payload ? [`event: ${literal(carried.name.member)}`] : []),
    ...(field.list ? ['list: true'] : []),
    ...(wire?.nullElements === true ? ['nullElements: true'] : []),
    ...(form === null ? [] : [`absent: ${literal(form)}`]),
  ];
  return `{ ${parts.join(', ')} }`;
}

const bound = (value: bigint): string => (BigInt(Number(value)) === value && Math.abs(Number(value)) < 2 ** 53 ? `${value}` : `${value}n`);

function kindOf({ type, wire }: FieldModel): string {
  switch (type.kind) {
    case 'integer':
      return wire?.decimalString === true ? 'decimal' : 'integer';
    case 'enum':
      return 'string';
    case 'json':
      return type.shape;
    default:
      return type.kind;
  }
}

/** The commands of a socket: the method that asks each, and what its answer is. */
function printExchanges(schema: SchemaModel, socket: ClientSocket, imports: Imports): readonly string[] {
  const { service } = socket;
  return [
    doc(`What is asked on the socket by which method, by the names on the wire. ${service.comment.split('. ')[0]}.`),
    `export const ${lowerFirst(serviceStem(service.name))}Socket: ${imports.type('../shape.ts', 'SocketRow')} = {`,
    `  failure: ${nameOf(socket.failure)},`,
    `  framing: [${[socket.endpoint.correlation, socket.endpoint.outcome]
      .filter((name) => name !== '')
      .map(literal)
      .join(', ')}],`,
    '  exchanges: {',
    ...service.methods.map((method) => {
      const name = wireNameOf(method);
      const other = alternativeAnswer(service, method);
      const pushes = pushesOf(schema, method);
      const parts = [
        `method: ${literal(typescript.names.method(name))}`,
        `kind: ${literal(exchangeOf(schema, socket, method).kind)}`,
        `answer: ${nameOf(method.output)}`,
        ...(other === null ? [] : [`other: { answer: ${nameOf(other.message)}, without: ${literal(other.sign.member)} }`]),
        ...(pushes === null ? [] : [`pushed: ${nameOf(pushes.message)}`]),
      ];
      return `    ${memberName(name)}: { ${parts.join(', ')} },`;
    }),
    '  },',
    '};',
    '',
  ];
}
