/**
 * What a target must know of its language to print the schema in it. A language is one such record and the targets beside it
 * (targets/LANGUAGE); what follows from the schema whatever the language is in derive.ts.
 */
import type { MemberForm } from './derive.ts';
import { isSafe, memberForm } from './derive.ts';
import type { FieldModel, MessageModel } from './model.ts';

export interface Language {
  /** Begins a comment that ends with its line. */
  readonly comment: string;
  /** A documentation comment; the text cannot end it early. */
  doc(text: string, indent?: string): string;
  /** Names of the schema as the language writes them: in its case, and out of the way of its reserved words. */
  readonly names: {
    /** A member, by its name on the wire. */
    member(name: string): string;
    /** A method, by the name of its command. */
    method(name: string): string;
    /** A table or list, by the PascalCase name of what it is about. */
    constant(name: string): string;
  };
  /** Type of one value; `refer` is called for every name that another module declares. */
  scalar(scalar: Scalar, refer: Refer): string;
  list(element: string): string;
  /** Type of a value that may be null. */
  orNull(type: string): string;
  /** Declaration of a member of that name and type. */
  member(name: string, type: string, form: MemberForm): string;
}

/** Notes that a file uses what a package declares, and gives the name as it stands in that file. */
export type Refer = (packageName: string, name: string) => string;

export type Scalar =
  | { readonly kind: 'boolean' | 'string' | 'bytes' }
  /** A 64-bit number as text. */
  | { readonly kind: 'decimal' }
  | {
      readonly kind: 'integer';
      readonly bits: 32 | 64;
      readonly unsigned: boolean;
      /** A double holds every value exactly. */
      readonly safe: boolean;
      /** It stands in JSON, where small numbers are plain even if large ones may come. */
      readonly json: boolean;
    }
  | { readonly kind: 'json'; readonly shape: 'value' | 'object' }
  /** Refused by the checks. */
  | { readonly kind: 'never' };

function scalarOf(field: FieldModel): Scalar {
  const { type, wire } = field;
  switch (type.kind) {
    case 'integer':
      if (wire?.decimalString === true) return { kind: 'decimal' };
      return { ...type, safe: type.bits === 32 || (wire !== null && isSafe(field)), json: wire !== null };
    case 'boolean':
    case 'string':
    case 'bytes':
    case 'json':
      return type;
    default:
      return { kind: 'never' };
  }
}

/** The type of a field in a language. */
export function typeOf(field: FieldModel, language: Language, refer: Refer): string {
  const { type, wire } = field;
  const element =
    type.kind === 'enum' || type.kind === 'message' ? refer(type.of.package, type.of.name) : language.scalar(scalarOf(field), refer);
  if (!field.list) return element;
  return language.list(wire?.nullElements === true ? language.orNull(element) : element);
}

/** The declaration of a field as a member. `read`: clients write the message, so what may be null may be left out. */
export const declare = (message: MessageModel, field: FieldModel, read: boolean, language: Language, refer: Refer): string =>
  language.member(language.names.member(field.member), typeOf(field, language, refer), memberForm(message, field, read));
