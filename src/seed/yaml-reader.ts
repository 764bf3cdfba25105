import type { Document, Node } from 'yaml';
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import { SeedError } from './seed-error.ts';
import type { SeedNode } from './seed-node.ts';
import { maxSeedDepth } from './seed-node.ts';

/** YAML 1.2 (core schema) into nodes with their lines. Aliases are followed, within a bound on what they grow to. */

const maxNodes = 1_000_000;

class YamlReader {
  readonly #file: string;
  readonly #document: Document.Parsed;
  readonly #lines: LineCounter;
  #nodes = 0;

  constructor(file: string, document: Document.Parsed, lines: LineCounter) {
    this.#file = file;
    this.#document = document;
    this.#lines = lines;
  }

  #line(node: unknown, fallback: number): number {
    const range = (node as Partial<Node> | null)?.range;
    return range === null || range === undefined ? fallback : this.#lines.linePos(range[0]).line;
  }

  #error(line: number, message: string): SeedError {
    return new SeedError(this.#file, [{ line, key: '', value: null, message }]);
  }

  read(node: unknown, fallbackLine: number, depth: number): SeedNode {
    const line = this.#line(node, fallbackLine);
    this.#nodes += 1;
    if (this.#nodes > maxNodes) throw this.#error(line, `the file grows to more than ${maxNodes} values`);
    if (depth > maxSeedDepth) throw this.#error(line, `the nesting is deeper than ${maxSeedDepth} levels, or an alias contains itself`);
    if (node === null || node === undefined) return { kind: 'null', line };
    if (isAlias(node)) return this.read(node.resolve(this.#document), line, depth + 1);
    if (isMap(node)) {
      const entries = node.items.map(({ key, value }) => {
        const keyLine = this.#line(key, line);
        return { name: this.#name(key, keyLine), line: keyLine, node: this.read(value, keyLine, depth + 1) };
      });
      return { kind: 'map', line, entries };
    }
    if (isSeq(node)) return { kind: 'list', line, items: node.items.map((item) => this.read(item, line, depth + 1)) };
    if (isScalar(node)) return scalar(node.value, node.source, line);
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

/** Throws SeedError naming the line. An empty file is an empty map. */
export function readYaml(file: string, text: string): SeedNode {
  const lines = new LineCounter();
  const document = parseDocument(text, { version: '1.2', schema: 'core', uniqueKeys: false, intAsBigInt: true, lineCounter: lines });
  if (document.errors.length > 0) {
    const problems = document.errors.map(({ pos, message }) => ({
      line: lines.linePos(pos[0]).line,
      key: '',
      value: null,
      message: withoutContent((message.split('\n')[0] ?? message).replace(/ at line \d+, column \d+:$/, '')),
    }));
    throw new SeedError(file, problems);
  }
  if (document.contents === null) return { kind: 'map', line: 1, entries: [] };
  return new YamlReader(file, document, lines).read(document.contents, 1, 1);
}
