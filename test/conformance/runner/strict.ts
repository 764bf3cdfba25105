/**
 * Reads YAML by a JSON Schema and refuses what the schema does not have: every problem with its file and line. Only what the printed
 * schemas use is understood (gen/conformance-case.schema.json).
 */
import type { Node, Pair } from 'yaml';
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { Json } from '../json.ts';

export interface Schema {
  readonly [keyword: string]: unknown;
}

export interface Decoded {
  readonly value: Json;
  /** Line of each object and list, from 1 on. */
  lineOf(value: object): number;
}

/** The file is not what it should be; `problems` are of the form `FILE:LINE: sentence`. */
export class FileError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}

/** Throws a FileError with all problems. Without a schema anything that is YAML is taken. */
export function decode(file: string, text: string, schema: Schema = {}): Decoded {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, intAsBigInt: true });
  const problems = document.errors.map(({ pos, message }) => `${file}:${counter.linePos(pos[0]).line}: ${message.split('\n')[0]}`);
  if (problems.length > 0) throw new FileError(problems);
  const lines = new WeakMap<object, number>();
  const reader = new Reader(schema, (node) => counter.linePos(node.range?.[0] ?? 0).line, lines);
  const value = reader.read(reader.resolved(document.contents as Node | null, document), schema, 'the file', document);
  if (reader.problems.length > 0) throw new FileError(reader.problems.map(({ line, sentence }) => `${file}:${line}: ${sentence}`));
  return { value, lineOf: (of) => lines.get(of) ?? 0 };
}

type Doc = ReturnType<typeof parseDocument>;

class Reader {
  readonly problems: { readonly line: number; readonly sentence: string }[] = [];
  readonly #root: Schema;
  readonly #lineOf: (node: Node) => number;
  readonly #lines: WeakMap<object, number>;

  constructor(root: Schema, lineOf: (node: Node) => number, lines: WeakMap<object, number>) {
    this.#root = root;
    this.#lineOf = lineOf;
    this.#lines = lines;
  }

  resolved(node: Node | null | undefined, document: Doc): Node | null {
    if (node === null || node === undefined) return null;
    return isAlias(node) ? ((node.resolve(document) as Node | undefined) ?? null) : node;
  }

