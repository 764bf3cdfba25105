/**
 * The changes that are tried on a source: small, mechanical, each at one place. The tree is that of the code without its types, which Node
 * strips in place, so that its positions are those of the source.
 */
import { stripTypeScriptTypes } from 'node:module';
import type { AnyNode, Node } from 'acorn';
import { parse } from 'acorn';
import { fullAncestor } from 'acorn-walk';
import { isMessage, isPlainString } from './strings.ts';

/** `text` instead of what stands from `start` to before `end`. */
export interface Edit {
  readonly operator: Operator;
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** Only a run that passes here can notice. */
  readonly place: number;
}

export type Operator =
  | 'comparison'
  | 'arithmetic'
  | 'condition'
  | 'branch'
  | 'logic'
  | 'number'
  | 'string'
  | 'boolean'
  | 'statement'
  | 'return'
  | 'element'
  | 'case'
  | 'method';

const instead: Readonly<Record<string, readonly [Operator, ...string[]]>> = {
  '<': ['comparison', '<=', '>='],
  '<=': ['comparison', '<', '>'],
  '>': ['comparison', '>=', '<='],
  '>=': ['comparison', '>', '<'],
  '===': ['comparison', '!=='],
  '!==': ['comparison', '==='],
  '+': ['arithmetic', '-'],
  '-': ['arithmetic', '+'],
  '*': ['arithmetic', '/'],
  '/': ['arithmetic', '*'],
  '%': ['arithmetic', '*'],
  '<<': ['arithmetic', '>>'],
  '>>': ['arithmetic', '<<'],
  '&': ['arithmetic', '|'],
  '|': ['arithmetic', '&'],
  '+=': ['arithmetic', '-='],
  '-=': ['arithmetic', '+='],
  '&&': ['logic', '||'],
  '||': ['logic', '&&'],
};

/** A method that does the opposite; null takes the call away. */
const methods: Readonly<Record<string, string | null>> = {
  some: 'every',
  every: 'some',
  min: 'max',
  max: 'min',
  filter: null,
  slice: null,
  sort: null,
  toSorted: null,
  reverse: null,
  toLowerCase: null,
  trim: null,
};

interface Span {
  readonly start: number;
  readonly end: number;
  /** Its start, if left out. */
  readonly place?: number;
}

interface Place {
  readonly code: string;
  readonly parents: readonly AnyNode[];
  add(operator: Operator, at: Span, text: string): void;
}

/** The operator between two operands, which may stand in brackets. */
function swap({ code, add }: Place, { operator, left, right }: { operator: string; left: Node; right: Node }): void {
  const [kind, ...others] = instead[operator] ?? [];
  const start = left.end + code.slice(left.end, right.start).indexOf(operator);
  // A right side that no run came to may be come to with the other operator.
  for (const other of others) if (kind !== undefined) add(kind, { start, end: start + operator.length, place: left.start }, other);
}

/** A test that is a comparison, or a negation, is turned around elsewhere. */
function negate({ code, add }: Place, test: AnyNode): void {
  const { type } = test;
  if ((type === 'BinaryExpression' && test.operator in instead) || (type === 'UnaryExpression' && test.operator === '!')) return;
  add('condition', test, `!(${code.slice(test.start, test.end)})`);
}

/** Without one item, and without the comma that parts it from its neighbour. */
function dropItem({ add }: Place, items: readonly (Node | null)[], at: number): void {
  const [before, item, after] = [items[at - 1], items[at], items[at + 1]];
  if (!item) return;
  if (after) add('element', { start: item.start, end: after.start }, '');
  else add('element', { start: before ? before.end : item.start, end: item.end }, '');
}

/** The types refuse a condition before a lone semicolon. */
const nothing = ({ parents }: Place): string => (parents.at(-2)?.type === 'IfStatement' ? '{}' : ';');

