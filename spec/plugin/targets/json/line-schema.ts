/** JSON Schema (Draft 2020-12) of messages, with the comments of the schema as descriptions. */
import type { Envelope } from '../../derive.ts';
import { eventsIn, eventsPackage, kindMember, payloadMember, presenceOf } from '../../derive.ts';
import type { Shape } from '../../json-shape.ts';
import { decimalPattern } from '../../json-shape.ts';
import type { EnumModel, FieldModel, MessageModel, SchemaModel } from '../../model.ts';

/** The definitions that the schema of one line is made of, each once, by PACKAGE.NAME. */
export class Definitions {
  readonly #schema: SchemaModel;
  /** Clients write the line: what may be null may be left out as well. */
  readonly #written: boolean;
  readonly #shapes = new Map<string, Shape>();

  constructor(schema: SchemaModel, written: boolean) {
    this.#schema = schema;
    this.#written = written;
  }

  all(): Shape {
    return Object.fromEntries([...this.#shapes].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** A reference to a message or enum, which is defined on the way. */
  of(declared: MessageModel | EnumModel): Shape {
    const name = `${declared.package}.${declared.name}`;
    if (!this.#shapes.has(name)) {
      // Before its members, which may refer to it.
      this.#shapes.set(name, {});
      this.#shapes.set(name, 'values' in declared ? enumShape(declared) : this.#message(declared));
    }
    return { $ref: `#/$defs/${name}` };
  }

  #message(message: MessageModel): Shape {
    const { comment, union, array, fields } = message;
    if (union !== null) {
      const forms = union.forms.map(({ value, of }) => this.line(of, { correlation: '', fixed: { member: union.member, value } }));
      return { description: comment, oneOf: forms };
    }
    if (array) {
      const items = fields.map((field) => this.#member(field));
      return { description: comment, type: 'array', prefixItems: items, items: false, minItems: items.length };
    }
    return { description: comment, ...this.#members(message), ...this.#payload(message) };
  }

  /** A message with what is put before its members. */
  line(message: MessageModel, { correlation, fixed }: Envelope): Shape {
    const before = {
      ...(correlation === '' ? {} : { [correlation]: { description: 'Id of the request.', type: 'integer', minimum: 0 } }),
      ...(fixed === null ? {} : { [fixed.member]: { const: fixed.value } }),
    };
    const names = Object.keys(before);
    if (names.length === 0) return this.of(message);
    return { type: 'object', properties: before, required: names, allOf: [this.of(message)] };
  }

  #members(message: MessageModel): Shape {
    const required = message.fields.filter((field) => {
      const presence = presenceOf(field);
      return presence === 'required' || (presence === 'nullable' && !this.#written);
    });
    return {
      type: 'object',
      properties: Object.fromEntries(message.fields.map((field) => [field.member, this.#member(field)])),
      ...(required.length === 0 ? {} : { required: required.map(({ member }) => member) }),
      ...kindsOf(message),
    };
  }

  /** The content of an event is told by its name; of names that are not known it may be anything. */
  #payload(message: MessageModel): Shape {
    const carried = payloadMember(message);
    if (carried === null) return {};
    const { payload, name } = carried;
    const allOf = eventsIn(eventsPackage(this.#schema)?.messages ?? []).map((event) => ({
      if: { properties: { [name.member]: { const: event.facts.name } }, required: [name.member] },
      // biome-ignore lint/suspicious/noThenProperty: the word of JSON Schema.
      then: { properties: { [payload.member]: this.of(event.message) } },
    }));
    return allOf.length === 0 ? {} : { allOf };
  }

  #member(field: FieldModel): Shape {
    const one = this.#element(field);
    const element = field.wire?.nullElements === true ? orNull(one) : one;
    const whole = field.list ? { type: 'array', items: element } : element;
    return { description: field.comment, ...(presenceOf(field) === 'nullable' ? orNull(whole) : whole) };
  }

  #element({ type, wire }: FieldModel): Shape {
    switch (type.kind) {
      case 'enum':
      case 'message':
        return this.of(type.of);
      case 'boolean':
        return { type: 'boolean' };
      case 'string': {
        const { maxLength = 0, pattern = '' } = wire ?? {};
        return { type: 'string', ...(maxLength === 0 ? {} : { maxLength }), ...(pattern === '' ? {} : { pattern }) };
      }
      case 'integer': {
        const { min, max } = wire?.range ?? { min: 0n, max: 0n };
        if (wire?.decimalString === true) return { type: 'string', pattern: decimalPattern(min, max) };
        return { type: 'integer', minimum: min, maximum: max };
      }
      case 'json':
        return type.shape === 'object' ? { type: 'object' } : {};
      default:
        return { not: {} };
    }
  }
}

/** Members that stand with some kinds of lines only. */
function kindsOf(message: MessageModel): Shape {
  const some = message.fields.filter(({ wire }) => wire !== null && wire.withKinds.length > 0);
  const told = kindMember(message)?.field.member;
  if (some.length === 0 || told === undefined) return {};
  return {
    dependentSchemas: Object.fromEntries(some.map(({ member, wire }) => [member, { properties: { [told]: { enum: wire?.withKinds } } }])),
  };
}

const orNull = (shape: Shape): Shape => ({ anyOf: [shape, { type: 'null' }] });

/** The names of this version, each with what it means; a newer daemon may send others. */
const enumShape = (declared: EnumModel): Shape => ({
  description: declared.comment,
  oneOf: declared.values.map(({ wire, comment }) => ({ description: comment, const: wire })),
});
