/**
 * From protobuf descriptors to the plain model. Reports nothing: what is missing or odd stays visible in the model, and checks.ts judges
 * it.
 */
import type { DescEnum, DescField, DescFile, DescMessage, DescService } from '@bufbuild/protobuf';
import { create, getOption, hasOption, isFieldSet } from '@bufbuild/protobuf';
import * as options from '../../gen/es/peinit/options/v1/options_pb.ts';
import { extractFields } from './extract-fields.ts';
import { endpointFacts, extractLink, extractService } from './extract-services.ts';
import type {
  ConflictModel,
  EnumModel,
  EnumValueModel,
  EventFacts,
  FieldModel,
  FormModel,
  MessageKind,
  MessageModel,
  PackageModel,
  SchemaModel,
  ValueFacts,
} from './model.ts';
import { cellOf, factsOf, optionWord, wireName } from './option-words.ts';
import type { Sources } from './sources.ts';

/** Where types already met are found again, so that a message is one object however often it is named. */
export interface Known {
  readonly sources: Sources;
  enumOf(declared: DescEnum): EnumModel;
  messageOf(declared: DescMessage): MessageModel;
}

/** `control` of peinit.control.v1. */
const packageName = (file: DescFile): string => {
  const parts = file.proto.package.split('.').filter((part) => !/^v\d+$/.test(part));
  return parts.at(-1) ?? 'unnamed';
};

export function extractSchema(files: readonly DescFile[], sources: Sources): SchemaModel {
  const enums = new Map<string, EnumModel>();
  const messages = new Map<string, MessageModel>();
  const known: Known = {
    sources,
    enumOf(declared) {
      const found = enums.get(declared.typeName) ?? extractEnum(declared, sources);
      enums.set(declared.typeName, found);
      return found;
    },
    messageOf(declared) {
      const found = messages.get(declared.typeName);
      if (found !== undefined) return found;
      const fields: FieldModel[] = [];
      const forms: FormModel[] = [];
      const union = unionOf(declared);
      const made: MessageModel = {
        name: nestedName(declared),
        package: packageName(declared.file),
        comment: sources.comment(declared),
        source: sources.at(declared),
        kind: kindOf(declared),
        fields,
        union: union === null ? null : { member: union, forms },
        array: getOption(declared, options.array),
        document: getOption(declared, options.document),
        key: hasOption(declared, options.key) ? factsOf(options.RegistryKeySchema, getOption(declared, options.key)) : null,
        datagram: hasOption(declared, options.datagram) ? endpointFacts(getOption(declared, options.datagram)) : null,
        event: eventFacts(declared, sources),
      };
      messages.set(declared.typeName, made);
      if (union === null) fields.push(...extractFields(declared, made.kind, known));
      else forms.push(...extractForms(declared, known));
      return made;
    },
  };
  const ordered = [...files].sort((a, b) => (a.proto.name < b.proto.name ? -1 : 1));
  const names = [...new Set(ordered.map(packageName))].sort();
  return {
    packages: names.map((name) =>
      extractPackage(
        name,
        ordered.filter((file) => packageName(file) === name),
        known,
      ),
    ),
    matrixColumns: options.MatrixSchema.fields.map((field) => field.name),
    conflictColumns: conflictCells().map((field) => field.name),
  };
}

function extractPackage(name: string, files: readonly DescFile[], known: Known): PackageModel {
  // The options describe the other schemas; their messages stand on no wire.
  const onWire = name !== 'options';
  const services = files.flatMap((file) => file.services);
  return {
    name,
    intros: files.map((file) => ({ file: file.proto.name, comment: known.sources.intro(file) })),
    enums: files.flatMap(enumsIn).map((declared) => known.enumOf(declared)),
    messages: onWire ? files.flatMap(messagesIn).map((declared) => known.messageOf(declared)) : [],
    services: services.filter((declared) => !isLink(declared)).map((declared) => extractService(declared, known)),
    links: services.filter(isLink).flatMap((declared) => extractLink(declared, known)),
  };
}

const isLink = ({ methods }: DescService): boolean => methods.length === 1 && methods[0]?.methodKind === 'bidi_streaming';

/** The name of the oneof that holds all fields of a message, each of them another message; null: it is no union. */
function unionOf({ fields, oneofs }: DescMessage): string | null {
  const [oneof] = oneofs;
  if (oneof === undefined || fields.some((field) => field.oneof !== oneof || field.fieldKind !== 'message')) return null;
  return oneof.name;
}

