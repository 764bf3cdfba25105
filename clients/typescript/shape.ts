/** Rows of the tables of generated/shapes.ts. */

export interface MemberRow {
  readonly is: 'boolean' | 'string' | 'integer' | 'decimal' | 'message' | 'value' | 'object' | 'bytes';
  /** Name of the message. */
  readonly of?: string;
  readonly min?: number | bigint;
  readonly max?: number | bigint;
  /** Member beside it that names the event whose content this is. */
  readonly event?: string;
  readonly list?: true;
  readonly nullElements?: true;
  /** How it says that there is nothing; it must be there when this is left out. */
  readonly absent?: 'null' | 'left out' | 'null or left out';
}

/** A message: its members, the forms of a union by the member that tells them, or the elements of a list. */
export type Shape =
  | { readonly members: { readonly [member: string]: MemberRow } }
  | { readonly by: string; readonly forms: { readonly [value: string]: string } }
  | { readonly items: readonly MemberRow[] };

export interface ExchangeRow {
  /** Method of the client. */
  readonly method: string;
  /** `answer`: one line; `joined`, `parts`: several of one id; `lines`: bare ones behind an acknowledgement; `pushes`: others follow it. */
  readonly kind: 'answer' | 'joined' | 'parts' | 'lines' | 'pushes';
  /** Message of the answer, or of each line where it is `lines`. */
  readonly answer: string;
  /** What is answered instead; it lacks that member. */
  readonly other?: { readonly answer: string; readonly without: string };
  readonly pushed?: string;
}

export interface SocketRow {
  /** Message that says that a request could not be served. */
  readonly failure: string;
  /** Members that the framing adds to answers. */
  readonly framing: readonly string[];
  /** By the name of the command. */
  readonly exchanges: { readonly [command: string]: ExchangeRow };
}
