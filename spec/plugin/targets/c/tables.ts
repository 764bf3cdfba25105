/** clients/c/generated/tables.h and tables.c: messages, enums and calls as constant data, which one reader and one writer go by. */
import type { ClientSocket } from '../../client-surface.ts';
import { clientPackages, clientSockets, exchangeOf } from '../../client-surface.ts';
import type { Parts } from '../../derive.ts';
import { eventsIn, memberForm, payloadMember, requestMessages, wireNameOf } from '../../derive.ts';
import type { EnumModel, FieldModel, MessageModel, MethodModel, SchemaModel } from '../../model.ts';
import type { PrintedFile } from '../../printed-file.ts';
import { c, cFile } from './language.ts';
import { endpointTable, methodTable, socketConstant, socketName, tableName, typeName, valueConstant } from './names.ts';
import { notificationOf } from './notification.ts';
import { eventConstant, sourceName } from './types.ts';

export function printTables(schema: SchemaModel): readonly PrintedFile[] {
  const packages = clientPackages(schema);
  if (packages.length === 0) return [];
  const sources = packages.map(sourceName).join(', ');
  const enums = packages.flatMap((one) => one.enums);
  const messages = packages.flatMap((one) => one.messages);
  const sockets = clientSockets(schema);
  const notification = notificationOf(schema);
  const asked = requestMessages(schema);
  const events = eventsIn(messages);
  const declared = [
    ...enums.map((one) => `extern const struct peinit_enum ${tableName(one)};`),
    ...messages.map((one) => `extern const struct peinit_message ${tableName(one)};`),
    ...sockets.flatMap(({ service }) => [
      `extern const struct peinit_endpoint ${endpointTable(service)};`,
      ...service.methods.map((method) => `extern const struct peinit_method ${methodTable(service, method)};`),
    ]),
  ];
  const head = ['#ifndef PEINIT_TABLES_H', '#define PEINIT_TABLES_H', '', '#include "describe.h"', ''];
  return [
    cFile('tables.h', sources, [...head, ...declared, '', '#endif']),
    cFile('tables.c', sources, [
      '#include "tables.h"',
      '',
      '#include <peinit/commands.h>',
      '',
      ...enums.flatMap(printEnum),
      ...messages.flatMap((message) => printMessage(message, asked.has(message))),
      ...list(
        'struct peinit_event_row peinit_events[]',
        events.map((event) => `{${text(event.facts.name)}, ${eventConstant(event)}, &${tableName(event.message)}}`),
      ),
      `const size_t peinit_event_count = ${events.length};`,
      '',
      ...sockets.flatMap((socket) => printSocket(schema, socket)),
      ...list(
        'struct peinit_endpoint *const peinit_endpoints[]',
        sockets.map(({ service }) => `[${socketConstant(service)}] = &${endpointTable(service)}`),
      ),
      `const size_t peinit_endpoint_count = ${sockets.length};`,
      '',
      ...(notification === null ? [] : printNotification(notification)),
    ]),
  ];
}

const text = (value: string): string => JSON.stringify(value);

/** An array must have an element. */
const list = (declared: string, rows: readonly string[], storage = 'const'): readonly string[] => [
  `${storage} ${declared} = {`,
  ...(rows.length === 0 ? ['  {0},'] : rows.map((row) => `  ${row},`)),
  '};',
];

const printEnum = (declared: EnumModel): readonly string[] => [
  ...list(
    `struct peinit_enum_row ${typeName(declared)}_rows[]`,
    declared.values.map((value) => `{${text(value.wire)}, ${valueConstant(declared, value)}}`),
    'static const',
  ),
  `const struct peinit_enum ${tableName(declared)} = {${declared.values.length}, ${typeName(declared)}_rows};`,
  '',
];

