/** Enums: their values, and the tables that hang on them. */
import type { WireConflict, WireEnum, WireValue } from '../../spec/plugin/targets/json/wire-document.ts';
import type { Differences } from './differences.ts';

/** Words for people, which change nothing on the wire. */
const words: ReadonlySet<string> = new Set(['text', 'words', 'remedy']);

export function compareEnums(differences: Differences, where: string, before: WireEnum, now: WireEnum): void {
  differences.names(
    (value) => `value ${value} of ${where}`,
    before.values,
    now.values,
    (value, one, other) => compareFacts(differences, `value ${value} of ${where}`, one, other),
  );
  compareTransitions(differences, where, before, now);
  compareConflicts(differences, before.conflicts, now.conflicts);
}

/** A fact that no value stated before is absent there, which is the same as its zero. */
function compareFacts(differences: Differences, where: string, before: WireValue, now: WireValue): void {
  for (const fact of new Set([...Object.keys(before), ...Object.keys(now)]))
    if (!words.has(fact)) differences.same(where, fact, before[fact] || null, now[fact] || null);
}

function compareTransitions(differences: Differences, where: string, before: WireEnum, now: WireEnum): void {
  const steps = (one: WireEnum) =>
    Object.fromEntries(
      one.transitions.flatMap(({ from, to, causes }) => causes.map((cause) => [`step ${from} -> ${to} (${cause}) of ${where}`, true])),
    );
  differences.names(
    (step) => step,
    steps(before),
    steps(now),
    () => undefined,
  );
}

function compareConflicts(differences: Differences, before: readonly WireConflict[], now: readonly WireConflict[]): void {
  const rows = (conflicts: readonly WireConflict[]) =>
    Object.fromEntries(conflicts.map((row) => [`conflict row ${row.live} ${row.state}`, row]));
  differences.names(
    (row) => row,
    rows(before),
    rows(now),
    (row, one, other) =>
      differences.names(
        (column) => `${row}, column ${column}`,
        one,
        other,
        (column, cell, changed) => differences.same(`${row}, column ${column}`, 'cell', cell, changed),
      ),
  );
}
