/** Fields of messages with the facts of their options. */
import type { DescField, DescMessage } from '@bufbuild/protobuf';
import { getOption, hasOption, isFieldSet } from '@bufbuild/protobuf';
import * as options from '../../gen/es/peinit/options/v1/options_pb.ts';
import type { Known } from './extract.ts';
import { fieldType, optionWord } from './extract.ts';
import type { FieldModel, FieldType, MessageKind, Presence, Range, RegistryFacts, ValueTypeName, WireFacts } from './model.ts';

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
      parameter: hasOption(field, options.parameter) ? parameterFacts(field) : null,
      notify: hasOption(field, options.notify) ? notifyFacts(field) : null,
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
  };
}

function registryFacts(field: DescField, type: FieldType, list: boolean): RegistryFacts {
  const stated = getOption(field, options.registry);
  return {
    name: stated.name,
    key: stated.key,
    type: statedType(stated.type) ?? derivedType(type, list),
    required: stated.required,
    optional: stated.optional,
    defaultNumber: stated.defaultNumber,
    defaultText: stated.defaultText,
    range: { min: stated.min, max: stated.max === 0n ? (type.kind === 'integer' ? typeRange(type).max : 0n) : stated.max },
    emptyIsAbsent: stated.emptyIsAbsent,
    syntax: optionWord(options.SyntaxSchema, stated.syntax),
    effect: optionWord(options.EffectSchema, stated.effect),
    unit: stated.unit,
    onlyWith: stated.onlyWith,
    section: stated.section,
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

function parameterFacts(field: DescField): FieldModel['parameter'] {
  const { name, defaultText, placeholder, section } = getOption(field, options.parameter);
  return { name, defaultText, placeholder, section };
}

function notifyFacts(field: DescField): FieldModel['notify'] {
  const { name, value, inert, section } = getOption(field, options.notify);
  return { name, value, inert, section };
}
