/** From the text of a condition to its bytes, in which operators stand behind their operands. */
import { concat, fromHex, putU32, putU64 } from '../bytes.ts';
import { sidToBytes } from '../sid.ts';
import { utf16 } from '../utf16.ts';
import { readQuoted } from './claim-text.ts';
import {
  and,
  attributes,
  base,
  literal,
  localAttribute,
  magic,
  membership,
  not,
  or,
  presence,
  relations,
  signs,
} from './condition-codes.ts';
import type { Cursor } from './cursor.ts';
import { readSid } from './sid-text.ts';

/** Parentheses, negations and lists within each other. */
export const maxDepth = 32;

/** The condition in parentheses that begins here, as bytes, filled up to a multiple of 4. */
export function readCondition(cursor: Cursor, what: string): Uint8Array {
  const parts: Uint8Array[] = [magic];
  const form = `the condition of ${what}`;
  if (cursor.text.charAt(cursor.at) !== '(') cursor.fail(`${form} stands in parentheses`);
  createReader(cursor, form, (part) => parts.push(part)).term(0);
  const bytes = concat(parts);
  return concat([bytes, new Uint8Array(-bytes.length & 3)]);
}

type Emit = (part: Uint8Array) => void;

function createReader(cursor: Cursor, form: string, emit: Emit) {
  const operator = (code: number): void => emit(Uint8Array.of(code));
  /** The code of a word that is next, gone past. */
  const wordIn = (words: ReadonlyMap<string, number>): number | undefined => {
    const start = cursor.at;
    const word = cursor.match(/[A-Za-z_]+|[=!<>]=|[<>]/y) ?? '';
    const found = [...words].find(([known]) => known.toLowerCase() === word.toLowerCase());
    if (found === undefined) cursor.at = start;
    return found?.[1];
  };

  const either = (depth: number): void => {
    both(depth);
    for (cursor.skipSpaces(); cursor.take('||'); cursor.skipSpaces()) {
      both(depth);
      operator(or);
    }
  };
  const both = (depth: number): void => {
    term(depth);
    for (cursor.skipSpaces(); cursor.take('&&'); cursor.skipSpaces()) {
      term(depth);
      operator(and);
    }
  };
  const term = (depth: number): void => {
    if (depth > maxDepth) cursor.fail(`${form} has more than ${maxDepth} parentheses within each other`);
    cursor.skipSpaces();
    if (cursor.take('!')) {
      term(depth + 1);
      return operator(not);
    }
    if (cursor.take('(')) {
      either(depth + 1);
      cursor.skipSpaces();
      return cursor.expect(')', `${form} is not closed`);
    }
    const group = wordIn(membership);
    if (group !== undefined) {
      operand(depth + 1);
      return operator(group);
    }
    const present = wordIn(presence);
    if (present !== undefined) {
      cursor.skipSpaces();
      attribute();
      return operator(present);
    }
    attribute();
    cursor.skipSpaces();
    const relation = wordIn(relations) ?? cursor.fail(`${form}: a comparison is missing here (${[...relations.keys()].join(' ')})`);
    operand(depth + 1);
    return operator(relation);
  };

  const attribute = (): void => {
    const prefix = [...attributes].find(
      ([word]) => cursor.text.slice(cursor.at, cursor.at + word.length).toLowerCase() === word.toLowerCase(),
    );
    if (prefix !== undefined) cursor.at += prefix[0].length;
    const written = cursor.match(/(?:[A-Za-z0-9_.:/]|%[0-9a-f]{4})+/iy) ?? cursor.fail(`${form}: the name of an attribute is missing here`);
    const name = written.replaceAll(/%(....)/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
    emit(measured(prefix?.[1] ?? localAttribute, utf16(name)));
  };

  const operand = (depth: number): void => {
    if (depth > maxDepth) cursor.fail(`${form} has more than ${maxDepth} lists within each other`);
    cursor.skipSpaces();
    if (cursor.take('{')) return list(depth);
    if (cursor.text.charAt(cursor.at) === '"') return emit(measured(literal.text, utf16(readQuoted(cursor, form))));
    if (cursor.take('#')) {
      const octets = fromHex(cursor.match(/[0-9a-f]*/iy) ?? '') ?? cursor.fail(`${form}: octets are pairs of hexadecimal digits`);
      return emit(measured(literal.octets, octets));
    }
    if (cursor.match(/SID\(/iy) !== null) {
      cursor.skipSpaces();
      emit(measured(literal.sid, sidToBytes(readSid(cursor, form))));
      cursor.skipSpaces();
      return cursor.expect(')', form);
    }
    const number = cursor.match(/[+-]?(?:0x[0-9a-f]+|[0-9]+)/iy);
    return number === null ? attribute() : emit(numberBytes(number));
  };

  /** Elements of a list are put together before it is told how long they are. */
  const list = (depth: number): void => {
    const parts: Uint8Array[] = [];
    const inner = createReader(cursor, form, (part) => parts.push(part));
    cursor.skipSpaces();
    for (let first = true; !cursor.take('}'); first = false) {
      if (!first) cursor.expect(',', `${form} has a list`);
      inner.operand(depth + 1);
      cursor.skipSpaces();
    }
    emit(measured(literal.composite, concat(parts)));
  };
  return { term, operand };
}

function measured(code: number, content: Uint8Array): Uint8Array {
  const head = new Uint8Array(5);
  head[0] = code;
  putU32(head, 1, content.length);
  return concat([head, content]);
}

function numberBytes(text: string): Uint8Array {
  const sign = /^[+-]/.exec(text)?.[0] ?? '';
  const digits = text.slice(sign.length);
  const octal = /^0[0-7]+$/.test(digits);
  const size = BigInt(octal ? `0o${digits.slice(1)}` : /^0x/i.test(digits) ? digits : digits.replace(/^0+(?=.)/, ''));
  const bytes = new Uint8Array(11);
  bytes[0] = literal.int64;
  putU64(bytes, 1, BigInt.asUintN(64, sign === '-' ? -size : size));
  bytes[9] = signs.get(sign) ?? 0;
  bytes[10] = octal ? base.octal : /^0x/i.test(digits) ? base.hexadecimal : base.decimal;
  return bytes;
}
