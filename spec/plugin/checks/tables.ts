/** The state machine and the conflict table: known names only, and no row or cell missing. */
import type { EnumModel, SchemaModel } from '../model.ts';
import type { Report } from '../problems.ts';
import { reportClashes } from '../problems.ts';

/** States of a live operation. */
const liveStates = ['pending', 'running'];
/** Operations that are over at once and so never live. */
const neverLive = ['reset'];

export function checkTables(schema: SchemaModel, report: Report): void {
  for (const { enums } of schema.packages) {
    for (const declared of enums) {
      if (declared.transitions.length > 0) checkTransitions(declared, enums.find(({ name }) => name === 'Cause') ?? null, schema, report);
      if (declared.conflicts.length > 0) checkConflicts(declared, schema, report);
    }
  }
}

function checkTransitions(states: EnumModel, causes: EnumModel | null, schema: SchemaModel, report: Report): void {
  const known = new Set(states.values.map(({ wire }) => wire));
  for (const state of states.values) {
    if (!schema.matrixColumns.includes(state.wire))
      report(state.source, `state ${state.wire} has no cell in options.v1.Matrix; add a field of that name there.`);
  }
  if (causes === null) {
    report(states.source, `enum ${states.name} has transitions but its package has no enum Cause; add it.`);
    return;
  }
  const knownCauses = new Set(causes.values.map(({ wire }) => wire));
  for (const row of states.transitions) {
    for (const state of [row.from, row.to])
      if (!known.has(state))
        report(row.source, `the transition names the state ${state || '(none)'}, which ${states.name} does not have; correct it.`);
    if (row.causes.length === 0) report(row.source, `the transition from ${row.from} to ${row.to} has no cause; name at least one.`);
    for (const cause of row.causes)
      if (!knownCauses.has(cause))
        report(row.source, `the transition names the cause ${cause}, which ${causes.name} does not have; correct it.`);
  }
  reportClashes(
    states.transitions.flatMap((row) => row.causes.map((cause) => ({ row, cause }))),
    ({ row, cause }) => `${row.from} ${row.to} ${cause}`,
    ({ row, cause }) => report(row.source, `the transition from ${row.from} to ${row.to} names the cause ${cause} twice; remove one.`),
  );
}

function checkConflicts(types: EnumModel, schema: SchemaModel, report: Report): void {
  const known = types.values.map(({ wire }) => wire);
  for (const value of types.values) {
    if (!schema.conflictColumns.includes(value.wire))
      report(value.source, `operation type ${value.wire} has no column in options.v1.ConflictRow; add a field of that name there.`);
  }
  for (const row of types.conflicts) {
    if (!known.includes(row.live))
      report(
        row.source,
        `the conflict row names the operation type ${row.live || '(none)'}, which ${types.name} does not have; correct it.`,
      );
    if (!liveStates.includes(row.state))
      report(row.source, `the conflict row names the state ${row.state || '(none)'}; use ${liveStates.join(' or ')}.`);
    for (const [command, cell] of row.cells) {
      if (cell === 'unspecified') report(row.source, `the conflict row of ${row.live}, ${row.state}, has no cell for ${command}; add it.`);
    }
    const restart = row.cells.get('restart') ?? '';
    const supersedes = ['cancel', 'abort', 'cancel_and_queue'].includes(restart);
    if (supersedes && row.supersededByRestart === '')
      report(row.source, `a restart ends the live ${row.live}, but the row says no error text for it; set superseded_by_restart.`);
    if (!supersedes && row.supersededByRestart !== '')
      report(row.source, `a restart does not end the live ${row.live}; remove superseded_by_restart.`);
  }
  reportClashes(
    types.conflicts,
    (row) => `${row.live} ${row.state}`,
    (row) => report(row.source, `the conflict row of ${row.live}, ${row.state}, is there twice; remove one.`),
  );
  for (const type of known.filter((name) => !neverLive.includes(name))) {
    for (const state of liveStates) {
      if (!types.conflicts.some((row) => row.live === type && row.state === state)) {
        report(types.source, `enum ${types.name} has no conflict row for ${type}, ${state}; add it.`);
      }
    }
  }
}
