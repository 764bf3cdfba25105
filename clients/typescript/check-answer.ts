import { ProtocolError } from './errors.ts';
import { eventShapes, shapes } from './generated/shapes.ts';
import type { MemberRow } from './shape.ts';

/**
 * Whether an answer is what its message says: a member that must be there and is not, or is of another type, throws a ProtocolError.
 * Members, values of enums, forms of unions and events that are not known stay as they came.
 */
export function checkMessage(name: string, value: unknown, command: string, at = ''): void {
  const shape = shapes[name];
  if (shape === undefined) throw new Error(`there is no message ${name}`);
  if ('items' in shape) {
    if (!Array.isArray(value) || value.length < shape.items.length) throw mismatch(command, at, `a list of ${shape.items.length}`, value);
    for (const [index, row] of shape.items.entries()) checkMember(row, value[index], command, `${at}[${index}]`, null);
    return;
  }
  if (!isObject(value)) throw mismatch(command, at, 'an object', value);
  if ('by' in shape) {
    const told = value[shape.by];
    if (typeof told !== 'string') throw mismatch(command, inside(at, shape.by), 'a string', told);
    const form = Object.hasOwn(shape.forms, told) ? shape.forms[told] : undefined;
    if (form !== undefined) checkMessage(form, value, command, at);
    return;
  }
  for (const member in shape.members) {
    const row = shape.members[member];
    if (row !== undefined) checkMember(row, value[member], command, at, member, value);
  }
}

type Members = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Members => typeof value === 'object' && value !== null && !Array.isArray(value);
const inside = (at: string, member: string): string => (at === '' ? member : `${at}.${member}`);

function checkMember(row: MemberRow, value: unknown, command: string, at: string, member: string | null, beside: Members = {}): void {
  const { absent } = row;
  if (value === undefined && (absent === 'left out' || absent === 'null or left out')) return;
  if (value === null && (absent === 'null' || absent === 'null or left out')) return;
  const path = member === null ? at : inside(at, member);
  if (row.list !== true) return checkOne(row, value, command, path, beside);
  if (!Array.isArray(value)) throw mismatch(command, path, 'a list', value);
  for (let index = 0; index < value.length; index++)
    if (row.nullElements !== true || value[index] !== null) checkOne(row, value[index], command, `${path}[${index}]`, beside);
}

function checkOne(row: MemberRow, value: unknown, command: string, path: string, beside: Members): void {
  switch (row.is) {
    case 'string':
    case 'bytes':
      if (typeof value !== 'string') throw mismatch(command, path, 'a string', value);
      return;
    case 'boolean':
      if (typeof value !== 'boolean') throw mismatch(command, path, 'true or false', value);
      return;
    case 'integer': {
      const is = typeof value === 'bigint' || Number.isSafeInteger(value);
      if (!is || !isWithin(row, value as number | bigint)) throw mismatch(command, path, `an integer from ${row.min} to ${row.max}`, value);
      return;
    }
    case 'decimal':
      if (typeof value !== 'string' || !/^-?\d+$/.test(value)) throw mismatch(command, path, 'a string of decimal digits', value);
      return;
    case 'message':
      return checkMessage(row.of ?? '', value, command, path);
    case 'object': {
      if (!isObject(value)) throw mismatch(command, path, 'an object', value);
      const event = row.event === undefined ? undefined : beside[row.event];
      const message = typeof event === 'string' && Object.hasOwn(eventShapes, event) ? eventShapes[event] : undefined;
      if (message !== undefined) checkMessage(message, value, command, path);
      return;
    }
    case 'value':
      if (value === undefined) throw mismatch(command, path, 'a value', value);
      return;
    default:
      row.is satisfies never;
  }
}

const isWithin = ({ min, max }: MemberRow, value: number | bigint): boolean =>
  (min === undefined || value >= min) && (max === undefined || value <= max);

/** How much of what came is shown. */
const shown = 60;

function mismatch(command: string, member: string, expected: string, value: unknown): ProtocolError {
  const text = value === undefined ? 'nothing' : JSON.stringify(value, (_, inner) => (typeof inner === 'bigint' ? `${inner}` : inner));
  const received = text.length > shown ? `${text.slice(0, shown)}...` : text;
  const subject = member === '' ? `the answer to ${command}` : `member ${member} of the answer to ${command}`;
  return new ProtocolError(`${subject} must be ${expected}, and is ${received}`, member, expected, received);
}
