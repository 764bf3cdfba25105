import { isUtf8 } from 'node:buffer';
import type { JsonObject, JsonValue } from './text.ts';

/**
 * Strict reading of one JSON object. On top of RFC 8259 it refuses what two readers could understand differently: members
 * written twice, strings with unpaired surrogates, a byte order mark, text that is not UTF-8. Nesting is bounded, so a hostile
 * line cannot exhaust the stack. Nothing throws: a malformed line costs no more than a good one. PSD-007 11.1, WIRE-018.
 */

/** Levels of objects and lists, the outermost included. */
export const maxDepth = 32;

/** Why a line is no request, in words that follow "the line". */
export class JsonFault {
  readonly message: string;
  constructor(message: string) {
    this.message = message;
  }
}

const code = {
  tab: 0x09,
  newline: 0x0a,
  return: 0x0d,
  space: 0x20,
  quote: 0x22,
  plus: 0x2b,
  comma: 0x2c,
  minus: 0x2d,
  dot: 0x2e,
  zero: 0x30,
  nine: 0x39,
  colon: 0x3a,
  bigE: 0x45,
  openList: 0x5b,
  backslash: 0x5c,
  closeList: 0x5d,
  smallE: 0x65,
  smallF: 0x66,
  smallN: 0x6e,
  smallT: 0x74,
  openObject: 0x7b,
  closeObject: 0x7d,
} as const;

/** Characters of -9223372036854775808 and of 18446744073709551615. */
const longestInteger = 20;
const byteOrderMark = 0xfeff;
const replacement = '\ufffd';

// Reading is one synchronous pass, so its state can live here instead of in an object for each line.
let text = '';
let at = 0;
let fault: JsonFault | null = null;

/** The object that bytes `start` to `end` hold, or why they hold none. */
export function parseJsonLine(bytes: Buffer, start: number, end: number): JsonObject | JsonFault {
  const decoded = bytes.toString('utf8', start, end);
  // Bytes that are not UTF-8 come out as replacement characters, which a sender may also have meant.
  if (decoded.includes(replacement) && !isUtf8(bytes.subarray(start, end))) return new JsonFault('is not UTF-8');
  return parse(decoded);
}

/** The object that a text holds, or why it holds none. */
export function parseJsonText(source: string): JsonObject | JsonFault {
  if (!source.isWellFormed()) return new JsonFault('has an unpaired surrogate');
  return parse(source);
}

function parse(source: string): JsonObject | JsonFault {
  text = source;
  at = 0;
  fault = null;
  const result = document();
  text = '';
  return result ?? fault ?? new JsonFault('is not JSON');
}

function document(): JsonObject | undefined {
  if (text.charCodeAt(0) === byteOrderMark) return fail('begins with a byte order mark');
  skipSpace();
  if (text.charCodeAt(at) !== code.openObject) return fail('is not a JSON object');
  const result = object(1);
  if (result === undefined) return undefined;
  skipSpace();
  return at === text.length ? result : fail(`goes on after the JSON object, at character ${at + 1}`);
}

function fail(message: string): undefined {
  fault ??= new JsonFault(message);
  return undefined;
}

function unexpected(): undefined {
  if (at >= text.length) return fail('is not JSON: it ends too early');
  return fail(`is not JSON: unexpected ${JSON.stringify(String.fromCodePoint(text.codePointAt(at) ?? 0))} at character ${at + 1}`);
}

function skipSpace(): void {
  for (;;) {
    const next = text.charCodeAt(at);
    if (next !== code.space && next !== code.tab && next !== code.return && next !== code.newline) return;
    at++;
  }
}

function value(depth: number): JsonValue | undefined {
  switch (text.charCodeAt(at)) {
    case code.quote:
      return string();
    case code.openObject:
      return object(depth);
    case code.openList:
      return list(depth);
    case code.smallT:
      return word('true', true);
    case code.smallF:
      return word('false', false);
    case code.smallN:
      return word('null', null);
    default:
      return number();
  }
}

function word<T>(name: string, meaning: T): T | undefined {
  if (!text.startsWith(name, at)) return unexpected();
  at += name.length;
  return meaning;
}

const tooDeep = (): undefined => fail(`is nested deeper than ${maxDepth} levels`);

