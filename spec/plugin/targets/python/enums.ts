/** Enums as classes of words: open, since a newer daemon may have more. */
import type { EnumModel } from '../../model.ts';
import type { Imports } from './imports.ts';
import { doc, literal, python } from './language.ts';

export function printEnum(declared: EnumModel, imports: Imports): readonly string[] {
  const word = imports.ours('wire', 'Word');
  return [
    '',
    '',
    `class ${declared.name}(${imports.ours('wire', 'OpenEnum')}):`,
    doc(declared.comment, '    '),
    '',
    ...declared.values.flatMap(({ wire, comment }) => [`    ${wordName(wire)} = ${word}(${literal(wire)})`, doc(comment, '    ')]),
  ];
}

/** The constant of a value. */
export const wordName = (wire: string): string => {
  const name = python.names.constant(wire).replace(/[^A-Z0-9]+/g, '_');
  return /^[0-9]/.test(name) ? `_${name}` : name;
};