function printMessage(message: MessageModel, asked: boolean): readonly string[] {
  const name = typeName(message);
  const { union } = message;
  if (union !== null)
    return [
      ...list(
        `struct peinit_union_row ${name}_rows[]`,
        union.forms.map(({ value, of }) => `{${text(value)}, &${tableName(of)}}`),
        'static const',
      ),
      `const struct peinit_message ${tableName(message)} = ` +
        `{${text(message.name)}, PEINIT_SHAPE_UNION, sizeof(${name}), ${union.forms.length}, NULL, ${text(union.member)}, ${name}_rows};`,
      '',
    ];
  const shape = message.array ? 'PEINIT_SHAPE_ARRAY' : 'PEINIT_SHAPE_OBJECT';
  return [
    ...list(
      `struct peinit_field ${name}_fields[]`,
      message.fields.map((field) => fieldRow(message, field, asked)),
      'static const',
    ),
    `const struct peinit_message ${tableName(message)} = ` +
      `{${text(message.name)}, ${shape}, sizeof(${name}), ${message.fields.length}, ${name}_fields, NULL, NULL};`,
    '',
  ];
}

const memberOffset = (message: MessageModel, field: FieldModel, prefix = ''): string =>
  `offsetof(${typeName(message)}, ${prefix}${c.names.member(field.member)})`;

function fieldRow(message: MessageModel, field: FieldModel, asked: boolean): string {
  const carried = payloadMember(message);
  const form = memberForm(message, field, asked);
  const type = field === carried?.payload ? 'EVENT' : typeWord(field);
  const hasFlag = form !== 'required' && !field.list && /^(?:BOOLEAN|U?INT|DECIMAL)/.test(type);
  const flag = field === carried?.payload ? memberOffset(message, carried.name) : hasFlag ? memberOffset(message, field, 'has_') : '0';
  const of = field.type.kind === 'enum' || field.type.kind === 'message' ? `&${tableName(field.type.of)}` : 'NULL';
  const words = [
    text(field.member),
    `PEINIT_TYPE_${type}`,
    `PEINIT_FORM_${form.toUpperCase()}`,
    String(field.list),
    String(field.wire?.nullElements ?? false),
    memberOffset(message, field),
    flag,
    of,
  ];
  return `{${words.join(', ')}}`;
}

function typeWord({ type, wire, member }: FieldModel): string {
  switch (type.kind) {
    case 'boolean':
    case 'enum':
    case 'message':
      return type.kind.toUpperCase();
    case 'string':
      return 'TEXT';
    case 'integer':
      if (wire?.decimalString !== true) return `${type.unsigned ? 'U' : ''}INT${type.bits}`;
      if (!type.unsigned) throw new Error(`C has no place for the decimal string ${member} below zero`);
      return 'DECIMAL';
    case 'json':
      return type.shape === 'object' ? 'JSON_OBJECT' : 'JSON';
    default:
      throw new Error(`C has no place for ${member}`);
  }
}

function printSocket(schema: SchemaModel, socket: ClientSocket): readonly string[] {
  const { service, endpoint, failure, code, message } = socket;
  const name = endpointTable(service);
  const pushed = service.methods.flatMap((method) => {
    const exchange = exchangeOf(schema, socket, method);
    return exchange.kind === 'pushes' ? [exchange.pushes] : [];
  });
  return [
    ...service.methods.flatMap((method) => printMethod(schema, socket, method)),
    ...list(
      `struct peinit_method *const ${name}_methods[]`,
      service.methods.map((method) => `&${methodTable(service, method)}`),
      'static const',
    ),
    `const struct peinit_endpoint ${name} = {`,
    `  .name = ${text(socketName(service))},`,
    `  .path = ${text(endpoint.path)},`,
    `  .discriminator = ${text(endpoint.discriminator)},`,
    `  .correlation = ${text(endpoint.correlation)},`,
    `  .outcome = ${text(endpoint.outcome)},`,
    `  .ok = ${text(endpoint.ok)},`,
    `  .error = ${text(endpoint.error)},`,
    `  .pushed_by = ${text(pushed.find(({ by }) => by !== null)?.by?.member ?? '')},`,
    `  .has_bare_pushes = ${pushed.some(({ by }) => by === null)},`,
    `  .failure = &${tableName(failure)},`,
    `  .code = ${code === null ? 'PEINIT_NOWHERE' : memberOffset(failure, code.field)},`,
    `  .message = ${message === null ? 'PEINIT_NOWHERE' : memberOffset(failure, message)},`,
    `  .method_count = ${service.methods.length},`,
    `  .methods = ${name}_methods,`,
    '};',
    '',
  ];
}

