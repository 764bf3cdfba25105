import type { Document, ErrorCode, Node } from 'yaml';
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import { SeedError } from './seed-error.ts';
import type { SeedNode } from './seed-node.ts';
import { maxSeedDepth } from './seed-node.ts';

/** YAML 1.2 (core schema) into nodes with their lines. Aliases are followed, within a bound on what they grow to. */

const maxNodes = 1_000_000;

/** What was read, with how many nodes it has and how many levels: an alias of it costs that without being read again. */
interface Measured {
  readonly node: SeedNode;
  readonly size: number;
  readonly height: number;
}

class YamlReader {
  readonly #file: string;
  readonly #lines: LineCounter;
  /** The latest of each name so far; null: it is being read. */
  readonly #anchors = new Map<string, Measured | null>();
  #nodes = 0;

  constructor(file: string, lines: LineCounter) {
    this.#file = file;
    this.#lines = lines;
  }

  #line(node: unknown, fallback: number): number {
    const range = (node as Partial<Node> | null)?.range;
    return range === null || range === undefined ? fallback : this.#lines.linePos(range[0]).line;
  }

  #error(line: number, message: string): SeedError {
    return new SeedError(this.#file, [{ line, key: '', value: null, message }]);
  }

  /** Counts nodes that the seed grows by. */
  #grow(size: number, line: number): void {
    this.#nodes += size;
    if (this.#nodes > maxNodes) throw this.#error(line, `the file grows to more than ${maxNodes} values; use fewer aliases`);
  }

  read(node: unknown, fallbackLine: number, depth: number): Measured {
    const line = this.#line(node, fallbackLine);
    if (isAlias(node)) return this.#aliased(node.source, line, depth);
    this.#grow(1, line);
    if (depth > maxSeedDepth) throw this.#error(line, tooDeep);
    const anchor = isMap(node) || isSeq(node) || isScalar(node) ? node.anchor : undefined;
    if (anchor !== undefined) this.#anchors.set(anchor, null);
    const measured = this.#content(node, line, depth);
    if (anchor !== undefined) this.#anchors.set(anchor, measured);
    return measured;
  }

  #aliased(name: string, line: number, depth: number): Measured {
    const found = this.#anchors.get(name);
    if (found === undefined) throw this.#error(line, unknownAlias);
    if (found === null) throw this.#error(line, 'the alias contains itself; write the values out');
    this.#grow(found.size, line);
    if (depth + found.height - 1 > maxSeedDepth) throw this.#error(line, tooDeep);
    return found;
  }

  #content(node: unknown, line: number, depth: number): Measured {
    const inner: Measured[] = [];
    const read = (each: unknown, at: number): SeedNode => {
      const measured = this.read(each, at, depth + 1);
      inner.push(measured);
      return measured.node;
    };
    const measured = (read: SeedNode): Measured => ({
      node: read,
      size: inner.reduce((sum, { size }) => sum + size, 1),
      height: inner.reduce((most, { height }) => Math.max(most, height), 0) + 1,
    });
    if (node === null || node === undefined) return measured({ kind: 'null', line });
    if (isMap(node)) {
      const entries = node.items.map(({ key, value }) => {
        const keyLine = this.#line(key, line);
        return { name: this.#name(key, keyLine), line: keyLine, node: read(value, keyLine) };
      });
      return measured({ kind: 'map', line, entries });
    }
    if (isSeq(node)) return measured({ kind: 'list', line, items: node.items.map((item) => read(item, line)) });
    if (isScalar(node)) return measured(scalar(node.value, node.source, line));
    throw this.#error(line, 'this is no value');
  }

  /** Names that look like numbers or words of YAML are names all the same. */
  #name(key: unknown, line: number): string {
    if (!isScalar(key)) throw this.#error(line, 'a name was expected here');
    if (typeof key.value === 'string') return key.value;
    if (key.source !== undefined) return key.source;
    throw this.#error(line, 'a name was expected here');
  }
}

const tooDeep = `the nesting is deeper than ${maxSeedDepth} levels; a seed has a level for keys, one for values and one for lists`;

/** Its name is not told: a password may begin with * as well. */
const unknownAlias = 'the alias names nothing that stands before it; a text that begins with * is written in quotes';

function scalar(value: unknown, source: string | undefined, line: number): SeedNode {
  switch (typeof value) {
    case 'string':
      return { kind: 'string', line, text: value };
    case 'bigint':
      return { kind: 'integer', line, value };
    case 'boolean':
      return { kind: 'boolean', line, value };
    default:
      return value === null ? { kind: 'null', line } : { kind: 'other', line, words: `${source ?? String(value)}` };
  }
}

/** The parser quotes the text that it stumbled over, which may be a password. */
const withoutContent = (message: string): string => message.replace(/: (?:".*"|\S+)$|(?<=^Unresolved (?:alias|tag)).*$/, '');

/** What people can do about what the parser complains of most. */
const remedies: { readonly [code in ErrorCode]?: string } = {
  MULTIPLE_DOCS: 'a seed is one document; take out the line --- that begins the second one, or make it a file of its own',
  TAB_AS_INDENT: 'a line begins with a tab; YAML indents with blanks',
  DUPLICATE_KEY: 'the name is given twice',
  BAD_DQ_ESCAPE: 'this escape is unknown in double quotes; write paths of the registry with /, or in single quotes',
  MULTILINE_IMPLICIT_KEY: 'a name goes over several lines; is a colon missing in a line before?',
  BAD_INDENT: 'this line is not indented like its neighbours',
};

const isSeed = 'a seed is a map from key paths to their values';

/** The first thing that the parser complains of: what it says of the rest follows from it. */
function firstProblem(file: string, text: string, document: Document.Parsed, lines: LineCounter): SeedError | null {
  const [error] = [...document.errors].sort((left, right) => left.pos[0] - right.pos[0]);
  if (error === undefined) return null;
  // The parser calls itself for each level, until its stack is full.
  if (error.code === 'RESOURCE_EXHAUSTION') return new SeedError(file, [{ line: deepLine(text), key: '', value: null, message: tooDeep }]);
  const said = withoutContent((error.message.split('\n')[0] ?? error.message).replace(/ at line \d+, column \d+:$/, ''));
  const message = remedies[error.code] ?? `this is no YAML: ${said}; ${isSeed}`;
  return new SeedError(file, [{ line: lines.linePos(error.pos[0]).line, key: '', value: null, message }]);
}

/** The first line that opens more than any seed needs. */
function deepLine(text: string): number {
  let open = 0;
  let line = 1;
  for (const character of text) {
    if (character === '\n') line += 1;
    else if (character === '[' || character === '{') open += 1;
    else if (character === ']' || character === '}') open -= 1;
    if (open > maxSeedDepth) return line;
  }
  return 1;
}

/** Throws SeedError naming the line. An empty file is an empty map. */
export function readYaml(file: string, text: string): SeedNode {
  const lines = new LineCounter();
  const document = parseDocument(text, { version: '1.2', schema: 'core', uniqueKeys: false, intAsBigInt: true, lineCounter: lines });
  const problem = firstProblem(file, text, document, lines);
  if (problem !== null) throw problem;
  if (document.contents === null) return { kind: 'map', line: 1, entries: [] };
  return new YamlReader(file, lines).read(document.contents, 1, 1).node;
}
