/** What a new set of definitions changes. PSD-007 3.5, 11.2. */
import { foldName } from './names.ts';
import type { Decoded, DefinitionSet, Finding } from './set.ts';

/** Names as the new set spells them, those removed as the old one did, each in the order of its set. */
export interface DefinitionDiff {
  readonly added: readonly string[];
  /** With another content; unknown values are none. GEN-025. */
  readonly updated: readonly string[];
  readonly removed: readonly string[];
}

export function diffDefinitions(old: DefinitionSet, next: DefinitionSet): DefinitionDiff {
  const before = new Map(old.services.map((service) => [foldName(service.name), service]));
  const added: string[] = [];
  const updated: string[] = [];
  for (const service of next.services) {
    const key = foldName(service.name);
    const earlier = before.get(key);
    if (earlier === undefined) added.push(service.name);
    else if (!sameContent(earlier, service)) updated.push(service.name);
    before.delete(key);
  }
  return { added, updated, removed: Array.from(before.values(), ({ name }) => name) };
}

/** Of broken definitions only the findings are known. */
const sameContent = (one: Decoded, other: Decoded): boolean =>
  one === other ||
  (one.definition === null || other.definition === null
    ? one.definition === other.definition && sameData(one.findings, other.findings)
    : sameData(one.definition, other.definition));

/** Equality of plain data: numbers, text, lists, bytes, objects. */
function sameData(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (!isObject(one) || !isObject(other)) return false;
  if (one instanceof Uint8Array) return other instanceof Uint8Array && Buffer.compare(one, other) === 0;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const keys = Object.keys(one);
  return keys.length === Object.keys(other).length && keys.every((key) => Object.hasOwn(other, key) && sameData(one[key], other[key]));
}

const isObject = (data: unknown): data is { readonly [key: string]: unknown } => typeof data === 'object' && data !== null;

/** Findings that were not there before. */
export function newFindings(old: readonly Finding[], next: readonly Finding[]): readonly Finding[] {
  const known = new Set(old.map(identity));
  return next.filter((finding) => !known.has(identity(finding)));
}

const identity = ({ service, field, kind, message }: Finding): string => [kind, foldName(service), field ?? '', message].join('\n');