  read(node: Node | null, given: Schema, what: string, document: Doc): Json {
    const schema = this.#at(given);
    if (node === null || isScalar(node)) return this.#scalar(node, schema, what);
    if (isSeq(node)) {
      const items = (schema['items'] ?? {}) as Schema;
      if (!this.#isOf(schema, 'array')) this.#complain(node, `${what} is a list; ${wanted(schema)}`);
      const list = node.items.map((item, index) =>
        this.read(this.resolved(item as Node, document), items, `element ${index + 1} of ${what}`, document),
      );
      this.#lines.set(list, this.#lineOf(node));
      return list;
    }
    if (isMap(node)) return this.#object(node, schema, what, document);
    this.#complain(node, `${what} is neither a value, a list nor an object`);
    return null;
  }

  #object(node: Node & { items: Pair[] }, schema: Schema, what: string, document: Doc): Json {
    const members = this.#members(node, document);
    const form = this.#form(node, schema, members, what);
    const properties = (form['properties'] ?? {}) as Readonly<Record<string, Schema>>;
    if (!this.#isOf(form, 'object')) this.#complain(node, `${what} is an object; ${wanted(form)}`);
    const value: Record<string, Json> = {};
    for (const [name, { key, content }] of members) {
      const known = properties[name];
      if (known === undefined && form['additionalProperties'] === false)
        this.#complain(key, `${what} has no member ${JSON.stringify(name)}; it may have ${Object.keys(properties).join(', ')}`);
      value[name] = this.read(content, known ?? {}, `member ${JSON.stringify(name)}`, document);
    }
    for (const name of (form['required'] ?? []) as readonly string[])
      if (!members.has(name)) this.#complain(node, `${what} lacks the member ${JSON.stringify(name)}`);
    this.#lines.set(value, this.#lineOf(node));
    return value;
  }

  /** What `<<` brings in comes first and is overridden. */
  #members(node: Node & { items: Pair[] }, document: Doc): Map<string, { readonly key: Node; readonly content: Node | null }> {
    const members = new Map<string, { readonly key: Node; readonly content: Node | null }>();
    const own: Pair[] = [];
    for (const pair of node.items) {
      const merged = this.#name(pair) === '<<' ? this.resolved(pair.value as Node, document) : null;
      if (merged === null) own.push(pair);
      else if (isMap(merged)) for (const [name, member] of this.#members(merged, document)) members.set(name, member);
    }
    for (const pair of own) members.set(this.#name(pair), { key: pair.key as Node, content: this.resolved(pair.value as Node, document) });
    return members;
  }

  #name({ key }: Pair): string {
    return isScalar(key) ? String(key.value) : String(key);
  }

  /** The form of a union that its members tell, by the one that is the same in no two forms. */
  #form(node: Node, schema: Schema, members: ReadonlyMap<string, { readonly content: Node | null }>, what: string): Schema {
    const forms = schema['oneOf'] as readonly Schema[] | undefined;
    if (forms === undefined) return schema;
    const constants = forms.map((form) => constantOf(this.#at(form)));
    const member = constants[0]?.member ?? '';
    const told = members.get(member)?.content ?? null;
    const index = constants.findIndex(({ value }) => isScalar(told) && told.value === value);
    const found = forms[index];
    if (found !== undefined) return this.#at(found);
    const names = constants.map(({ value }) => value).join(', ');
    this.#complain(node, `${what} needs the member ${JSON.stringify(member)} with one of ${names}`);
    return {};
  }

  #scalar(node: Node | null, schema: Schema, what: string): Json {
    const value = isScalar(node) ? plain(node.value) : null;
    const type = typeof value === 'bigint' ? 'number' : value === null ? 'null' : typeof value;
    const isWhole = typeof value === 'bigint' || Number.isInteger(value);
    const complain = (sentence: string): void => this.#complain(node, `${what} ${sentence}`);
    const told = JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'bigint' ? String(inner) : inner));
    const types: Readonly<Record<string, boolean>> = {
      string: type === 'string',
      boolean: type === 'boolean',
      integer: isWhole,
      object: false,
      array: false,
    };
    const stated = schema['type'] as string | undefined;
    if (schema['oneOf'] !== undefined || (stated !== undefined && types[stated] !== true)) {
      complain(`is ${told}; ${wanted(schema)}`);
      return value;
    }
    const names = schema['enum'] as readonly Json[] | undefined;
    if (names !== undefined && !names.includes(value)) complain(`is ${told}; it must be one of ${names.join(', ')}`);
    if (typeof value === 'string') {
      const { pattern, maxLength } = schema as { readonly pattern?: string; readonly maxLength?: number };
      if (pattern !== undefined && !new RegExp(pattern, 'u').test(value)) complain(`is ${told}; it must match ${pattern}`);
      if (maxLength !== undefined && value.length > maxLength) complain(`has more than ${maxLength} characters`);
    }
    if (typeof value === 'number') {
      const { minimum = -Infinity, maximum = Infinity } = schema as { readonly minimum?: number; readonly maximum?: number };
      if (value < minimum || value > maximum) complain(`is ${value}; it must be from ${minimum} to ${maximum}`);
    }
    return value;
  }

  #isOf(schema: Schema, type: string): boolean {
    return schema['type'] === undefined ? schema['enum'] === undefined && schema['oneOf'] === undefined : schema['type'] === type;
  }

  #at(schema: Schema): Schema {
    const reference = schema['$ref'];
    if (typeof reference !== 'string') return schema;
    const name = reference.replace('#/$defs/', '');
    return ((this.#root['$defs'] ?? {}) as Readonly<Record<string, Schema>>)[name] ?? {};
  }

  #complain(node: Node | null, sentence: string): void {
    this.problems.push({ line: node === null ? 0 : this.#lineOf(node), sentence });
  }
}

const wanted = (schema: Schema): string => {
  if (schema['oneOf'] !== undefined) return 'it must be an object';
  const type = (schema['type'] as string | undefined) ?? 'value';
  return `it must be ${{ object: 'an object', array: 'a list', integer: 'a whole number', string: 'a text' }[type] ?? `a ${type}`}`;
};

/** YAML integers come as bigint, so that none is rounded. */
function plain(value: unknown): Json {
  if (typeof value !== 'bigint') return value as Json;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** The member of a form that always has the same value. */
function constantOf(form: Schema): { readonly member: string; readonly value: unknown } {
  const properties = (form['properties'] ?? {}) as Readonly<Record<string, Schema>>;
  const [member, { const: value }] = Object.entries(properties).find(([, shape]) => 'const' in shape) ?? ['', { const: undefined }];
  return { member, value };
}
