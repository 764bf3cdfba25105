/** Which strings decide something, and which only tell people what happened. */
import type { AnyNode } from 'acorn';

/** Functions whose arguments are words for people. */
const tellers = /^(?:report|warn|say|log|console|internalError|fail|refuse|complain|describe)$/;
const texts = /^(?:message|text|detail|reason|hint|label)$/i;

const nameOf = (node: AnyNode): string => {
  if (node.type === 'Identifier') return node.name;
  if (node.type === 'MemberExpression' && node.property.type === 'Identifier') return node.property.name;
  return '';
};

/** A call that does nothing but tell. */
export const isMessage = (node: AnyNode): boolean =>
  node.type === 'CallExpression' && /^(?:report|warn|say|log)$/.test(nameOf(node.callee));

/** `parents` ends with the string itself. */
export function isPlainString(value: string, parents: readonly AnyNode[]): boolean {
  if (/\s/.test(value)) return false;
  const [parent, self] = [parents.at(-2), parents.at(-1)];
  switch (parent?.type) {
    case 'ImportDeclaration':
    case 'ExportNamedDeclaration':
    case 'ExportAllDeclaration':
    case 'ImportExpression':
    case 'SwitchCase':
      return false;
    case 'BinaryExpression':
      // Of `typeof x === 'string'` the comparison is turned around already.
      if (parent.left.type === 'UnaryExpression' && parent.left.operator === 'typeof') return false;
      break;
    case 'Property':
      if (parent.key === self && !parent.computed) return false;
      break;
    default:
  }
  return !parents.some(
    (node) =>
      node.type === 'ThrowStatement' ||
      (node.type === 'NewExpression' && /(?:Error|Failure)$/.test(nameOf(node.callee))) ||
      (node.type === 'CallExpression' && tellers.test(nameOf(node.callee))) ||
      (node.type === 'Property' && texts.test(nameOf(node.key))) ||
      node.type === 'TemplateLiteral',
  );
}
