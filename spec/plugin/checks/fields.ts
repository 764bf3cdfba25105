/** Members of JSON messages and values of enums: types that have a place on the wire, presence, names that do not clash. */
import { kindMember, nestedMessages, presenceOf } from '../derive.ts';
import { typeRange } from '../extract-fields.ts';
import type { EnumModel, FieldModel, MessageModel, SchemaModel, UnionModel } from '../model.ts';
import type { Report } from '../problems.ts';
import { reportClashes } from '../problems.ts';

export function checkFields(schema: SchemaModel, report: Report): void {
  for (const { enums, messages } of schema.packages) {
    for (const declared of enums) checkEnum(declared, report);
    for (const message of messages) {
      for (const field of message.fields) {
        checkOptions(message, field, report);
        if (message.kind === 'json') checkMember(message, field, report);
      }
      const where = message.kind === 'json' ? 'on the wire' : 'in TypeScript';
      reportClashes(
        message.fields,
        (field) => field.member,
        (field, first) =>
          report(
            field.source,
            `field ${message.name}.${field.name} is called ${field.member} ${where}, like ${first.name}; rename one of them.`,
          ),
      );
      if (message.kind === 'json') checkRecursion(message, report);
      if (message.array) checkArray(message, report);
      if (message.union !== null) checkUnion(schema, message, message.union, report);
    }
  }
}

