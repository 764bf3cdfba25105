/**
 * What a case expects: JSON that is compared member by member, with matchers where a value is not known before. A matcher is an object
 * whose member begins with `$`; docs/conformance.md lists them.
 */
import type { Json, JsonObject } from '../json.ts';
import { isList, isObject, printJson } from '../json.ts';

/** Captured values and names of a case. */
export type Scope = Map<string, Json>;

/** Named objects that patterns begin with (`$like`). */
export type Shapes = ReadonlyMap<string, JsonObject>;

/** Where something is other than expected. */
export interface Difference {
  /** As in `services[2].state`; empty: the whole. */
  readonly at: string;
  readonly expected: string;
  readonly received: string;
}

export interface Comparison {
  readonly scope: Scope;
  readonly shapes: Shapes;
}

const kinds: { readonly [name: string]: (value: Json) => boolean } = {
  any: () => true,
  // Version 7, lower case.
  id: (value) => typeof value === 'string' && /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(value),
  uuid: (value) => typeof value === 'string' && /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/.test(value),
  time: (value) => typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/.test(value),
  text: (value) => typeof value === 'string',
  words: (value) => typeof value === 'string' && value.trim() !== '',
  count: (value) => (typeof value === 'bigint' ? value >= 0n : Number.isInteger(value) && Number(value) >= 0),
  integer: (value) => typeof value === 'bigint' || Number.isInteger(value),
  boolean: (value) => typeof value === 'boolean',
  list: isList,
  object: isObject,
};

const matcherNames = new Set([
  '$is',
  '$one_of',
  '$contains',
  '$matches',
  '$not',
  '$or_null',
  '$at_least',
  '$at_most',
  '$above',
  '$includes',
  '$each',
  '$any_order',
  '$optional',
  '$absent',
]);
const objectWords = new Set(['$like', '$open', '$as']);

/** What is wrong with a pattern, each with the object or list that it is about. */
export function patternProblems(pattern: Json, shapes: Shapes): readonly { readonly at: object; readonly sentence: string }[] {
  if (isList(pattern)) return pattern.flatMap((one) => patternProblems(one, shapes));
  if (!isObject(pattern)) return [];
  const own = Object.keys(pattern)
    .filter((name) => name.startsWith('$'))
    .flatMap((name): readonly string[] => {
      if (matcherNames.has(name)) return matcherProblems(pattern, name);
      if (!objectWords.has(name)) return [`there is no matcher ${name}; there are ${[...matcherNames, ...objectWords].join(', ')}`];
      if (name === '$like' && !shapes.has(String(pattern['$like'])))
        return [`there is no shape ${printJson(pattern['$like'])}; there are ${[...shapes.keys()].join(', ')}`];
      return [];
    });
  const inner = Object.entries(pattern).filter(([name]) => !['$like', '$open', '$as', '$is'].includes(name));
  return [...own.map((sentence) => ({ at: pattern, sentence })), ...inner.flatMap(([, value]) => patternProblems(value, shapes))];
}

function matcherProblems(pattern: JsonObject, name: string): readonly string[] {
  const beside = Object.keys(pattern).filter((other) => other !== name && other !== '$as');
  const argument = pattern[name] ?? null;
  if (beside.length > 0) return [`${name} stands alone, or with $as; ${beside.join(', ')} is beside it`];
  if (name === '$is' && !(String(argument) in kinds)) return [`$is must be one of ${Object.keys(kinds).join(', ')}`];
  if (['$one_of', '$includes', '$any_order'].includes(name) && !isList(argument)) return [`${name} needs a list`];
  if (['$at_least', '$at_most'].includes(name) && typeof argument !== 'number') return [`${name} needs a number`];
  if (name === '$matches') {
    try {
      // Names are filled in later.
      new RegExp(String(argument).replaceAll(/\$\{[\w-]+\}/g, 'x'), 'u');
    } catch (error) {
      return [`$matches needs a regular expression: ${String(error)}`];
    }
  }
  return [];
}

/** Differences between a pattern, whose names are filled in, and what was received; captures into the scope. */
export function compare(expected: Json, received: Json | undefined, comparison: Comparison, at = ''): readonly Difference[] {
  const differs = (words: string = describe(expected)): readonly Difference[] => [
    { at, expected: words, received: received === undefined ? 'nothing' : printJson(received) },
  ];
  if (isObject(expected)) {
    const name = Object.keys(expected).find((one) => matcherNames.has(one));
    if (name !== undefined || (Object.keys(expected).length === 1 && '$as' in expected)) {
      const differences = name === undefined ? [] : matched(name, expected[name] ?? null, received, comparison, at, differs);
      return keep(expected, received, differences, comparison);
    }
    if (!isObject(received)) return differs();
    return keep(expected, received, compareObjects(expected, received, comparison, at), comparison);
  }
  if (received === undefined) return differs();
  if (isList(expected)) {
    if (!isList(received)) return differs();
    if (expected.length !== received.length && received.length > 0 && expected.length > 0) {
      const whole = {
        at,
        expected: `${expected.length} elements: ${describe(expected)}`,
        received: `${received.length}: ${printJson(received)}`,
      };
      return [whole];
    }
    if (expected.length !== received.length) return differs();
    return expected.flatMap((one, index) => compare(one, received[index], comparison, `${at}[${index}]`));
  }
  return expected === received ||
    (typeof expected !== typeof received && isNumber(expected) && isNumber(received) && BigInt(expected) === BigInt(received))
    ? []
    : differs();
}

