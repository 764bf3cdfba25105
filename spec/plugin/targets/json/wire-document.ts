/**
 * What gen/wire.json looks like. It is read by others (docs/wire-json.md) and compared between releases (.ci/compatibility), so its form
 * changes as the protocol does: things are added, and `format` rises with everything else. A reference is PACKAGE.NAME throughout.
 */

/** Integers beyond 2^53 are decimal strings. */
export type ExactNumber = number | string;

export interface WireDocument {
  readonly comment: string;
  /** Of this file. */
  readonly format: number;
  /** Of what the file tells; null: the schema has none. */
  readonly protocol: WireProtocol | null;
  readonly packages: { readonly [name: string]: WirePackage };
}

export interface WireProtocol {
  readonly major: number;
  readonly minor: number;
}

export interface WirePackage {
  readonly enums: { readonly [name: string]: WireEnum };
  readonly messages: { readonly [name: string]: WireMessage };
  readonly services: { readonly [name: string]: WireService };
  readonly links: { readonly [name: string]: WireLink };
}

export interface WireEnum {
  readonly text: string;
  /** By their names on the wire. */
  readonly values: { readonly [wire: string]: WireValue };
  readonly transitions: readonly { readonly from: string; readonly to: string; readonly causes: readonly string[] }[];
  readonly conflicts: readonly WireConflict[];
}

/** Facts beside its text are there where a value of the enum has them; `number` is that of the registry. */
export interface WireValue {
  readonly text: string;
  readonly [fact: string]: string | number | boolean;
}

/** Beside these three a cell for each command. */
export interface WireConflict {
  readonly live: string;
  readonly state: string;
  readonly supersededByRestart: string;
  readonly [command: string]: string;
}

export type Writer = 'client' | 'daemon';

export interface WireMessage {
  readonly text: string;
  readonly kind: 'json' | 'registry' | 'parameter' | 'notify';
  /** Who writes it, of JSON messages. */
  readonly writers: readonly Writer[];
  /** The key it is read from. */
  readonly key?: { readonly path: string; readonly watched: boolean };
  /** The socket whose datagrams it is. */
  readonly datagram?: WireEndpoint;
  readonly event?: WireEvent;
  /** It is a JSON array of its members. */
  readonly array?: true;
  /** It is one of several messages, which `member` tells. */
  readonly union?: { readonly member: string; readonly forms: { readonly [value: string]: string } };
  readonly members: { readonly [member: string]: WireMember };
}

/** Either `severity` is always the same, or the member `severityBy` tells it by the fact `severity` of its value. */
export interface WireEvent {
  readonly name: string;
  readonly audit: boolean;
  readonly severity: string | null;
  readonly severityBy: string | null;
}

export interface WireMember {
  readonly text: string;
  /** boolean, string, bytes, int32, uint32, int64, uint64, object, json, PACKAGE.NAME, or `list of` one of these. */
  readonly type: string;
  /** Of JSON messages. */
  readonly presence?: 'required' | 'nullable' | 'optional' | 'unspecified';
  readonly min?: ExactNumber;
  readonly max?: ExactNumber;
  /** Of a string, in UTF-16 units; 0: no limit of its own. */
  readonly maxLength?: number;
  /** Regular expression of a string; empty: none. */
  readonly pattern?: string;
  /** An integer written as a decimal string. */
  readonly decimalString?: boolean;
  readonly nullElements?: true;
  /** The member that names the event whose content this one is. */
  readonly payloadOf?: string;
  /** Values of the member `kind` with which it may stand; absent: all. */
  readonly withKinds?: readonly string[];
  /** A value of the registry. */
  readonly registry?: WireRegistryValue;
  readonly parameter?: { readonly name: string; readonly default: string };
  readonly notify?: { readonly name: string; readonly value: string; readonly inert: boolean; readonly foreign?: true };
}

export interface WireRegistryValue {
  readonly name: string;
  readonly key: string;
  readonly type: string | null;
  readonly required: boolean;
  readonly optional: boolean;
  readonly default: ExactNumber | boolean | readonly string[] | null;
  readonly min: ExactNumber;
  readonly max: ExactNumber;
  readonly syntax: string;
  readonly effect: string;
  readonly unit: string;
  readonly onlyWith: string;
  readonly emptyIsAbsent: boolean;
  readonly commaText: boolean;
  readonly secret: boolean;
  readonly extension: boolean;
}

export interface WireEndpoint {
  readonly path: string;
  readonly discriminator: string;
  readonly correlation: string;
  readonly outcome: string;
  readonly ok: string;
  readonly error: string;
  /** Null: clients do not tell failures from answers. */
  readonly failure: string | null;
  readonly maxLine: number;
}

export interface WireService {
  readonly text: string;
  readonly endpoint: WireEndpoint | null;
  /** The member of the failure that says what kind it is, and its enum; null: there is none. */
  readonly errors: { readonly member: string; readonly enum: string } | null;
  readonly commands: { readonly [wire: string]: WireCommand };
}

export interface WireCommand {
  readonly text: string;
  readonly request: string;
  readonly response: string;
  /** A second form of the answer: it is `response` unless it has the member `without`. */
  readonly alternative: { readonly response: string; readonly without: string } | null;
  readonly streaming: boolean;
  /** Each line of the answer begins with what the endpoint puts before it; only the acknowledgement of a stream without ids does. */
  readonly enveloped: boolean;
  readonly parts: { readonly list: string; readonly more: string; readonly key: string; readonly inner: string } | null;
  readonly pushes: { readonly message: string; readonly by: string; readonly more: string } | null;
  /** Of commands of the control socket; null elsewhere. */
  readonly control: WireControl | null;
}

export interface WireControl {
  readonly target: string;
  /** The member of the request that names the target; null: the machine. */
  readonly subject: string | null;
  readonly rights: number;
  readonly rightNames: readonly string[];
  /** Null: the request has no member `wait`. */
  readonly defaultWait: boolean | null;
  readonly matrix: { readonly [state: string]: string } | null;
  readonly duringShutdown: boolean;
  readonly extension: boolean;
}

export interface WireLink {
  readonly text: string;
  readonly endpoint: WireEndpoint | null;
  readonly sent: string;
  readonly received: string;
}