const extractForms = (declared: DescMessage, known: Known): readonly FormModel[] =>
  declared.fields.flatMap((field) =>
    field.message === undefined
      ? []
      : [{ value: field.name, comment: known.sources.comment(field), source: known.sources.at(field), of: known.messageOf(field.message) }],
  );

const withNested = (message: DescMessage): readonly DescMessage[] => [
  message,
  ...message.nestedMessages.filter((nested) => !isMapEntry(nested)).flatMap(withNested),
];
const isMapEntry = (message: DescMessage): boolean => message.proto.options?.mapEntry === true;
const messagesIn = (file: DescFile): readonly DescMessage[] => file.messages.flatMap(withNested);
const enumsIn = (file: DescFile): readonly DescEnum[] => [...file.enums, ...messagesIn(file).flatMap((message) => message.nestedEnums)];
const nestedName = (declared: DescMessage | DescEnum): string =>
  (declared.parent === undefined ? '' : nestedName(declared.parent)) + declared.name;

function eventFacts(declared: DescMessage, sources: Sources): EventFacts | null {
  if (!hasOption(declared, options.event)) return null;
  const facts = factsOf(options.EventSchema, getOption(declared, options.event));
  const severity = optionWord(options.SeveritySchema, facts.severity);
  return { ...facts, severity, source: sources.atOption(declared, options.event.number) };
}

/** The kind that the first field tells; checks.ts sees to it that all agree. */
function kindOf(declared: DescMessage): MessageKind {
  for (const field of declared.fields) {
    if (hasOption(field, options.registry)) return 'registry';
    if (hasOption(field, options.parameter)) return 'parameter';
    if (hasOption(field, options.notify)) return 'notify';
    if (hasOption(field, options.wire)) return 'json';
  }
  if (hasOption(declared, options.key)) return 'registry';
  return 'json';
}

function extractEnum(declared: DescEnum, sources: Sources): EnumModel {
  const zero = declared.values.find((value) => value.number === 0);
  return {
    name: nestedName(declared),
    package: packageName(declared.file),
    comment: sources.comment(declared),
    source: sources.at(declared),
    values: declared.values
      .filter((value) => value.number !== 0)
      .map((value): EnumValueModel => {
        const stated = getOption(value, options.value);
        return {
          name: value.name,
          wire: wireName(declared, value.name, stated.json),
          number: value.number,
          registryNumber: isFieldSet(stated, options.ValueSchema.field.number) ? stated.number : value.number - 1,
          comment: sources.comment(value),
          source: sources.at(value),
          facts: valueFacts(stated),
        };
      }),
    stated: statedFacts(declared),
    numbered: declared.values.some((value) => isFieldSet(getOption(value, options.value), options.ValueSchema.field.number)),
    zero: zero === undefined ? null : { comment: sources.comment(zero), source: sources.at(zero), name: zero.name },
    transitions: getOption(declared, options.transition).map((row, index) => ({
      from: row.from,
      to: row.to,
      causes: [...row.causes],
      section: row.section,
      source: sources.atOption(declared, options.transition.number, index),
    })),
    conflicts: getOption(declared, options.conflict).map(
      (row, index): ConflictModel => ({
        live: row.live,
        state: row.state,
        cells: new Map(conflictCells().map((column) => [column.name, optionWord(options.VerdictSchema, cellOf(row, column))])),
        supersededByRestart: row.supersededByRestart,
        source: sources.atOption(declared, options.conflict.number, index),
      }),
    ),
  };
}

function valueFacts(option: options.Value): ValueFacts {
  const { json: _name, number: _number, severity, ...facts } = factsOf(options.ValueSchema, option);
  return { ...facts, severity: optionWord(options.SeveritySchema, severity || options.Severity.INFO) };
}

/** Facts that at least one value states. */
function statedFacts(declared: DescEnum): readonly (keyof ValueFacts)[] {
  const silent = valueFacts(create(options.ValueSchema));
  const isFact = (name: string): name is keyof ValueFacts => name in silent;
  return options.ValueSchema.fields
    .filter((field) => declared.values.some((value) => isFieldSet(getOption(value, options.value), field)))
    .map(({ localName }) => localName)
    .filter(isFact);
}

const conflictCells = (): readonly DescField[] =>
  options.ConflictRowSchema.fields.filter((field) => field.fieldKind === 'enum' && field.enum.typeName === options.VerdictSchema.typeName);