function printMethod(schema: SchemaModel, socket: ClientSocket, method: MethodModel): readonly string[] {
  const exchange = exchangeOf(schema, socket, method);
  const { service } = socket;
  const offset = memberOffset;
  const rows = [
    `.name = ${text(wireNameOf(method))}`,
    `.endpoint = &${endpointTable(service)}`,
    `.exchange = PEINIT_EXCHANGE_${exchange.kind.toUpperCase()}`,
    `.request = &${tableName(method.input)}`,
    `.answer = &${tableName(method.output)}`,
  ];
  switch (exchange.kind) {
    case 'answer':
      if (exchange.other !== null)
        rows.push(`.other = &${tableName(exchange.other.message)}`, `.sign = ${text(exchange.other.sign.member)}`);
      break;
    case 'joined': {
      const { parts, join } = exchange;
      const element = elementOf(parts);
      rows.push(...listRows(method, parts), `.key = ${offset(element, join.key)}`, `.inner = ${offset(element, join.inner)}`);
      if (join.inner.type.kind !== 'message') rows.push(`.inner_size = ${innerSize(join.inner)}`);
      else rows.push(`.inner_size = sizeof(${typeName(join.inner.type.of)})`);
      break;
    }
    case 'parts':
      rows.push(...listRows(method, exchange.parts));
      break;
    case 'lines':
      break;
    case 'pushes': {
      const { message, by } = exchange.pushes;
      const asked = method.output.fields.find((field) => field.member === by?.member);
      rows.push(`.pushed = &${tableName(message)}`);
      rows.push(`.by = ${asked === undefined ? 'PEINIT_NOWHERE' : offset(method.output, asked)}`);
      break;
    }
    default:
      exchange satisfies never;
  }
  return [`const struct peinit_method ${methodTable(service, method)} = {`, ...rows.map((row) => `  ${row},`), '};', ''];
}

function elementOf({ list: field }: Parts): MessageModel {
  if (field.type.kind !== 'message') throw new Error(`the parts of ${field.member} are no messages`);
  return field.type.of;
}

const listRows = (method: MethodModel, parts: Parts): readonly string[] => [
  `.list = ${memberOffset(method.output, parts.list)}`,
  `.more = ${memberOffset(method.output, parts.more)}`,
  `.element = &${tableName(elementOf(parts))}`,
];

/** Of an element of a list that is no message. */
function innerSize(field: FieldModel): string {
  if (field.type.kind === 'enum') return `sizeof(${typeName(field.type.of)})`;
  if (field.type.kind === 'string') return 'sizeof(peinit_text)';
  throw new Error(`C cannot join lists of ${field.type.kind}`);
}

const printNotification = (message: MessageModel): readonly string[] => [
  ...list(
    'struct peinit_notify_row peinit_notify_rows[]',
    message.fields.map((field) => {
      const isFlag = field.type.kind === 'boolean' || field.type.kind === 'string';
      const { name, value } = field.notify ?? { name: '', value: '' };
      const flag = isFlag ? '0' : memberOffset(message, field, 'has_');
      return `{${text(name)}, ${text(value)}, PEINIT_TYPE_${typeWord(field)}, ${memberOffset(message, field)}, ${flag}}`;
    }),
  ),
  `const size_t peinit_notify_row_count = ${message.fields.length};`,
  '',
];