function checkEnum(declared: EnumModel, report: Report): void {
  if (declared.values.length === 0) report(declared.source, `enum ${declared.name} has no values; give it at least one besides zero.`);
  reportClashes(
    declared.values,
    (value) => value.wire,
    (value, first) =>
      report(
        value.source,
        `enum value ${value.name} is called ${value.wire} on the wire, like ${first.name}; rename one or set (value).json.`,
      ),
  );
  for (const value of declared.values) {
    if (!/^[!#-[\]-~]+$/.test(value.wire)) {
      report(
        value.source,
        `enum value ${value.name} is called ${JSON.stringify(value.wire)} on the wire; ` +
          'use printable ASCII without quotes, backslashes and spaces.',
      );
    }
  }
}

/** One purpose for one message: the options of all its fields are of the same kind. */
function checkOptions(message: MessageModel, field: FieldModel, report: Report): void {
  const stated = [
    field.wire === null ? [] : ['wire'],
    field.registry === null ? [] : ['registry'],
    field.parameter === null ? [] : ['parameter'],
    field.notify === null ? [] : ['notify'],
  ].flat();
  const wanted = message.kind === 'json' ? 'wire' : message.kind;
  for (const other of stated.filter((name) => name !== wanted)) {
    report(
      field.source,
      `field ${message.name}.${field.name} has the option ${other} in a message for ${wanted}; split the message or remove the option.`,
    );
  }
  if (wanted !== 'wire' && !stated.includes(wanted)) {
    report(
      field.source,
      `field ${message.name}.${field.name} has no option ${wanted}, which the other fields of the message have; add it.`,
    );
  }
}

function checkMember(message: MessageModel, field: FieldModel, report: Report): void {
  const name = `field ${message.name}.${field.name}`;
  if (field.type.kind === 'unsupported') {
    report(
      field.source,
      `${name} is ${field.type.words}, which has no place on the wire; ` +
        'use bool, string, an integer, an enum, a message, google.protobuf.Struct or Value, or a list of one.',
    );
  }
  if (field.type.kind === 'bytes')
    report(field.source, `${name} is bytes, which has no place in JSON; use a string and say how it is encoded.`);
  if (field.type.kind === 'message' && field.type.of.kind !== 'json') {
    report(field.source, `${name} is the message ${field.type.of.name}, which is not for JSON; use a message with wire options.`);
  }
  if (presenceOf(field) === 'unspecified') {
    report(field.source, `${name} has no presence; set (wire).presence to PRESENCE_REQUIRED, PRESENCE_NULLABLE or PRESENCE_OPTIONAL.`);
  }
  const { wire } = field;
  if (wire === null) return;
  if (field.type.kind !== 'string' && (wire.maxLength !== 0 || wire.pattern !== '')) {
    report(field.source, `${name} has max_length or pattern but is no string; remove them.`);
  }
  if (wire.pattern !== '' && !isPattern(wire.pattern))
    report(field.source, `${name} has a pattern that is no regular expression; correct it.`);
  if (field.type.kind === 'integer') {
    const whole = typeRange(field.type);
    const { min, max } = wire.range;
    if (min > max || min < whole.min || max > whole.max) {
      report(field.source, `${name} is bounded by ${min} and ${max}, which its type does not hold; correct min and max.`);
    }
  }
  if (wire.nullElements && !field.list) report(field.source, `${name} has null_elements but is no list; make it nullable or a list.`);
  if (wire.apart && presenceOf(field) !== 'required')
    report(field.source, `${name} is written apart but may be missing; make it required.`);
  const kinds = kindMember(message)?.of.values.map((value) => value.wire) ?? [];
  for (const kind of wire.withKinds.filter((one) => !kinds.includes(one)))
    report(field.source, `${name} stands with the kind ${kind}, which no required enum kind of ${message.name} has; correct with_kind.`);
  if (wire.withKinds.length > 0 && presenceOf(field) !== 'optional')
    report(field.source, `${name} stands with some kinds only and is not optional; make it optional or remove with_kind.`);
  if (wire.decimalString && !(field.type.kind === 'integer' && field.type.bits === 64)) {
    report(field.source, `${name} is a decimal string but no 64-bit integer; use uint64 or int64, or remove decimal_string.`);
  }
}

function isPattern(pattern: string): boolean {
  try {
    new RegExp(pattern, 'u');
    return true;
  } catch {
    return false;
  }
}

/** An array has a place for each member, and nothing that could be missing. */
function checkArray(message: MessageModel, report: Report): void {
  if (message.kind !== 'json' || message.fields.length === 0)
    report(message.source, `message ${message.name} is an array but has no members for JSON; give it some or remove the option array.`);
  for (const field of message.fields.filter((one) => presenceOf(one) === 'optional'))
    report(field.source, `field ${message.name}.${field.name} has a place in an array but may be left out; make it required or nullable.`);
}

/** The member that tells a form is written by the form itself, which is therefore nothing else. */
function checkUnion({ packages }: SchemaModel, message: MessageModel, { member, forms }: UnionModel, report: Report): void {
  const all = packages.flatMap(({ messages }) => messages);
  const asked = packages.flatMap(({ services }) =>
    services.flatMap(({ methods }) => methods.flatMap(({ input, output }) => [input, output])),
  );
  for (const { value, of, source } of forms) {
    const say = (sentence: string): void => report(source, `form ${message.name}.${value} ${sentence}`);
    if (of.kind !== 'json' || of.array || of.union !== null || of.package !== message.package)
      say(`is ${of.name}, which is no plain message of the package for JSON; use one.`);
    if (of.fields.some((field) => field.member === member)) say(`is ${of.name}, which has a member ${member} already; rename that one.`);
    const isPlain = asked.includes(of) || all.some(({ fields }) => fields.some(({ type }) => type.kind === 'message' && type.of === of));
    const isOther = all.some(({ union }) =>
      union?.forms.some((form) => form.of === of && (form.value !== value || union.member !== member)),
    );
    if (isPlain || isOther)
      say(`is ${of.name}, which stands elsewhere without ${member} ${JSON.stringify(value)}; use a message of its own.`);
  }
}

/** A message within itself could not be checked to a bounded depth. */
function checkRecursion(message: MessageModel, report: Report): void {
  const visit = (inner: MessageModel, path: readonly MessageModel[]): boolean =>
    nestedMessages(inner).some((next) => next === message || (!path.includes(next) && visit(next, [...path, next])));
  if (visit(message, [message]))
    report(message.source, `message ${message.name} contains itself; use google.protobuf.Value, or name the inner one by an id.`);
}
