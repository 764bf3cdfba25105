/**
 * Runs inside a machine: has writers write their lines to peinit and to the peers in turn, and prints what each took as JSON.
 *
 *   node inside.ts PROGRAMS
 *
 * PROGRAMS is JSON of that name in takers.ts.
 */
import { loads } from './load.ts';
import type { Measured, Programs, Side } from './takers.ts';
import { sides, takersOf } from './takers.ts';
import { prepare } from './writers.ts';

/** In the order of the loads. */
export type OutputRecord = Record<Side, readonly (Measured | null)[]>;

const takers = takersOf(JSON.parse(process.argv[2] ?? '') as Programs);
const record = Object.fromEntries(sides.map((side) => [side, [] as (Measured | null)[]])) as Record<Side, (Measured | null)[]>;
for (const [place, load] of loads.entries()) {
  for (const side of sides) {
    prepare();
    record[side].push(await takers[side](load, place));
  }
}
process.stdout.write(`${JSON.stringify(record satisfies OutputRecord)}\n`);
