/** Options as plain data, and the names on the wire of enum values, those of the options among them. */
import type { DescEnum, DescField, DescMessage, Message } from '@bufbuild/protobuf';
import { getOption, hasOption } from '@bufbuild/protobuf';
import * as options from '../../gen/es/peinit/options/v1/options_pb.ts';
import type { Facts } from './model.ts';
import { snakeCase } from './names.ts';

/** All facts of an option, those that are left out with the value that counts then; only the descriptor names these. */
export function factsOf<Option extends Message>(schema: DescMessage, stated: Option): Facts<Option> {
  const members = new Map<string, unknown>(schema.fields.map(({ localName }) => [localName, Reflect.get(stated, localName)]));
  return Object.fromEntries(members) as Facts<Option>;
}

/** The wire name of a value of one of the option enums: OUTCOME_CANCEL_AND_STOP to cancel_and_stop. */
export const optionWord = (declared: DescEnum, number: number): string => {
  const value = declared.value[number];
  return value === undefined
    ? 'unspecified'
    : wireName(declared, value.name, hasOption(value, options.value) ? getOption(value, options.value).json : '');
};

export const wireName = (declared: DescEnum, name: string, json: string): string => {
  if (json !== '') return json;
  const prefix = `${snakeCase(declared.name)}_`;
  const lower = name.toLowerCase();
  return lower.startsWith(prefix) ? lower.slice(prefix.length) : lower;
};

/** The number of an enum field of an option message, 0 when it is not set. */
export const cellOf = (row: options.Matrix | options.ConflictRow, column: DescField): number => {
  const value: unknown = new Map<string, unknown>(Object.entries(row)).get(column.localName);
  return typeof value === 'number' ? value : 0;
};
