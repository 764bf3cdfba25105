/** The value of a member as a JSON Schema for typebox to compile, and in words for people. */
import { isSafe, maxSafe, presenceOf } from './derive.ts';
import type { FieldModel, MessageModel } from './model.ts';

/** A JSON Schema; typebox adds the type bigint. */
export interface Shape {
  readonly [keyword: string]: unknown;
}

/** `lenient`: a member that may be null may be absent as well, as in requests. */
export function messageShape(message: MessageModel, lenient: boolean): Shape {
  const { union, array, fields } = message;
  if (union !== null) return { anyOf: union.forms.map(({ value, of }) => formShape(union.member, value, of, lenient)) };
  if (array) {
    const items = fields.map((field) => memberShape(field, lenient));
    return { type: 'array', items, additionalItems: false, minItems: items.length };
  }
  const required = message.fields.filter((field) => {
    const presence = presenceOf(field);
    return presence === 'required' || (presence === 'nullable' && !lenient);
  });
  return {
    type: 'object',
    properties: Object.fromEntries(message.fields.map((field) => [field.member, memberShape(field, lenient)])),
    ...(required.length === 0 ? {} : { required: required.map((field) => field.member) }),
  };
}

/** A form of a union, with the member that tells it. */
function formShape(member: string, value: string, of: MessageModel, lenient: boolean): Shape {
  const form = { type: 'object', properties: { [member]: { const: value } }, required: [member] };
  return { allOf: [form, messageShape(of, lenient)] };
}

/** The value of a member where it is there. */
export function memberShape(field: FieldModel, lenient: boolean): Shape {
  const one = elementShape(field, lenient);
  const element = field.wire?.nullElements === true ? { anyOf: [one, { type: 'null' }] } : one;
  const whole = field.list ? { type: 'array', items: element } : element;
  return presenceOf(field) === 'nullable' ? { anyOf: [whole, { type: 'null' }] } : whole;
}

function elementShape(field: FieldModel, lenient: boolean): Shape {
  const { type, wire } = field;
  switch (type.kind) {
    case 'boolean':
      return { type: 'boolean' };
    case 'string':
      return {
        type: 'string',
        ...(wire !== null && wire.maxLength > 0 ? { maxLength: wire.maxLength } : {}),
        ...(wire !== null && wire.pattern !== '' ? { pattern: wire.pattern } : {}),
      };
    case 'integer': {
      const { min, max } = wire?.range ?? { min: 0n, max: 0n };
      if (wire?.decimalString === true) return { type: 'string', pattern: decimalPattern(min, max) };
      const exact = { type: 'integer', minimum: Number(min < -maxSafe ? -maxSafe : min), maximum: Number(max > maxSafe ? maxSafe : max) };
      return isSafe(field) ? exact : { anyOf: [exact, { type: 'bigint', minimum: min, maximum: max }] };
    }
    case 'enum':
      return { enum: type.of.values.map(({ wire: name }) => name) };
    case 'message':
      return messageShape(type.of, lenient);
    case 'json':
      return type.shape === 'object' ? { type: 'object' } : {};
    default:
      return { not: {} };
  }
}

/** Decimal strings from `min` to `max` without leading zeros. */
export function decimalPattern(min: bigint, max: bigint): string {
  const upTo = (limit: bigint): string => {
    const digits = String(limit);
    const longest = [...digits].flatMap((digit, index) => {
      const head = digits.slice(0, index);
      const rest = digits.length - index - 1;
      const least = index === 0 ? 1 : 0;
      const below = Number(digit) - 1;
      if (below < least) return [];
      const smaller = below === least ? String(least) : `[${least}-${below}]`;
      return [`${head}${smaller}${rest > 0 ? `[0-9]{${rest}}` : ''}`];
    });
    const shorter = digits.length > 1 ? [`[1-9][0-9]{0,${digits.length - 2}}`] : [];
    return [...shorter, ...longest, digits].join('|');
  };
  const positive = max > 0n ? `|${upTo(max)}` : '';
  const negative = min < 0n ? `|-(?:${upTo(-min)})` : '';
  return `^(?:0${positive}${negative})$`;
}

/** What a member must be, in words that follow "must be". */
export function expectation(field: FieldModel): string {
  const one = elementWords(field);
  const element = field.wire?.nullElements === true ? `${one} or null` : one;
  const whole = field.list ? `a list, each element ${element}` : one;
  return presenceOf(field) === 'nullable' ? `${whole}, or null` : whole;
}

function elementWords(field: FieldModel): string {
  const { type, wire } = field;
  switch (type.kind) {
    case 'boolean':
      return 'true or false';
    case 'string': {
      if (wire !== null && wire.words !== '') return wire.words;
      const length = wire !== null && wire.maxLength > 0 ? ` of at most ${wire.maxLength} characters` : '';
      const pattern = wire !== null && wire.pattern !== '' ? ` that matches ${wire.pattern}` : '';
      return `a string${length}${pattern}`;
    }
    case 'integer': {
      const { min, max } = wire?.range ?? { min: 0n, max: 0n };
      return wire?.decimalString === true ? `a string with a decimal number from ${min} to ${max}` : `an integer from ${min} to ${max}`;
    }
    case 'enum':
      return `one of ${type.of.values.map(({ wire: name }) => JSON.stringify(name)).join(', ')}`;
    case 'message':
      return type.of.array ? `a list of ${type.of.fields.map(({ member }) => member).join(', ')}` : `an object (${type.of.name})`;
    case 'json':
      return type.shape === 'object' ? 'an object' : 'any JSON value';
    default:
      return 'nothing';
  }
}
