/**
 * The schema as plain data, in the words the targets use: packages, enums, messages, services. The protobuf descriptors stay
 * in extract.ts; nothing else sees them. Facts have the names and types that the messages of the options have (options.proto), and
 * are named here again only where they become something else.
 */
import type * as options from '../../gen/es/peinit/options/v1/options_pb.ts';

/** An option as plain data. */
export type Facts<Option> = Omit<Option, '$typeName' | '$unknown'>;

/** Where something is declared; what every complaint of the generator begins with. */
export interface Source {
  readonly file: string;
  readonly line: number;
}

export type Presence = 'unspecified' | 'required' | 'nullable' | 'optional';

/** `json`: free-form, google.protobuf.Struct or Value. `unsupported`: a type that has no place on any wire; refused by the checks. */
export type FieldType =
  | { readonly kind: 'boolean' }
  | { readonly kind: 'string' }
  | { readonly kind: 'bytes' }
  | { readonly kind: 'integer'; readonly bits: 32 | 64; readonly unsigned: boolean }
  | { readonly kind: 'enum'; readonly of: EnumModel }
  | { readonly kind: 'message'; readonly of: MessageModel }
  | { readonly kind: 'json'; readonly shape: 'value' | 'object' }
  | { readonly kind: 'unsupported'; readonly words: string };

/** Bounds of a number, both inclusive. */
export interface Range {
  readonly min: bigint;
  readonly max: bigint;
}

export interface WireFacts {
  readonly presence: Presence;
  /** UTF-16 units; 0: no limit of its own. */
  readonly maxLength: number;
  readonly pattern: string;
  readonly range: Range;
  readonly decimalString: boolean;
  /** What the string must be, in words that follow "must be"; empty: told from its limits. */
  readonly words: string;
  /** Member that names the event whose content this one is; empty: it is none. */
  readonly payloadOf: string;
  /** Elements of the list may be null. */
  readonly nullElements: boolean;
  /** Others may write its JSON. */
  readonly apart: boolean;
  /** Values of the member `kind` with which it may stand; empty: all. */
  readonly withKinds: readonly string[];
}

export type ValueTypeName = 'sz' | 'multi_sz' | 'dword' | 'qword' | 'binary';

export interface RegistryFacts extends Omit<Facts<options.RegistryValue>, 'type' | 'syntax' | 'effect' | 'min' | 'max'> {
  readonly type: ValueTypeName | null;
  readonly range: Range;
  readonly syntax: string;
  readonly effect: string;
}

export type ParameterFacts = Facts<options.Parameter>;
export type NotifyFacts = Facts<options.NotifyKey>;

export interface FieldModel {
  /** Name in the schema. */
  readonly name: string;
  /** Name in TypeScript; for JSON messages also the name on the wire. */
  readonly member: string;
  readonly comment: string;
  readonly source: Source;
  readonly type: FieldType;
  readonly list: boolean;
  /** Null: the option is absent. */
  readonly wire: WireFacts | null;
  readonly registry: RegistryFacts | null;
  readonly parameter: ParameterFacts | null;
  readonly notify: NotifyFacts | null;
}

/** What a message is for, told by the options of its fields; a message without fields is a JSON message. */
export type MessageKind = 'json' | 'registry' | 'parameter' | 'notify';

export type ProtocolFacts = Facts<options.Protocol>;

export interface EndpointFacts extends Omit<Facts<options.Endpoint>, 'maxLine' | 'protocol'> {
  /** Bytes; 0: a machine setting says it. */
  readonly maxLine: number;
  /** Null: another endpoint states it. */
  readonly protocol: ProtocolFacts | null;
}

export interface EventFacts extends Omit<Facts<options.Event>, 'severity'> {
  /** `unspecified`: a member says it, or (refused by the checks) nothing does. */
  readonly severity: string;
  /** Where the option stands. */
  readonly source: Source;
}

/** A form of a union: a message, and the value of the member that tells it. */
export interface FormModel {
  readonly value: string;
  readonly comment: string;
  readonly source: Source;
  readonly of: MessageModel;
}

/** One of several messages: all fields of the message are members of one oneof. On the wire it is the form, with one member more. */
export interface UnionModel {
  /** Member that tells the form, named after the oneof. */
  readonly member: string;
  readonly forms: readonly FormModel[];
}

