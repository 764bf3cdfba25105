/** Boots of which eventd has something, by what people call them. */
import type { StoredBoot } from '../../../gen/output/types.ts';
import { connectEventd } from '../../typescript/eventd.ts';
import type { Context } from '../command.ts';
import { table } from '../paint.ts';
import { printable } from '../printable.ts';
import { formatInstant } from '../time.ts';

/** The latest one first. */
export async function storedBoots(path: string): Promise<readonly StoredBoot[]> {
  const eventd = await connectEventd(path);
  try {
    return (await eventd.boots({})).boots;
  } finally {
    eventd.disconnect();
  }
}

/** Counted back from this boot: 0 is this one. */
const placesOf = (boots: readonly StoredBoot[]): readonly (readonly [place: number, boot: StoredBoot])[] => {
  const ahead = boots.some(({ current }) => current) ? 0 : 1;
  return boots.map((boot, at) => [-(at + ahead), boot]);
};

/** The id of a boot that is asked for as -1, as the first characters of its id, or, from the oldest on, as 1. */
export function bootMeant(boots: readonly StoredBoot[], asked: string): string {
  const number = /^-?\d{1,6}$/.test(asked) ? Number(asked) : null;
  const found =
    number === null
      ? boots.filter(({ boot_id: id }) => id.startsWith(asked.toLowerCase()))
      : number > 0
        ? boots.slice(-number).slice(0, boots.length < number ? 0 : 1)
        : placesOf(boots).flatMap(([place, boot]) => (place === number || (number === 0 && boot.current) ? [boot] : []));
  const [only, other] = found;
  if (only !== undefined && other === undefined) return only.boot_id;
  const many = only === undefined ? `nothing is kept of a boot ${asked}` : `the ids of ${found.length} boots begin with ${asked}`;
  throw new Error(`${many}; --list-boots shows the ${boots.length === 1 ? 'one' : boots.length} of which something is`);
}

/** A line for each. */
export async function listBoots(context: Context, path: string): Promise<void> {
  const boots = await storedBoots(path);
  if (context.options.json) for (const boot of boots) context.print(JSON.stringify(boot));
  else if (boots.length === 0) context.complain('nothing is stored yet');
  else for (const line of bootTable(boots)) context.print(line);
}

const heads = ['BOOT', 'ID', 'FROM', 'TO', 'LINES', 'EVENTS'];
/** Columns of numbers. */
const rightOf = new Set([0, 4, 5]);

function bootTable(boots: readonly StoredBoot[]): readonly string[] {
  const rows = [
    heads,
    ...placesOf(boots).map(([place, { boot_id: id, started_at: from, last_at: to, lines, events }]) => [
      `${place}`,
      printable(id),
      formatInstant(from),
      to === null ? '-' : formatInstant(to),
      `${lines}`,
      `${events}`,
    ]),
  ];
  const widths = heads.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return table(
    rows.map((row) => row.map((cell, column) => (rightOf.has(column) ? cell.padStart(widths[column] ?? 0) : cell))),
    (_row, _column, cell) => cell,
  );
}
