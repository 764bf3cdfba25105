/**
 * From the bytes of a condition to its text. Nothing here evaluates them. Bytes that no text gives, and damaged ones, have no text: what is
 * printed is read again and must give the same bytes.
 */
import { hex, slice, u8, u32, u64 } from '../bytes.ts';
import { orMalformed, refuse } from '../malformed.ts';
import { exactSid } from '../sid.ts';
import { fromUtf16 } from '../utf16.ts';
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
  plainName,
  presence,
  relations,
  signs,
} from './condition-codes.ts';
import { maxDepth, readCondition } from './condition-read.ts';
import { Cursor, SddlError } from './cursor.ts';
import { sidText } from './sid-text.ts';

export { readCondition } from './condition-read.ts';

/** Null: there is none. */
export function conditionText(bytes: Uint8Array): string | null {
  const text = orMalformed(() => printed(bytes));
  return typeof text === 'string' && gives(text, bytes) ? text : null;
}

function gives(text: string, bytes: Uint8Array): boolean {
  try {
    const cursor = new Cursor(text);
    return hex(readCondition(cursor, 'the ACE')) === hex(bytes) && cursor.done;
  } catch (error) {
    if (error instanceof SddlError) return false;
    throw error;
  }
}

/** A piece of the text, and how tightly it holds together: an operand or a comparison does, `&&` less, `||` least. */
interface Piece {
  readonly text: string;
  readonly level: 'operand' | 'term' | 'and' | 'or';
}

const what = 'the condition';
const wordOf = (words: ReadonlyMap<string, number>, code: number): string | undefined =>
  [...words].find(([, known]) => known === code)?.[0];

function printed(bytes: Uint8Array): string {
  if (hex(bytes.subarray(0, magic.length)) !== hex(magic)) refuse('it does not begin as a condition');
  const stack: Piece[] = [];
  const pop = (): Piece => stack.pop() ?? refuse('an operator has too few operands');
  const wrapped = ({ text, level }: Piece, inside: 'and' | 'or'): string => (level === 'or' && inside === 'and' ? `(${text})` : text);
  let at = magic.length;
  // What is left at the end is filling.
  while (at < bytes.length && bytes[at] !== 0) {
    const code = u8(bytes, at, what);
    const [relation, group, present] = [relations, membership, presence].map((words) => wordOf(words, code));
    if (relation !== undefined) {
      const right = pop();
      stack.push({ text: `${pop().text} ${relation} ${right.text}`, level: 'term' });
    } else if (group !== undefined) stack.push({ text: `${group} ${pop().text}`, level: 'term' });
    else if (present !== undefined) stack.push({ text: `${present} ${pop().text}`, level: 'term' });
    else if (code === not) stack.push({ text: `!(${pop().text})`, level: 'term' });
    else if (code === and || code === or) {
      const level = code === and ? 'and' : 'or';
      const right = pop();
      // The right side of the same operator keeps its parentheses: it was put together first.
      const second = right.level === level ? `(${right.text})` : wrapped(right, level);
      stack.push({ text: `${wrapped(pop(), level)} ${code === and ? '&&' : '||'} ${second}`, level });
    } else {
      const read = operandAt(bytes, at, 0);
      stack.push({ text: read.text, level: 'operand' });
      at += read.length - 1;
    }
    at++;
  }
  const whole = pop();
  if (stack.length > 0) refuse('it has more than one end');
  return `(${whole.text})`;
}

function operandAt(bytes: Uint8Array, at: number, depth: number): { readonly text: string; readonly length: number } {
  const code = u8(bytes, at, what);
  if (code === literal.int64) return { text: numberText(slice(bytes, at, 11, what)), length: 11 };
  const content = slice(bytes, at + 5, u32(bytes, at + 1, what), what);
  return { text: contentText(code, content, depth), length: 5 + content.length };
}

function contentText(code: number, content: Uint8Array, depth: number): string {
  switch (code) {
    case literal.text:
      return `"${textOf(content)}"`;
    case literal.octets:
      return `#${hex(content)}`;
    case literal.sid:
      return `SID(${sidText(exactSid(content, what))})`;
    case literal.composite: {
      if (depth > maxDepth) refuse('it has too many lists within each other');
      const elements: string[] = [];
      for (let at = 0; at < content.length; ) {
        const { text, length } = operandAt(content, at, depth + 1);
        elements.push(text);
        at += length;
      }
      return `{${elements.join(', ')}}`;
    }
    default: {
      const prefix = wordOf(attributes, code) ?? refuse(`there is no operator ${code}`);
      const name = [...textOf(content)].map((letter) => (plainName.test(letter) ? letter : escaped(letter))).join('');
      return code === localAttribute ? name : prefix + name;
    }
  }
}

const textOf = (content: Uint8Array): string => fromUtf16(content) ?? refuse('a text of it is no UTF-16');
const escaped = (letter: string): string =>
  Array.from({ length: letter.length }, (_, index) => `%${letter.charCodeAt(index).toString(16).padStart(4, '0')}`).join('');

function numberText(bytes: Uint8Array): string {
  const sign = wordOf(signs, u8(bytes, 9, what)) ?? refuse('a number has no sign');
  const size = u64(bytes, 1, what);
  const digits = sign === '-' ? BigInt.asUintN(64, -size) : size;
  switch (bytes[10]) {
    case base.octal:
      return `${sign}0${digits.toString(8)}`;
    case base.hexadecimal:
      return `${sign}0x${digits.toString(16)}`;
    default:
      return `${sign}${digits}`;
  }
}
