/** gen/options/rows.ts: the types of the rows that the fact tables consist of, the same for all packages. */
import type { SchemaModel } from '../../model.ts';
import type { PrintedFile } from '../../printed-file.ts';
import { typescriptFile } from './language.ts';

export function printRows(schema: SchemaModel): readonly PrintedFile[] {
  const cells = schema.matrixColumns.map((state) => `  readonly ${state}: Outcome;`);
  const verdicts = schema.conflictColumns.map((command) => `  readonly ${command}: Verdict;`);
  return [
    typescriptFile('gen/options/rows.ts', 'peinit/options', [
      "import type { Effect, Outcome, Right, Syntax, Target, Verdict } from './types.ts';",
      '',
      '/** What a command does in each state of a service when no operation is live. */',
      'export interface MatrixRow {',
      ...cells,
      '}',
      '',
      '/** What each new command does beside one live operation. */',
      'export interface ConflictRow {',
      ...verdicts,
      '}',
      rowTypes,
    ]),
  ];
}

const rowTypes = `
/** A command of the control socket. */
export interface CommandRow {
  readonly name: string;
  readonly target: Target;
  /** Mask of the rights the caller needs, all of them; 0: none of its own. */
  readonly rights: number;
  readonly rightNames: readonly Right[];
  /** The request has the member wait. */
  readonly waits: boolean;
  /** Value of wait when the request leaves it out. */
  readonly defaultWait: boolean;
  /** Null: the state of a service plays no part. */
  readonly matrix: MatrixRow | null;
  readonly duringShutdown: boolean;
  readonly extension: boolean;
  /** An acknowledgement and then one object per line. */
  readonly streaming: boolean;
  readonly section: string;
  readonly text: string;
}

/** An operation of another wire. */
export interface CallRow {
  readonly name: string;
  /** How its answer is cut into several lines; null: it is one line. */
  readonly parts: PartsRow | null;
  /** What follows its answer unasked; null: nothing. */
  readonly pushes: PushesRow | null;
  /** Its answer is taken line by line, which all have the id of the request. */
  readonly streaming: boolean;
  readonly text: string;
}

/** Members of an answer in parts. */
export interface PartsRow {
  /** The list that each part goes on with. */
  readonly list: string;
  /** True while another part follows. */
  readonly more: string;
  /** Where the first element of a part has the same as the last one before it, it continues that one; empty: each is whole. */
  readonly key: string;
  /** The list of an element that such an element goes on with; empty where key is. */
  readonly inner: string;
}

/** Messages that follow an answer. */
export interface PushesRow {
  readonly message: string;
  /** Member of the answer that each message repeats; empty: the connection has one answer only. */
  readonly by: string;
  /** True while another one of the same batch follows; empty: they come one by one. */
  readonly more: string;
}

/** An allowed step of the state machine. */
export interface TransitionRow<State extends string, Cause extends string> {
  readonly from: State;
  readonly to: State;
  readonly causes: readonly Cause[];
  readonly section: string;
}

/** A socket. */
export interface EndpointRow {
  readonly path: string;
  /** Member that names the command; empty: there is one alone, or datagrams of KEY=VALUE lines. */
  readonly discriminator: string;
  /** Member that relates an answer to its request; empty: answers come in order. */
  readonly correlation: string;
  /** Member that every answer to a good request begins with; empty: none. */
  readonly outcome: string;
  /** Its value in a good answer, and in one that says that the request could not be served; empty: there it is missing. */
  readonly ok: string;
  readonly error: string;
  /** Message that answers a request that could not be served; empty: clients do not tell it from others. */
  readonly failure: string;
  /** Greatest length of a line or datagram in bytes, newline not counted; 0: a machine setting says it. */
  readonly maxLine: number;
  readonly section: string;
}

/** An error code. */
export interface ErrorRow {
  readonly text: string;
  /** What the caller can do. */
  readonly remedy: string;
  /** The connection is closed after the answer, always. */
  readonly closes: boolean;
}

/** What every registry value of a definition or a setting states. */
export interface FieldBase {
  /** Member in TypeScript. */
  readonly member: string;
  /** Name of the registry value. */
  readonly name: string;
  /** Key it stands under. */
  readonly key: string;
  readonly type: 'sz' | 'multi_sz' | 'dword' | 'qword' | 'binary';
  readonly required: boolean;
  /** Absent means none: the member is undefined then. */
  readonly optional: boolean;
  /** When a change takes effect. */
  readonly effect: Effect;
  readonly section: string;
  /** Not in the specification but ours. */
  readonly extension: boolean;
  /** It may hold a password: no message quotes what stands in it. */
  readonly secret: boolean;
  readonly text: string;
}

export interface StringField extends FieldBase {
  readonly kind: 'string';
  readonly default: string | null;
  readonly emptyIsAbsent: boolean;
  readonly syntax: Syntax | null;
}

export interface ListField extends FieldBase {
  readonly kind: 'list';
  readonly default: readonly string[] | null;
  /** It may be one text as well, its entries parted by commas. */
  readonly commaText: boolean;
  readonly syntax: Syntax | null;
}

export interface BooleanField extends FieldBase {
  readonly kind: 'boolean';
  readonly default: boolean | null;
}

export interface NumberField extends FieldBase {
  readonly kind: 'number';
  readonly default: number | null;
  readonly min: number;
  readonly max: number;
  /** Name of another value: \`min\` counts only where that one is present. */
  readonly onlyWith: string | null;
  readonly unit: string;
}

export interface BigintField extends FieldBase {
  readonly kind: 'bigint';
  readonly default: bigint | null;
  readonly min: bigint;
  readonly max: bigint;
  readonly onlyWith: string | null;
  readonly unit: string;
}

export interface EnumField<Name extends string = string> extends FieldBase {
  readonly kind: 'enum';
  readonly default: Name | null;
  /** Names by their number in the registry. */
  readonly names: { readonly [number: number]: Name };
}

export interface BytesField extends FieldBase {
  readonly kind: 'bytes';
  readonly default: null;
}

/** A registry value, by the kind of its member. */
export type FieldRow = StringField | ListField | BooleanField | NumberField | BigintField | EnumField | BytesField;

/** The key that a message of definitions or settings is read from; a last component <name> stands for each child. */
export interface KeyRow {
  readonly path: string;
  readonly watched: boolean;
}

/** A kernel-style parameter, name=value. */
export interface ParameterRow {
  readonly member: string;
  readonly name: string;
  readonly kind: 'string' | 'boolean' | 'number' | 'bigint' | 'enum';
  /** Values of an enum; empty otherwise. */
  readonly values: readonly string[];
  /** Null: none, the member is undefined then. */
  readonly default: string | boolean | number | bigint | null;
  /** Bounds of a number, both inclusive; null otherwise. */
  readonly min: number | bigint | null;
  readonly max: number | bigint | null;
  /** An example value for help. */
  readonly placeholder: string;
  readonly section: string;
  readonly text: string;
}

/** A key of the notify socket. */
export interface NotifyRow {
  readonly member: string;
  /** Name before the equal sign. */
  readonly name: string;
  /** The only value acted upon; empty: any that the kind holds. */
  readonly value: string;
  readonly kind: 'string' | 'boolean' | 'number' | 'bigint';
  /** Bounds of a number, both inclusive; null otherwise. */
  readonly min: number | bigint | null;
  readonly max: number | bigint | null;
  /** Accepted and without any effect of its own. */
  readonly inert: boolean;
  /** For other managers: to peinit a key that it does not know. */
  readonly foreign: boolean;
  readonly section: string;
  readonly text: string;
}

/** A member of a request, for naming the first one that is wrong. */
export interface RequestMember {
  readonly name: string;
  readonly presence: 'required' | 'nullable' | 'optional';
  /** What is expected, in words that follow "must be". */
  readonly expected: string;
  /** Whether the member has this value, undefined where it is absent. */
  readonly check: (value: unknown) => boolean;
  /** Message of the member, or of its elements, when it has one; its members are in the same table. */
  readonly message: string | null;
}

/** How the request of one command is told, member by member, and taken apart. */
export interface RequestRow<Request, About extends Target | null> {
  /** Its members in the order of the schema, for naming the first one that is wrong. */
  readonly members: readonly RequestMember[];
  /** What the command acts on; null: a call, which does not say. */
  readonly target: About;
  /** The name or id of its target; null: it names none. */
  readonly subject: (request: Request) => string | null;
}
`;
