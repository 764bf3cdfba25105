/** Expressions that read and write the value of a member. */
import type { MemberForm } from '../../derive.ts';
import { payloadMember } from '../../derive.ts';
import { typeRange } from '../../extract-fields.ts';
import type { Refer } from '../../language.ts';
import type { FieldModel, MessageModel } from '../../model.ts';
import { snakeCase } from '../../names.ts';
import type { Imports } from './imports.ts';
import { literal, python } from './language.ts';

/** The functions of a union, which has no class of its own. */
export const unionDecoder = (name: string): string => `decode_${snakeCase(name)}`;
export const unionEncoder = (name: string): string => `encode_${snakeCase(name)}`;

/** The function that reads one value. */
function elementDecoder(field: FieldModel, refer: Refer, imports: Imports): string {
  const { type, wire } = field;
  switch (type.kind) {
    case 'boolean':
      return imports.ours('wire', 'as_boolean');
    case 'string':
      return imports.ours('wire', 'as_string');
    case 'integer':
      return wire?.decimalString === true
        ? imports.ours('wire', 'as_decimal')
        : `${imports.ours('wire', 'integer_within')}(${bounds(field)})`;
    case 'enum':
      return `${refer(type.of.package, type.of.name)}.decode`;
    case 'message':
      if (type.of.union !== null) return refer(type.of.package, unionDecoder(type.of.name));
      return `${refer(type.of.package, type.of.name)}.decode`;
    case 'json':
      return imports.ours('wire', type.shape === 'object' ? 'members' : 'as_json');
    default:
      throw new Error(`${field.name}: no wire of clients has ${type.kind}`);
  }
}

const bounds = ({ type }: FieldModel): string => `${typeRange(type).min}, ${typeRange(type).max}`;
const integerWords = ({ type }: FieldModel): string => `an integer from ${typeRange(type).min} to ${typeRange(type).max}`;

/** Types of JSON that the frequent members are told by, in place: a call for each would be half the time that an answer takes to read. */
const plain: { readonly [kind: string]: { readonly type: string; readonly wrong: string } | undefined } = {
  string: { type: 'str', wrong: 'a string' },
  boolean: { type: 'bool', wrong: 'true or false' },
  integer: { type: 'int', wrong: 'an integer' },
};

/** The expression that reads a member of `whole`. */
export function reading(message: MessageModel, field: FieldModel, form: MemberForm, refer: Refer, imports: Imports): string {
  const { type, list, wire } = field;
  const name = literal(field.member);
  const wrong = imports.ours.bind(imports, 'wire');
  const quick = list || wire?.decimalString === true ? undefined : plain[type.kind];
  const within = type.kind === 'integer' ? ` and ${typeRange(type).min} <= one <= ${typeRange(type).max}` : '';
  const isType = quick === undefined ? '' : `type(one) is ${quick.type}${within}`;
  const expected = type.kind === 'integer' ? integerWords(field) : quick?.wrong;
  if (quick !== undefined && form === 'required')
    return (
      `one if type(one := whole.get(${name})) is ${quick.type}${within} else ` +
      `${wrong('wrong')}(whole, ${name}, ${literal(expected ?? '')})`
    );
  if (quick !== undefined && form === 'nullable') {
    const told = `(one := whole.get(${name}, whole)) is None or ${within === '' ? isType : `(${isType})`}`;
    return `one if ${told} else ${wrong('wrong')}(whole, ${name}, ${literal(`${expected} or null`)})`;
  }
  if (type.kind === 'enum' && !list && (form === 'required' || form === 'nullable'))
    return `${wrong(`${form}_word`)}(whole, ${name}, ${refer(type.of.package, type.of.name)})`;
  const carried = payloadMember(message);
  if (field === carried?.payload) {
    const event = `${imports.ours('wire', 'text_of')}(whole, ${literal(carried.name.member)})`;
    return `${imports.ours('wire', form)}(whole, ${name}, ${imports.from('.events', 'payload_decoder')}(${event}))`;
  }
  const element = elementDecoder(field, refer, imports);
  const convert = wire?.nullElements === true ? `${imports.ours('wire', 'or_null')}(${element})` : element;
  return `${imports.ours('wire', list ? `${form}_list` : form)}(whole, ${name}, ${convert})`;
}

/** One value as JSON; `value` is the expression that gives it. */
function elementEncoder({ type, wire }: FieldModel, value: string, refer: Refer): string {
  if (type.kind === 'message')
    return type.of.union === null ? `${value}.encode()` : `${refer(type.of.package, unionEncoder(type.of.name))}(${value})`;
  return type.kind === 'integer' && wire?.decimalString === true ? `str(${value})` : value;
}

/** The whole member as JSON, where it is there; `value` is an expression that is not null. */
export function encoded(message: MessageModel, field: FieldModel, value: string, refer: Refer, imports: Imports): string {
  if (field === payloadMember(message)?.payload) return `${imports.from('.events', 'encode_payload')}(${value})`;
  if (!field.list) return elementEncoder(field, value, refer);
  const all = `${imports.ours('wire', 'elements')}(${value})`;
  const one = elementEncoder(field, 'one', refer);
  const element = field.wire?.nullElements === true && one !== 'one' ? `None if one is None else ${one}` : one;
  return element === 'one' ? all : `[${element} for one in ${all}]`;
}

/** Whether a value is JSON as it stands. */
export const isPlain = (message: MessageModel, field: FieldModel): boolean =>
  encoded(message, field, 'x', (_, name) => name, nowhere) === 'x';

const nowhere = { ours: (_: string, name: string) => name, from: (_: string, name: string) => name } as unknown as Imports;

/** The type of a member that carries an event: a message of its own where the name is known. */
export const payloadType = (imports: Imports): string =>
  `${imports.from('.events', 'EventPayload')} | ${imports.ours('wire', 'JsonObject')}`;

export const { member: memberName } = python.names;