export interface MessageModel {
  readonly name: string;
  readonly package: string;
  readonly comment: string;
  readonly source: Source;
  readonly kind: MessageKind;
  /** None of a union. */
  readonly fields: readonly FieldModel[];
  readonly union: UnionModel | null;
  /** It is written as a JSON array. */
  readonly array: boolean;
  /** Name of the JSON Schema of files that hold it; empty: it is no file. */
  readonly document: string;
  readonly key: Facts<options.RegistryKey> | null;
  readonly datagram: EndpointFacts | null;
  /** Null: the message is no event. */
  readonly event: EventFacts | null;
}

/** The name on the wire and the number in the registry are of the value itself. */
export interface ValueFacts extends Omit<Facts<options.Value>, 'json' | 'number' | 'severity'> {
  readonly severity: string;
}

export interface EnumValueModel {
  readonly name: string;
  readonly wire: string;
  readonly number: number;
  /** Number in the registry. */
  readonly registryNumber: number;
  readonly comment: string;
  readonly source: Source;
  readonly facts: ValueFacts;
}

export interface TransitionModel {
  readonly from: string;
  readonly to: string;
  readonly causes: readonly string[];
  readonly section: string;
  readonly source: Source;
}

/** Cells by the wire name of the new command; `unspecified` is a missing one. */
export interface ConflictModel {
  readonly live: string;
  readonly state: string;
  readonly cells: ReadonlyMap<string, string>;
  readonly supersededByRestart: string;
  readonly source: Source;
}

export interface EnumModel {
  readonly name: string;
  readonly package: string;
  readonly comment: string;
  readonly source: Source;
  /** Without the zero value. */
  readonly values: readonly EnumValueModel[];
  /** The zero value, which only its comment is read of. */
  readonly zero: { readonly comment: string; readonly source: Source; readonly name: string } | null;
  /** Facts that at least one value states, in the order of the option. */
  readonly stated: readonly (keyof ValueFacts)[];
  /** A value states its number in the registry. */
  readonly numbered: boolean;
  readonly transitions: readonly TransitionModel[];
  readonly conflicts: readonly ConflictModel[];
}

export interface CommandFacts extends Omit<Facts<options.Command>, 'target' | 'rights' | 'matrix'> {
  readonly target: string;
  /** Wire names of the rights, and the mask of their bits. */
  readonly rightNames: readonly string[];
  readonly rights: number;
  /** Cells by the wire name of the state; `unspecified` is a missing one. Null: no matrix. */
  readonly matrix: ReadonlyMap<string, string> | null;
}

export interface CallFacts {
  readonly name: string;
  readonly parts: Facts<options.Parts> | null;
  readonly pushes: Facts<options.Pushes> | null;
}

export interface MethodModel {
  readonly name: string;
  readonly comment: string;
  readonly source: Source;
  /** Where its option stands, or the method itself. */
  readonly optionSource: Source;
  readonly input: MessageModel;
  readonly output: MessageModel;
  readonly streaming: boolean;
  readonly clientStreaming: boolean;
  readonly command: CommandFacts | null;
  readonly call: CallFacts | null;
}

export interface ServiceModel {
  readonly name: string;
  readonly comment: string;
  readonly source: Source;
  readonly endpoint: EndpointFacts | null;
  readonly methods: readonly MethodModel[];
}

/** A socket with lines of one kind in each direction and no requests: a service whose one method streams both ways. */
export interface LinkModel {
  readonly name: string;
  readonly comment: string;
  readonly source: Source;
  readonly endpoint: EndpointFacts | null;
  /** What who connects sends, and what comes back. */
  readonly sent: MessageModel;
  readonly received: MessageModel;
}

export interface PackageModel {
  /** Last part of the package name before its version: control, service. */
  readonly name: string;
  /** What its files open with, by file. */
  readonly intros: readonly { readonly file: string; readonly comment: string }[];
  readonly enums: readonly EnumModel[];
  readonly messages: readonly MessageModel[];
  readonly services: readonly ServiceModel[];
  readonly links: readonly LinkModel[];
}

export interface SchemaModel {
  readonly packages: readonly PackageModel[];
  /** Columns that the schema options offer: states of a matrix, commands of a conflict row. */
  readonly matrixColumns: readonly string[];
  readonly conflictColumns: readonly string[];
}
