/** Fields of messages with the facts of their options. */
import type { DescField, DescMessage } from '@bufbuild/protobuf';
import { getOption, hasOption, isFieldSet, ScalarType } from '@bufbuild/protobuf';
import * as options from '../../gen/es/peinit/options/v1/options_pb.ts';
import type { Known } from './extract.ts';
import type { FieldModel, FieldType, MessageKind, Presence, Range, RegistryFacts, ValueTypeName, WireFacts } from './model.ts';
import { factsOf, optionWord } from './option-words.ts';

export function extractFields(message: DescMessage, kind: MessageKind, known: Known): readonly FieldModel[] {
  return message.fields.map((field): FieldModel => {
    const type: FieldType = field.oneof === undefined ? fieldType(field, known) : { kind: 'unsupported', words: 'a member of a oneof' };
    const list = field.fieldKind === 'list';
    return {
      name: field.name,
      member: kind === 'json' ? getOption(field, options.wire).json || field.name : field.localName,
      comment: known.sources.comment(field),
      source: known.sources.at(field),
      type,
      list,
      wire: hasOption(field, options.wire) ? wireFacts(field, type) : null,
      registry: hasOption(field, options.registry) ? registryFacts(field, type, list) : null,
      parameter: hasOption(field, options.parameter) ? factsOf(options.ParameterSchema, getOption(field, options.parameter)) : null,
      notify: hasOption(field, options.notify) ? factsOf(options.NotifyKeySchema, getOption(field, options.notify)) : null,
    };
  });
}

/** What the type alone allows. */
export function typeRange(type: FieldType): Range {
  if (type.kind !== 'integer') return { min: 0n, max: 0n };
  const bits = BigInt(type.bits);
  return type.unsigned ? { min: 0n, max: (1n << bits) - 1n } : { min: -(1n << (bits - 1n)), max: (1n << (bits - 1n)) - 1n };
}

const presenceName = (stated: options.Presence): Presence => {
  switch (stated) {
    case options.Presence.REQUIRED:
      return 'required';
    case options.Presence.NULLABLE:
      return 'nullable';
    case options.Presence.OPTIONAL:
      return 'optional';
    default:
      return 'unspecified';
  }
};

function wireFacts(field: DescField, type: FieldType): WireFacts {
  const stated = getOption(field, options.wire);
  const whole = typeRange(type);
  return {
    presence: presenceName(stated.presence),
    maxLength: stated.maxLength,
    pattern: stated.pattern,
    range: {
      min: isFieldSet(stated, options.WireSchema.field.min) ? stated.min : whole.min,
      max: stated.max === 0n ? whole.max : stated.max,
    },
    decimalString: stated.decimalString,
    words: stated.words,
    payloadOf: stated.payloadOf,
    nullElements: stated.nullElements,
    apart: stated.apart,
    withKinds: stated.withKind,
  };
}

function registryFacts(field: DescField, type: FieldType, list: boolean): RegistryFacts {
  const { min, max, ...facts } = factsOf(options.RegistryValueSchema, getOption(field, options.registry));
  return {
    ...facts,
    type: statedType(facts.type) ?? derivedType(type, list),
    range: { min, max: max === 0n ? (type.kind === 'integer' ? typeRange(type).max : 0n) : max },
    syntax: optionWord(options.SyntaxSchema, facts.syntax),
    effect: optionWord(options.EffectSchema, facts.effect),
  };
}

const statedType = (type: options.ValueType): ValueTypeName | null => {
  switch (type) {
    case options.ValueType.SZ:
      return 'sz';
    case options.ValueType.BINARY:
      return 'binary';
    case options.ValueType.DWORD:
      return 'dword';
    case options.ValueType.MULTI_SZ:
      return 'multi_sz';
    case options.ValueType.QWORD:
      return 'qword';
    default:
      return null;
  }
};

function derivedType(type: FieldType, list: boolean): ValueTypeName | null {
  if (list) return type.kind === 'string' ? 'multi_sz' : null;
  switch (type.kind) {
    case 'string':
      return 'sz';
    case 'boolean':
    case 'enum':
      return 'dword';
    case 'integer':
      return type.unsigned ? (type.bits === 32 ? 'dword' : 'qword') : null;
    case 'bytes':
      return 'binary';
    default:
      return null;
  }
}

/** The type of a field, of an element when it is a list. */
function fieldType(field: DescField, known: Known): FieldType {
  switch (field.fieldKind) {
    case 'scalar':
      return scalarType(field.scalar);
    case 'enum':
      return { kind: 'enum', of: known.enumOf(field.enum) };
    case 'message':
      return messageType(field.message, known);
    case 'map':
      return { kind: 'unsupported', words: 'a map' };
    case 'list':
      switch (field.listKind) {
        case 'scalar':
          return scalarType(field.scalar);
        case 'enum':
          return { kind: 'enum', of: known.enumOf(field.enum) };
        default:
          return messageType(field.message, known);
      }
  }
}

function messageType(declared: DescMessage, known: Known): FieldType {
  switch (declared.typeName) {
    case 'google.protobuf.Value':
      return { kind: 'json', shape: 'value' };
    case 'google.protobuf.Struct':
      return { kind: 'json', shape: 'object' };
    default:
      if (declared.typeName.startsWith('google.protobuf.')) return { kind: 'unsupported', words: declared.typeName };
      return { kind: 'message', of: known.messageOf(declared) };
  }
}

function scalarType(scalar: ScalarType): FieldType {
  switch (scalar) {
    case ScalarType.BOOL:
      return { kind: 'boolean' };
    case ScalarType.STRING:
      return { kind: 'string' };
    case ScalarType.BYTES:
      return { kind: 'bytes' };
    case ScalarType.INT32:
      return { kind: 'integer', bits: 32, unsigned: false };
    case ScalarType.UINT32:
      return { kind: 'integer', bits: 32, unsigned: true };
    case ScalarType.INT64:
      return { kind: 'integer', bits: 64, unsigned: false };
    case ScalarType.UINT64:
      return { kind: 'integer', bits: 64, unsigned: true };
    default:
      return { kind: 'unsupported', words: (ScalarType[scalar] ?? 'unknown').toLowerCase() };
  }
}
