/**
 * The schema as plain data, in the words the targets use: packages, enums, messages, services. The protobuf descriptors stay
 * in extract.ts; nothing else sees them.
 */

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
}

export type ValueTypeName = 'sz' | 'multi_sz' | 'dword' | 'qword' | 'binary';

export interface RegistryFacts {
  readonly name: string;
  readonly key: string;
  readonly type: ValueTypeName | null;
  readonly required: boolean;
  readonly optional: boolean;
  readonly defaultNumber: bigint;
  readonly defaultText: string;
  readonly range: Range;
  readonly emptyIsAbsent: boolean;
  readonly syntax: string;
  readonly effect: string;
  readonly unit: string;
  readonly onlyWith: string;
  readonly section: string;
}

export interface ParameterFacts {
  readonly name: string;
  readonly defaultText: string;
  readonly placeholder: string;
  readonly section: string;
}

export interface NotifyFacts {
  readonly name: string;
  readonly value: string;
  readonly inert: boolean;
  readonly section: string;
}

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

export interface EndpointFacts {
  readonly path: string;
  readonly discriminator: string;
  readonly correlation: string;
  readonly outcome: string;
  /** Bytes; 0: a machine setting says it. */
  readonly maxLine: number;
  readonly section: string;
}

export interface MessageModel {
  readonly name: string;
  readonly package: string;
  readonly comment: string;
  readonly source: Source;
  readonly kind: MessageKind;
  readonly fields: readonly FieldModel[];
  readonly key: { readonly path: string; readonly watched: boolean } | null;
  readonly datagram: EndpointFacts | null;
}

export interface ValueFacts {
  readonly bit: number;
  readonly remedy: string;
  readonly closes: boolean;
  readonly satisfies: boolean;
  readonly hasProcess: boolean;
  readonly restartEligible: boolean;
  readonly firesOnFailure: boolean;
  readonly reserved: boolean;
  readonly words: string;
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
  /** A value states its number in the registry. */
  readonly numbered: boolean;
  readonly transitions: readonly TransitionModel[];
  readonly conflicts: readonly ConflictModel[];
}

export interface CommandFacts {
  readonly name: string;
  readonly target: string;
  /** Wire names of the rights, and the mask of their bits. */
  readonly rightNames: readonly string[];
  readonly rights: number;
  readonly defaultWait: boolean;
  /** Cells by the wire name of the state; `unspecified` is a missing one. Null: no matrix. */
  readonly matrix: ReadonlyMap<string, string> | null;
  readonly duringShutdown: boolean;
  readonly extension: boolean;
  readonly section: string;
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
  readonly call: { readonly name: string } | null;
}

export interface ServiceModel {
  readonly name: string;
  readonly comment: string;
  readonly source: Source;
  readonly endpoint: EndpointFacts | null;
  readonly methods: readonly MethodModel[];
}

export interface PackageModel {
  /** Last part of the package name before its version: control, service. */
  readonly name: string;
  /** What its files open with, by file. */
  readonly intros: readonly { readonly file: string; readonly comment: string }[];
  readonly enums: readonly EnumModel[];
  readonly messages: readonly MessageModel[];
  readonly services: readonly ServiceModel[];
}

export interface SchemaModel {
  readonly packages: readonly PackageModel[];
  /** Columns that the schema options offer: states of a matrix, commands of a conflict row. */
  readonly matrixColumns: readonly string[];
  readonly conflictColumns: readonly string[];
}

/** Name on the wire of a method, whatever its option. */
export const wireNameOf = (method: MethodModel): string => method.command?.name ?? method.call?.name ?? '';

/** Fields that hold `type` itself or a list of it. */
export const nestedMessages = (message: MessageModel): readonly MessageModel[] =>
  message.fields.flatMap((field) => (field.type.kind === 'message' ? [field.type.of] : []));

/** `roots` and everything nested in them, each once. */
export function reachable(roots: Iterable<MessageModel>): ReadonlySet<MessageModel> {
  const seen = new Set<MessageModel>();
  const queue = [...roots];
  for (let message = queue.pop(); message !== undefined; message = queue.pop()) {
    if (seen.has(message)) continue;
    seen.add(message);
    queue.push(...nestedMessages(message));
  }
  return seen;
}

/** Presence as it counts: a list without one is required. */
export const presenceOf = (field: FieldModel): Presence => {
  const stated = field.wire?.presence ?? 'unspecified';
  return stated === 'unspecified' && field.list ? 'required' : stated;
};
