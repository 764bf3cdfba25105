/** Facts of registry values, kernel-style parameters and notify keys. */
import { parseParameterDefault, registryDefault } from '../../defaults.ts';
import type { TableValue } from '../../fact-rows.ts';
import { bounds, fieldRow, rowKind, scalarKind } from '../../fact-rows.ts';
import type { FieldModel, MessageModel, PackageModel } from '../../model.ts';
import { typescript } from './language.ts';
import { literal } from './literals.ts';
import type { Tables } from './tables.ts';

export const storeTables = (tables: Tables): readonly string[] => {
  const of = (kind: MessageModel['kind']): readonly MessageModel[] => tables.one.messages.filter((message) => message.kind === kind);
  const registryMessages = of('registry');
  return [
    ...registryMessages.flatMap((message) => registry(tables, message, tableStem(tables.one, message, registryMessages.length))),
    ...parameters(tables, of('parameter')),
    ...notify(tables, of('notify')),
  ];
};

function registry(tables: Tables, message: MessageModel, stem: string): readonly string[] {
  const type = tables.type(message.name);
  const rows = Object.fromEntries(message.fields.map((field) => [field.member, fieldRow(message, field)]));
  const members = message.fields.map((field) => `readonly ${field.member}: ${fieldType(tables, field)}`).join('; ');
  const required = message.fields.filter((field) => field.registry?.required === true).map((field) => literal(field.member));
  const defaults = message.fields.flatMap((field): readonly [string, TableValue][] => {
    const value = registryDefault(field);
    return value === null ? [] : [[field.member, value]];
  });
  const key: TableValue = { path: message.key?.path ?? '', watched: message.key?.watched ?? false };
  return [
    ...tables.table(`The registry values of {@link ${message.name}}, by member.`, `${stem}Fields`, `{ ${members} }`, rows),
    ...tables.table(
      `What absent values of {@link ${message.name}} count as.`,
      `${stem}Defaults`,
      required.length === 0 ? type : `Omit<${type}, ${required.join(' | ')}>`,
      Object.fromEntries(defaults),
    ),
    ...tables.table(`Where {@link ${message.name}} stands in the registry.`, `${stem}Key`, tables.row('KeyRow'), key),
  ];
}

function fieldType(tables: Tables, field: FieldModel): string {
  const name = tables.row(`${rowKind(field)}Field`);
  return field.type.kind === 'enum' && !field.list ? `${name}<${tables.type(field.type.of.name, field.type.of.package)}>` : name;
}

function parameters(tables: Tables, messages: readonly MessageModel[]): readonly string[] {
  const fields = messages.flatMap((message) => message.fields);
  if (fields.length === 0) return [];
  const rows = fields.map((field): [string, TableValue] => [
    field.member,
    {
      member: field.member,
      name: field.parameter?.name ?? '',
      kind: scalarKind(field),
      values: field.type.kind === 'enum' ? field.type.of.values.map(({ wire }) => wire) : [],
      default: parseParameterDefault(field),
      ...bounds(field),
      placeholder: field.parameter?.placeholder ?? '',
      section: field.parameter?.section ?? '',
      text: field.comment,
    },
  ]);
  const keys = messages.map(({ name }) => `keyof ${tables.type(name)}`).join(' | ');
  return tables.table(
    'The kernel-style parameters, by member.',
    'parameters',
    `{ readonly [P in ${keys}]: ${tables.row('ParameterRow')} }`,
    Object.fromEntries(rows),
  );
}

function notify(tables: Tables, messages: readonly MessageModel[]): readonly string[] {
  const fields = messages.flatMap((message) => message.fields);
  if (fields.length === 0) return [];
  const rows = fields.map((field): [string, TableValue] => [
    field.member,
    {
      member: field.member,
      name: field.notify?.name ?? '',
      value: field.notify?.value ?? '',
      kind: scalarKind(field),
      ...bounds(field),
      inert: field.notify?.inert ?? false,
      foreign: field.notify?.foreign ?? false,
      section: field.notify?.section ?? '',
      text: field.comment,
    },
  ]);
  const keys = messages.map(({ name }) => `keyof ${tables.type(name)}`).join(' | ');
  return tables.table(
    'The keys of the notify socket, by member.',
    'notifyKeys',
    `{ readonly [K in ${keys}]: ${tables.row('NotifyRow')} }`,
    Object.fromEntries(rows),
  );
}

/** `definition`, `setting`: the package in the singular where it has one such message, else the message. */
const tableStem = (one: PackageModel, message: MessageModel, count: number): string =>
  count === 1 ? one.name.replace(/s$/, '') : typescript.names.constant(message.name);
