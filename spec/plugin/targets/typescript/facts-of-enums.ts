/** Facts of enum values, the steps of the state machine, and the table of conflicts. */
import type { Column, TableValue } from '../../fact-rows.ts';
import { factColumns } from '../../fact-rows.ts';
import type { EnumModel } from '../../model.ts';
import { typescript } from './language.ts';
import { literal } from './literals.ts';
import type { Tables } from './tables.ts';

export const enumTables = (tables: Tables): readonly string[] => {
  const { enums } = tables.one;
  return [
    ...enums.flatMap((declared) => enumFacts(tables, declared)),
    ...enums.filter((declared) => declared.transitions.length > 0).flatMap((declared) => transitions(tables, declared)),
    ...enums.filter((declared) => declared.conflicts.length > 0).flatMap((declared) => conflicts(tables, declared)),
  ];
};

function enumFacts(tables: Tables, declared: EnumModel): readonly string[] {
  // The enums of the options are words of the schema itself; of these only the bits of rights are asked for while peinit runs.
  if (tables.one.name === 'options') {
    if (declared.name !== 'Right') return [];
    const bits = Object.fromEntries(declared.values.map((value) => [value.wire, value.facts.bit]));
    return tables.table('Bits of the rights, by their names.', 'rights', `{ readonly [R in ${tables.type('Right')}]: number }`, bits);
  }
  if (declared.name === 'ErrorCode') {
    const rows = Object.fromEntries(
      declared.values.map((value) => [value.wire, { text: value.comment, remedy: value.facts.remedy, closes: value.facts.closes }]),
    );
    return tables.table(declared.comment, 'errorCodes', `{ readonly [C in ${tables.type('ErrorCode')}]: ${tables.row('ErrorRow')} }`, rows);
  }
  const columns = factColumns(declared);
  const typeOf = ({ name, type }: Column): string => (name === 'severity' ? tables.type('Severity', 'options') : type);
  const members = columns.map((column) => `readonly ${column.name}: ${typeOf(column)}`).join('; ');
  const rows = Object.fromEntries(
    declared.values.map((value) => [value.wire, Object.fromEntries(columns.map(({ name, of }) => [name, of(value)]))]),
  );
  return tables.table(
    `Facts of the values of {@link ${declared.name}}.`,
    `${typescript.names.constant(declared.name)}Facts`,
    `{ readonly [V in ${tables.type(declared.name)}]: { ${members} } }`,
    rows,
  );
}

function transitions(tables: Tables, declared: EnumModel): readonly string[] {
  const rows = declared.transitions.map(({ from, to, causes, section }) => ({ from, to, causes, section }));
  const type = `readonly ${tables.row('TransitionRow')}<${tables.type(declared.name)}, ${tables.type('Cause')}>[]`;
  return tables.table('All allowed steps of a service; any other is an internal error.', 'transitions', type, rows);
}

function conflicts(tables: Tables, declared: EnumModel): readonly string[] {
  const live = [...new Set(declared.conflicts.map((row) => row.live))];
  const states = [...new Set(declared.conflicts.map((row) => row.state))];
  const byState = (of: (row: EnumModel['conflicts'][number]) => TableValue): TableValue =>
    Object.fromEntries(
      live.map((type) => [
        type,
        Object.fromEntries(declared.conflicts.filter((row) => row.live === type).map((row) => [row.state, of(row)])),
      ]),
    );
  const union = (names: readonly string[]): string => names.map(literal).join(' | ');
  return [
    '/** Operation types that can be live. */',
    `export type LiveOperationType = ${union(live)};`,
    '',
    '/** States of a live operation. */',
    `export type LiveOperationState = ${union(states)};`,
    '',
    ...tables.table(
      'What a new command does beside a live operation: by type and state of the live one, then by the new command.',
      'conflicts',
      `{ readonly [T in LiveOperationType]: { readonly [S in LiveOperationState]: ${tables.row('ConflictRow')} } }`,
      byState((row) => Object.fromEntries(row.cells)),
    ),
    ...tables.table(
      'Error texts of operations that later ones end: by type and state of the ended one; null where a restart ends none.',
      'operationTexts',
      '{ readonly supersededByRestart: { readonly [T in LiveOperationType]: { readonly [S in LiveOperationState]: string | null } } }',
      { supersededByRestart: byState((row) => row.supersededByRestart || null) },
    ),
  ];
}