const isNumber = (value: Json): value is number | bigint => typeof value === 'bigint' || Number.isInteger(value);

/** What `$as` names, where it is as expected. */
function keep(
  pattern: JsonObject,
  received: Json | undefined,
  differences: readonly Difference[],
  { scope }: Comparison,
): readonly Difference[] {
  const name = pattern['$as'];
  if (name !== undefined && received !== undefined && differences.length === 0) scope.set(String(name), received);
  return differences;
}

/** An object with the members of its shape, its own over them. */
export function withShape(pattern: JsonObject, shapes: Shapes): JsonObject {
  const { $like, $as: _capture, ...own } = pattern;
  if ($like === undefined) return own;
  return { ...withShape(shapes.get(String($like)) ?? {}, shapes), ...own };
}

function compareObjects(pattern: JsonObject, received: JsonObject, comparison: Comparison, at: string): readonly Difference[] {
  const { $open = false, ...members } = withShape(pattern, comparison.shapes);
  const below = (name: string): string => (at === '' ? name : `${at}.${name}`);
  const differences = Object.entries(members).flatMap(([name, expected]) =>
    compare(expected, Object.hasOwn(received, name) ? received[name] : undefined, comparison, below(name)),
  );
  if ($open === true) return differences;
  const more = Object.keys(received).filter((name) => !Object.hasOwn(members, name));
  return [
    ...differences,
    ...more.map((name) => ({ at: below(name), expected: 'no such member', received: printJson(received[name] ?? null) })),
  ];
}

function matched(
  name: string,
  argument: Json,
  received: Json | undefined,
  comparison: Comparison,
  at: string,
  differs: (words?: string) => readonly Difference[],
): readonly Difference[] {
  if (name === '$absent') return received === undefined ? [] : differs('no such member');
  if (name === '$optional') return received === undefined ? [] : compare(argument, received, comparison, at);
  if (received === undefined) return differs();
  const isSo = (condition: boolean): readonly Difference[] => (condition ? [] : differs());
  switch (name) {
    case '$is':
      return isSo(kinds[String(argument)]?.(received) === true);
    case '$one_of':
      return isSo(isList(argument) && argument.some((one) => compare(one, received, comparison, at).length === 0));
    case '$contains':
      return isSo(
        typeof received === 'string' && (isList(argument) ? argument : [argument]).every((one) => received.includes(String(one))),
      );
    case '$matches':
      return isSo(typeof received === 'string' && new RegExp(String(argument), 'u').test(received));
    case '$not':
      return isSo(compare(argument, received, comparison, at).length > 0);
    case '$or_null':
      return received === null ? [] : compare(argument, received, comparison, at);
    case '$at_least':
      return isSo(isNumber(received) && Number(received) >= Number(argument));
    case '$above':
      return isSo(isNumber(received) && isNumber(argument) && BigInt(received) > BigInt(argument));
    case '$at_most':
      return isSo(isNumber(received) && Number(received) <= Number(argument));
    case '$includes':
      return isSo(
        isList(received) &&
          isList(argument) &&
          argument.every((one) => received.some((other) => compare(one, other, comparison, at).length === 0)),
      );
    case '$each':
      return isList(received) ? received.flatMap((one, index) => compare(argument, one, comparison, `${at}[${index}]`)) : differs();
    case '$any_order':
      return isSo(isList(received) && isList(argument) && isPermutation(argument, received, comparison, at));
    default:
      throw new Error(`there is no matcher ${name}`);
  }
}

/** Each expected element is one that came, no two the same one. */
function isPermutation(expected: readonly Json[], received: readonly Json[], comparison: Comparison, at: string): boolean {
  if (expected.length !== received.length) return false;
  const left = [...received];
  return expected.every((one) => {
    const index = left.findIndex((other) => compare(one, other, comparison, at).length === 0);
    if (index >= 0) left.splice(index, 1);
    return index >= 0;
  });
}

/** A pattern as people read it: with the members of its shapes. */
export function expanded(pattern: Json, shapes: Shapes): Json {
  if (isList(pattern)) return pattern.map((one) => expanded(one, shapes));
  if (!isObject(pattern)) return pattern;
  const whole = '$like' in pattern ? withShape(pattern, shapes) : pattern;
  return Object.fromEntries(Object.entries(whole).map(([name, inner]) => [name, expanded(inner, shapes)]));
}

/** A pattern in words. */
export function describe(pattern: Json): string {
  if (isObject(pattern)) {
    if (typeof pattern['$is'] === 'string') return `any ${pattern['$is']}`;
    if ('$contains' in pattern) return `a text with ${printJson(pattern['$contains'])}`;
    if ('$one_of' in pattern) return `one of ${printJson(pattern['$one_of'])}`;
    if ('$not' in pattern) return `not ${describe(pattern['$not'] ?? null)}`;
    if ('$or_null' in pattern) return `null or ${describe(pattern['$or_null'] ?? null)}`;
  }
  return printJson(pattern);
}
