/** docs/reference/states.md: the state machine, its causes, and what commands do beside a live operation. */
import type { EnumModel, PackageModel } from '../../model.ts';
import { words } from '../../names.ts';
import type { PrintedFile } from '../../printed-file.ts';
import { sourceOf } from '../../printed-file.ts';
import { code, page, prose, table } from './markdown.ts';
import { enumTable, intro, objectsPart, title, yes } from './parts.ts';

export function printStatesPage(one: PackageModel): PrintedFile {
  const machine = one.enums.find(({ transitions }) => transitions.length > 0);
  const operations = one.enums.find(({ conflicts }) => conflicts.length > 0);
  const causes = one.enums.find(({ name }) => name === 'Cause');
  const special = [machine, operations, causes];
  return page('docs/reference/states.md', sourceOf(one), [
    title(one),
    '',
    ...intro(one, []),
    ...(machine === undefined ? [] : statesPart(machine)),
    ...(causes === undefined ? [] : causesPart(causes)),
    ...(operations === undefined ? [] : operationsPart(operations)),
    ...one.enums.filter((declared) => !special.includes(declared)).flatMap((declared) => enumTable(declared, '##')),
    ...objectsPart(one.messages),
  ]);
}

function statesPart(machine: EnumModel): readonly string[] {
  return [
    `## ${machine.name}`,
    '',
    prose(machine.comment),
    '',
    ...table(
      ['State', 'Process', 'Dependents may start', 'Meaning'],
      machine.values.map((value) => [code(value.wire), yes(value.facts.hasProcess), yes(value.facts.satisfies), prose(value.comment)]),
    ),
    '### Steps',
    '',
    'These steps and no others are ever made, each for one of the causes beside it.',
    '',
    ...table(
      ['From', 'To', 'Causes', 'Section'],
      machine.transitions.map((row) => [code(row.from), code(row.to), row.causes.map(code).join(', '), row.section]),
    ),
  ];
}

const causesPart = (causes: EnumModel): readonly string[] => [
  `## ${causes.name}`,
  '',
  prose(causes.comment),
  '',
  ...table(
    ['Cause', 'Restart policy asked', 'Starts the OnFailure handler', 'Meaning'],
    causes.values.map((value) => [
      code(value.wire),
      yes(value.facts.restartEligible),
      yes(value.facts.firesOnFailure),
      prose(value.comment) + (value.facts.reserved ? ' Never sent.' : ''),
    ]),
  ),
];

function operationsPart(types: EnumModel): readonly string[] {
  const commands = [...(types.conflicts[0]?.cells.keys() ?? [])];
  return [
    ...enumTable(types, '##'),
    '### A new command beside a live operation',
    '',
    ...table(
      ['Live operation', 'Its state', ...commands.map((command) => `new ${command}`)],
      types.conflicts.map((row) => [code(row.live), row.state, ...commands.map((command) => words(row.cells.get(command) ?? ''))]),
    ),
    ...verdictLegend,
  ];
}

const verdictLegend = [
  'merge: the caller gets the id of the live operation. queue: the new one waits until the live one is over. ' +
    'cancel and abort: the live one ends and the new one starts.',
  'cancel and queue: the live one ends and the new one waits. already: answered with the state and without an operation. ' +
    'error: `INVALID_STATE`.',
  '',
];
