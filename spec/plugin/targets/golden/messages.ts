/** Examples of a message: the least that it may be, and all that it may have, once for each value of its enums. */
import type { Envelope } from '../../derive.ts';
import { eventsIn, eventsPackage, kindMember, payloadMember, presenceOf } from '../../derive.ts';
import type { FieldModel, MessageModel, SchemaModel } from '../../model.ts';
import type { Sample } from './samples.ts';
import { sampleInteger, sampleJson, sampleText } from './samples.ts';

export interface Examples {
  readonly schema: SchemaModel;
  /** Clients write it: what may be null is left out where little is said. */
  readonly written: boolean;
  /** A member of the line that always has this value. */
  readonly told: Envelope['fixed'];
}

/** How much a message says, and which value of several it takes. */
interface Manner {
  readonly full: boolean;
  readonly variant: number;
}

export function examplesOf(examples: Examples, message: MessageModel, envelope: Envelope): readonly Sample[] {
  const count = variants(examples, message);
  const full = Array.from({ length: count }, (_, variant) => line(examples, message, envelope, { full: true, variant }));
  // Of lines that their kind tells apart, the least is what comes with it.
  const told = message.fields.some(({ wire }) => wire !== null && wire.withKinds.length > 0);
  return told ? full : [line(examples, message, envelope, { full: false, variant: 0 }), ...full];
}

/** So many that each value of its enums stands once, each event, and each form. */
function variants({ schema }: Examples, message: MessageModel): number {
  const events = payloadMember(message) === null ? 0 : eventCount(schema);
  const kinds = kindMember(message)?.of.values.length ?? 0;
  const forms = message.union?.forms.length ?? 0;
  const values = message.fields.map(({ type }) => (type.kind === 'enum' ? type.of.values.length : 0));
  return Math.max(1, forms, ...values, events === 0 ? 0 : events + Math.max(0, kinds - 1));
}

const eventCount = (schema: SchemaModel): number => eventsIn(eventsPackage(schema)?.messages ?? []).length;

function line(examples: Examples, message: MessageModel, { correlation, fixed }: Envelope, manner: Manner): Sample {
  const before: [string, Sample][] = [
    ...(correlation === '' ? [] : [[correlation, 1] satisfies [string, Sample]]),
    ...(fixed === null ? [] : [[fixed.member, fixed.value] satisfies [string, Sample]]),
  ];
  const whole = messageSample(examples, message, manner);
  return typeof whole === 'object' && whole !== null && !Array.isArray(whole) ? { ...Object.fromEntries(before), ...whole } : whole;
}

function messageSample(examples: Examples, message: MessageModel, manner: Manner): Sample {
  const { union } = message;
  if (union !== null) {
    const form = union.forms[manner.variant % union.forms.length];
    if (form === undefined) return {};
    return line(examples, form.of, { correlation: '', fixed: { member: union.member, value: form.value } }, manner);
  }
  const told = new Map<string, Sample>();
  for (const field of message.fields) {
    const value = memberSample(examples, message, field, manner, told);
    if (value !== undefined) told.set(field.member, value);
  }
  return message.array ? [...told.values()] : Object.fromEntries(told);
}

/** Undefined: it is left out. */
function memberSample(
  examples: Examples,
  message: MessageModel,
  field: FieldModel,
  manner: Manner,
  told: ReadonlyMap<string, Sample>,
): Sample | undefined {
  const presence = presenceOf(field);
  if (!stands(message, field, told)) return undefined;
  if (!manner.full && presence === 'optional') return undefined;
  if (!manner.full && presence === 'nullable') return examples.written ? undefined : null;
  if (!field.list) return valueSample(examples, message, field, manner, told);
  if (!manner.full) return [];
  const { type } = field;
  const forms = type.kind === 'message' ? (type.of.union?.forms.length ?? 1) : 1;
  const elements = Array.from({ length: Math.max(forms, 2) }, (_, index) =>
    valueSample(examples, message, field, { ...manner, variant: manner.variant + index }, told),
  );
  return field.wire?.nullElements === true ? [...elements, null] : elements;
}

/** Of lines that are told apart by their kind, only those members that come with it. */
function stands(message: MessageModel, { wire }: FieldModel, told: ReadonlyMap<string, Sample>): boolean {
  if (wire === null || wire.withKinds.length === 0) return true;
  const kind = told.get(kindMember(message)?.field.member ?? '');
  return typeof kind === 'string' && wire.withKinds.includes(kind);
}

function valueSample(
  examples: Examples,
  message: MessageModel,
  field: FieldModel,
  manner: Manner,
  told: ReadonlyMap<string, Sample>,
): Sample {
  const { type } = field;
  const { variant } = manner;
  switch (type.kind) {
    case 'boolean':
      return manner.full && variant % 2 === 0;
    case 'string':
      return eventName(examples, message, field, variant) ?? sampleText(field, variant);
    case 'integer':
      return sampleInteger(field, manner.full ? variant : 1);
    case 'enum':
      if (examples.told?.member === field.member) return examples.told.value;
      return type.of.values[valueIndex(examples, message, field, variant) % type.of.values.length]?.wire ?? '';
    case 'message':
      return messageSample(examples, type.of, manner);
    case 'json':
      return payloadSample(examples, message, field, manner) ?? sampleJson(message, type.shape, told);
    default:
      return null;
  }
}

/** Where a line may carry an event, each event comes with the first kind, and then the others do. */
function valueIndex({ schema }: Examples, message: MessageModel, field: FieldModel, variant: number): number {
  if (payloadMember(message) === null || kindMember(message)?.field !== field) return variant;
  return Math.max(0, variant - eventCount(schema) + 1);
}

const eventAt = (schema: SchemaModel, variant: number) => {
  const events = eventsIn(eventsPackage(schema)?.messages ?? []);
  return events[variant % events.length] ?? null;
};

function eventName({ schema }: Examples, message: MessageModel, field: FieldModel, variant: number): string | null {
  return payloadMember(message)?.name === field ? (eventAt(schema, variant)?.facts.name ?? null) : null;
}

function payloadSample(examples: Examples, message: MessageModel, field: FieldModel, manner: Manner): Sample | null {
  const event = payloadMember(message)?.payload === field ? eventAt(examples.schema, manner.variant) : null;
  return event === null ? null : messageSample(examples, event.message, manner);
}
