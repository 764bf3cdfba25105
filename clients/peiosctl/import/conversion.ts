/** What the definitions of another service manager become: services, and a remark for each thing that is not carried over as it is. */
import type { ServiceDefinition } from '../../../gen/definition/types.ts';

/** The fields of a definition that are stated; all others have their defaults. */
export type Fields = { -readonly [Member in keyof ServiceDefinition]?: ServiceDefinition[Member] };

type MembersOf<Type> = { [Member in keyof Fields]-?: Fields[Member] extends Type | undefined ? Member : never }[keyof Fields];
export type ListMember = MembersOf<readonly string[]>;
export type NumberMember = MembersOf<number>;

/** Something written in a file: a directive of a unit, a key of a section. */
export interface Entry {
  readonly file: string;
  readonly line: number;
  /** The word itself, as people would look for it. */
  readonly word: string;
  readonly value: string;
}

/**
 * lost: it does not come along, and the text says what to do instead. changed: it comes along with a difference worth knowing.
 * judged: what peinit itself would say of the result.
 * needless: peinit does without it, nothing needs to be done.
 */
export const remarkKinds = ['lost', 'changed', 'judged', 'needless'] as const;
export type RemarkKind = (typeof remarkKinds)[number];

export interface Remark {
  readonly kind: RemarkKind;
  readonly file: string;
  /** 0: of none. */
  readonly line: number;
  /** Name of the service it is about; null: of none. */
  readonly service: string | null;
  readonly word: string;
  readonly text: string;
}

export interface Conversion {
  /** Grants are names of privileges that the service has beyond those of its identity. */
  readonly services: readonly { readonly name: string; readonly fields: Fields; readonly grants: readonly string[] }[];
  readonly remarks: readonly Remark[];
}

/** A file as it is read. */
export interface SourceFile {
  readonly name: string;
  readonly text: string;
}

/** A service that is being made. Every entry must leave something behind: a field or a remark. */
export class Draft {
  readonly name: string;
  /** Every other manager asks before it kills, also what is still starting. */
  readonly fields: Fields = { abortMode: 'Stop' };
  readonly remarks: Remark[] = [];
  readonly grants: string[] = [];
  #traces = 0;

  constructor(name: string) {
    this.name = name;
  }

  set<Member extends keyof Fields>(member: Member, value: Fields[Member]): void {
    this.#traces += 1;
    this.fields[member] = value;
  }

  /** Adds to a list what it does not have yet. */
  add(member: ListMember, ...values: readonly string[]): void {
    this.#traces += 1;
    const before = this.fields[member] ?? [];
    this.fields[member] = [...before, ...values.filter((value, index) => !before.includes(value) && values.indexOf(value) === index)];
  }

  /** Adds to a list whose elements may be there more than once. */
  append(member: ListMember, ...values: readonly string[]): void {
    this.#traces += 1;
    this.fields[member] = [...(this.fields[member] ?? []), ...values];
  }

  grant(privileges: readonly string[]): void {
    this.#traces += 1;
    this.grants.push(...privileges);
  }

  remark(kind: RemarkKind, { file, line, word }: Pick<Entry, 'file' | 'line' | 'word'>, text: string): void {
    this.#traces += 1;
    this.remarks.push({ kind, file, line, service: this.name, word, text });
  }

  lost = (entry: Pick<Entry, 'file' | 'line' | 'word'>, text: string): void => this.remark('lost', entry, text);
  changed = (entry: Pick<Entry, 'file' | 'line' | 'word'>, text: string): void => this.remark('changed', entry, text);
  needless = (entry: Pick<Entry, 'file' | 'line' | 'word'>, text: string): void => this.remark('needless', entry, text);

  /** The entry has its effect later, together with others. */
  noted(): void {
    this.#traces += 1;
  }

  /** Has an entry handled; nothing vanishes without a trace. */
  handle(entry: Entry, handler: () => void): void {
    const before = this.#traces;
    handler();
    if (this.#traces !== before) return;
    if (/^(?:\[\]|\{\}|)$/.test(entry.value)) this.needless(entry, 'it is empty');
    else this.lost(entry, 'nothing of it is understood here; write the field by hand');
  }
}

/** A name that peinit takes, from any other. */
export const serviceName = (name: string): string => name.replaceAll(/[^A-Za-z0-9._-]/g, '-').slice(0, 128) || 'service';