function changeLiteral(place: Place, { value, bigint, raw, start, end }: Extract<AnyNode, { type: 'Literal' }>): void {
  const at = { start, end };
  if (typeof value === 'boolean') place.add('boolean', at, String(!value));
  else if (typeof value === 'number') place.add('number', at, String(value + 1));
  else if (bigint !== undefined && bigint !== null) place.add('number', at, `${BigInt(bigint) + 1n}n`);
  else if (typeof value === 'string' && raw !== undefined && isPlainString(value, place.parents))
    place.add('string', at, value === '' ? "'~'" : "''");
}

function change(place: Place, node: AnyNode): void {
  const { code, add } = place;
  switch (node.type) {
    case 'BinaryExpression': {
      const text = [node.left, node.right].some(
        (side) => side.type === 'TemplateLiteral' || (side.type === 'Literal' && typeof side.value === 'string'),
      );
      if (!(text && node.operator === '+')) swap(place, node);
      return;
    }
    case 'LogicalExpression':
      if (node.operator === '??') add('logic', { start: node.left.end, end: node.right.end }, '');
      else swap(place, node);
      return;
    case 'AssignmentExpression':
      swap(place, node);
      return;
    case 'UpdateExpression':
      add(
        'arithmetic',
        node.prefix ? { start: node.start, end: node.start + 2 } : { start: node.end - 2, end: node.end },
        node.operator === '++' ? '--' : '++',
      );
      return;
    case 'UnaryExpression':
      if (node.operator === '!' || node.operator === '-')
        add(node.operator === '!' ? 'condition' : 'arithmetic', { start: node.start, end: node.start + 1 }, ' ');
      return;
    case 'IfStatement':
      negate(place, node.test);
      add('branch', node.test, 'false');
      if (node.alternate) add('branch', node.alternate, '{}');
      return;
    case 'ConditionalExpression':
      negate(place, node.test);
      return;
    case 'WhileStatement':
      add('branch', node.test, 'false');
      return;
    case 'SwitchCase':
      add('case', node, '');
      return;
    case 'ExpressionStatement':
      if (node.directive === undefined && !isMessage(node.expression)) add('statement', node, nothing(place));
      return;
    case 'ThrowStatement':
    case 'ContinueStatement':
      add('statement', node, nothing(place));
      return;
    case 'ReturnStatement':
      if (!node.argument) add('statement', node, nothing(place));
      else if (code.slice(node.argument.start, node.argument.end) !== 'undefined') add('return', node.argument, 'undefined');
      return;
    case 'ArrayExpression':
      for (const at of node.elements.keys()) dropItem(place, node.elements, at);
      return;
    case 'SpreadElement':
      if (place.parents.at(-2)?.type === 'ObjectExpression') add('element', node, '...{}');
      return;
    case 'CallExpression': {
      const { callee } = node;
      if (callee.type !== 'MemberExpression' || callee.property.type !== 'Identifier' || callee.computed) return;
      const { name } = callee.property;
      const other = Object.hasOwn(methods, name) ? methods[name] : undefined;
      if (other === null) add('method', { start: callee.object.end, end: node.end }, '');
      else if (other !== undefined) add('method', callee.property, other);
      return;
    }
    case 'Literal':
      changeLiteral(place, node);
      return;
    default:
  }
}

/** All changes of a source, in the order of their places. */
export function editsOf(source: string): readonly Edit[] {
  const code = stripTypeScriptTypes(source, { mode: 'strip' });
  if (code.length !== source.length) throw new Error('the code without its types has other positions than the source');
  const edits = new Map<string, Edit>();
  fullAncestor(parse(code, { ecmaVersion: 'latest', sourceType: 'module' }), (node, _state, parents) => {
    const add = (operator: Operator, { start, end, place = start }: Span, text: string): void => {
      const key = `${start} ${end} ${text}`;
      if (!edits.has(key)) edits.set(key, { operator, start, end, text, place });
    };
    change({ code, parents: parents as AnyNode[], add }, node as AnyNode);
  });
  return [...edits.values()].sort((one, other) => one.start - other.start || one.end - other.end);
}

export const applied = (source: string, { start, end, text }: Edit): string => source.slice(0, start) + text + source.slice(end);