function object(depth: number): JsonObject | undefined {
  if (depth > maxDepth) return tooDeep();
  const members: { [name: string]: JsonValue } = {};
  at++;
  skipSpace();
  if (text.charCodeAt(at) === code.closeObject) {
    at++;
    return members;
  }
  for (;;) {
    if (text.charCodeAt(at) !== code.quote) return unexpected();
    const name = string();
    if (name === undefined) return undefined;
    if (Object.hasOwn(members, name)) return fail(`has the member ${JSON.stringify(name.slice(0, 64))} twice`);
    skipSpace();
    if (text.charCodeAt(at) !== code.colon) return unexpected();
    at++;
    skipSpace();
    const member = value(depth + 1);
    if (member === undefined) return undefined;
    if (name === '__proto__') Object.defineProperty(members, name, { value: member, enumerable: true, configurable: true, writable: true });
    else members[name] = member;
    skipSpace();
    const next = text.charCodeAt(at);
    if (next === code.closeObject) {
      at++;
      return members;
    }
    if (next !== code.comma) return unexpected();
    at++;
    skipSpace();
  }
}

function list(depth: number): JsonValue[] | undefined {
  if (depth > maxDepth) return tooDeep();
  const elements: JsonValue[] = [];
  at++;
  skipSpace();
  if (text.charCodeAt(at) === code.closeList) {
    at++;
    return elements;
  }
  for (;;) {
    const element = value(depth + 1);
    if (element === undefined) return undefined;
    elements.push(element);
    skipSpace();
    const next = text.charCodeAt(at);
    if (next === code.closeList) {
      at++;
      return elements;
    }
    if (next !== code.comma) return unexpected();
    at++;
    skipSpace();
  }
}

function string(): string | undefined {
  const start = ++at;
  for (;;) {
    const next = text.charCodeAt(at);
    if (next === code.quote) return text.slice(start, at++);
    if (next === code.backslash) return escapedString(start);
    // NaN beyond the end is not >= either.
    if (!(next >= code.space)) return badCharacter(next);
    at++;
  }
}

function badCharacter(next: number): undefined {
  if (Number.isNaN(next)) return fail('is not JSON: it ends within a string');
  return fail(`is not JSON: a control character stands unescaped in a string, at character ${at + 1}`);
}

/** The rest of a string from its first escape on. */
function escapedString(start: number): string | undefined {
  let result = text.slice(start, at);
  let surrogates = false;
  for (;;) {
    const plain = at;
    let next = text.charCodeAt(at);
    while (next >= code.space && next !== code.quote && next !== code.backslash) next = text.charCodeAt(++at);
    if (at > plain) result += text.slice(plain, at);
    if (next === code.quote) {
      at++;
      return surrogates && !result.isWellFormed() ? fail('has an unpaired surrogate in a string') : result;
    }
    if (next !== code.backslash) return badCharacter(next);
    const escaped = escapedUnit();
    if (escaped === undefined) return undefined;
    const unit = escaped.charCodeAt(0);
    surrogates ||= unit >= 0xd800 && unit <= 0xdfff;
    result += escaped;
  }
}

const escapes: { readonly [letter: string]: string } = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

function escapedUnit(): string | undefined {
  const letter = text.charAt(at + 1);
  if (letter !== 'u') {
    const meaning = Object.hasOwn(escapes, letter) ? escapes[letter] : undefined;
    if (meaning === undefined) return fail(`is not JSON: bad escape at character ${at + 1}`);
    at += 2;
    return meaning;
  }
  let unit = 0;
  for (let digit = at + 2; digit < at + 6; digit++) {
    const nibble = hexDigit(text.charCodeAt(digit));
    if (nibble < 0) return fail(`is not JSON: bad escape at character ${at + 1}`);
    unit = unit * 16 + nibble;
  }
  at += 6;
  return String.fromCharCode(unit);
}

function hexDigit(unit: number): number {
  if (unit >= 0x30 && unit <= 0x39) return unit - 0x30;
  if (unit >= 0x41 && unit <= 0x46) return unit - 0x37;
  if (unit >= 0x61 && unit <= 0x66) return unit - 0x57;
  return -1;
}

function digits(): boolean {
  const start = at;
  for (;;) {
    const next = text.charCodeAt(at);
    if (!(next >= code.zero && next <= code.nine)) return at > start;
    at++;
  }
}

/** An integer that a number cannot hold exactly comes out as a bigint, as long as 64 bits can hold it. */
function number(): number | bigint | undefined {
  const start = at;
  let whole = true;
  if (text.charCodeAt(at) === code.minus) at++;
  if (text.charCodeAt(at) === code.zero) at++;
  else if (!digits()) return unexpected();
  if (text.charCodeAt(at) === code.dot) {
    whole = false;
    at++;
    if (!digits()) return unexpected();
  }
  const next = text.charCodeAt(at);
  if (next === code.smallE || next === code.bigE) {
    whole = false;
    at++;
    const sign = text.charCodeAt(at);
    if (sign === code.plus || sign === code.minus) at++;
    if (!digits()) return unexpected();
  }
  const written = text.slice(start, at);
  const result = Number(written);
  return whole && !Number.isSafeInteger(result) && written.length <= longestInteger ? BigInt(written) : result;
}
